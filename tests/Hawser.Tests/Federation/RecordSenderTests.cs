using Hawser.Federation;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Federation;

public class RecordSenderTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    // Answers all that it asks; one second later it is looked at again.
    private static void Turn(RecordWorld world, RecordSender sender, int second)
    {
        var now = new Moment(new Instant(0) + TimeSpan.FromSeconds(second), Day.AddSeconds(second));
        sender.Tick(now);
        while (sender.TryTake(out var happened))
            if (happened is RecordEvent.Fetch(var number, var member, var question)) sender.Answer(now, number, world.World.Serve(member, question));
    }

    [Fact]
    public void A_record_is_promised_and_then_in_force()
    {
        var world = new RecordWorld();
        var record = world.Record(RecordKind.Alter, world.Content with { Notes = "here" });
        var sender = new RecordSender(new(new Instant(0), Day), world.World.Genesis, record);
        Turn(world, sender, 0);
        Assert.Equal(RecordState.Promised, sender.State);
        world.World.Close();
        Turn(world, sender, 1);
        Assert.Equal(RecordState.InForce, sender.State);
        Assert.Equal(record.TextHash, sender.Seen!.DeedHash);
    }

    [Fact]
    public void It_goes_on_although_an_admin_is_down_and_another_broke_its_promise()
    {
        var world = new RecordWorld();
        world.World.Down.Add(0);
        var sender = new RecordSender(new(new Instant(0), Day), world.World.Genesis, world.Record(RecordKind.Alter, world.Content with { Notes = "here" }));
        for (var second = 0; second < 20 && sender.State != RecordState.InForce; second++)
        {
            Turn(world, sender, second);
            world.World.Close();
        }

        Assert.Equal(RecordState.InForce, sender.State);
    }

    [Fact]
    public void A_rival_record_overtakes_it()
    {
        var world = new RecordWorld();
        var sender = new RecordSender(new(new Instant(0), Day), world.World.Genesis, world.Record(RecordKind.Alter, world.Content with { Notes = "a" }));
        world.Fold(world.Record(RecordKind.Alter, world.Content with { Notes = "b" }));
        Turn(world, sender, 0);
        Assert.Equal(RecordState.Overtaken, sender.State);
        Assert.Equal(Instant.Never, sender.NextWakeup);
    }

    [Fact]
    public void One_that_waits_is_told_so_and_a_recovery_overtakes_it()
    {
        var world = new RecordWorld(recovery: true);
        var sender = new RecordSender(new(new Instant(0), Day), world.World.Genesis, world.Record(RecordKind.Cancel));
        Turn(world, sender, 0);
        world.World.Close();
        Turn(world, sender, 1);
        Assert.Equal(RecordState.Waiting, sender.State);
        world.Fold(world.Recover(Hawser.Crypto.SigningKey.Generate(world.World.Random)));
        Turn(world, sender, 2);
        Assert.Equal(RecordState.Overtaken, sender.State);
    }
}
