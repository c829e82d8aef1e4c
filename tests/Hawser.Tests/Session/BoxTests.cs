using Hawser.Session;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Session;

/// <summary>What goes and comes in a series: every number once, in whatever order.</summary>
public class BoxTests
{
    private static readonly Moment Start = new(new(1_000_000), DateTimeOffset.UnixEpoch);

    [Fact]
    public void Numbers_go_only_when_they_are_on_disk_and_only_so_far_ahead()
    {
        var box = new Outbox(7, 0, new());
        for (var i = 0; i < Outbox.Window + 10; i++) box.Add();
        Assert.False(box.TryNext(Start, out _));
        box.Kept(3);
        Assert.Equal([1UL, 2, 3], Drain(box, Start));
        box.Kept(box.Last);
        Assert.Equal(Outbox.Window - 3, Drain(box, Start).Count);
        Assert.Equal([(1UL, 5UL)], box.Take(Start, new(default, 7, [(1, 5)])));
        Assert.Equal(5, Drain(box, Start).Count);
    }

    [Fact]
    public void What_is_not_confirmed_goes_again_over_the_next_channel_and_after_a_while_over_this_one()
    {
        var box = Filled(5);
        Drain(box, Start);
        Assert.Equal([(2UL, 3UL)], box.Take(Start, new(default, 7, [(2, 3)])));
        box.Rewind();
        Assert.Equal([1UL, 4, 5], Drain(box, Start));
        Assert.Equal(Start.Mono + Outbox.Again, box.NextWakeup);
        box.Tick(new(Start.Mono + (Outbox.Again - TimeSpan.FromMilliseconds(1)), Start.Utc));
        Assert.Empty(Drain(box, Start));
        box.Tick(new(Start.Mono + Outbox.Again, Start.Utc));
        Assert.Equal([1UL, 4, 5], Drain(box, Start));
        Assert.Equal([(1UL, 1UL), (4UL, 5UL)], box.Take(Start, new(default, 7, [(1, 5)])));
        Assert.True(box.IsEmpty);
        Assert.Equal(Instant.Never, box.NextWakeup);
        Assert.Empty(box.Take(Start, new(default, 7, [(1, 900)]))); // of numbers that were never sent nothing is believed
    }

    [Fact]
    public void A_message_is_taken_once_whatever_comes_and_confirmed_when_it_is_on_disk()
    {
        var box = new Inbox(7, new());
        Assert.Equal(Arrival.New, box.Take(2));
        Assert.Equal(Arrival.OnItsWay, box.Take(2));
        var seen = box.Seen();
        Assert.Equal(Arrival.New, box.Take(1)); // after the writer has begun
        box.Keep(seen);
        Assert.Equal(Arrival.Known, box.Take(2));
        Assert.Equal(Arrival.OnItsWay, box.Take(1));
        Assert.Equal([(2UL, 2UL)], box.Confirm(default).Ranges);
        box.Keep(box.Seen());
        Assert.Equal([(1UL, 2UL)], box.Confirm(default).Ranges);
    }

    [Fact]
    public void Gaps_are_bounded_and_what_is_too_far_apart_comes_again()
    {
        var box = new Inbox(7, new());
        for (var i = 0; i < Inbox.MaxGaps; i++) Assert.Equal(Arrival.New, box.Take((ulong)(2 * i + 2)));
        Assert.Equal(Arrival.TooFarApart, box.Take(1_000_000));
        Assert.Equal(Arrival.New, box.Take(1)); // this one closes a gap
        Assert.Equal(Arrival.New, box.Take(1_000_000));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void A_set_of_numbers_is_what_went_into_it(ulong seed)
    {
        var random = new SimRandom(seed);
        var (set, plain) = (new NumberSet(), new HashSet<ulong>());
        for (var i = 0; i < 400; i++)
        {
            var first = (ulong)random.Next(300) + 1;
            var last = first + (ulong)random.Next(5);
            if (random.Next(2) == 0)
            {
                Assert.Equal(plain.Add(first), set.Add(first));
            }
            else
            {
                set.AddRange(first, last);
                for (var n = first; n <= last; n++) plain.Add(n);
            }

            if (i % 50 == 0) set = NumberSet.Parse(set.ToString());
            for (ulong n = 1; n < 310; n++) Assert.Equal(plain.Contains(n), set.Contains(n));
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Whatever_is_lost_doubled_or_disordered_every_message_arrives_once(ulong seed)
    {
        var random = new SimRandom(seed);
        var (box, there, arrived, wire) = (Filled(0), new Inbox(7, new()), new List<ulong>(), new List<ulong>());
        var now = Start;
        for (var step = 0; step < 100_000 && (step < 2000 || !box.IsEmpty); step++)
        {
            now = new(now.Mono + TimeSpan.FromMilliseconds(100), now.Utc);
            if (step < 2000 && random.Next(3) == 0) box.Kept(box.Add());
            box.Tick(now);
            if (random.Next(50) == 0)
            {
                box.Rewind(); // the channel broke, and took with it what was on the way
                wire.Clear();
            }

            while (box.TryNext(now, out var number))
            {
                if (random.Next(10) == 0) continue;
                wire.Add(number);
                if (random.Next(10) == 0) wire.Add(number);
            }

            while (wire.Count > 0 && random.Next(4) > 0)
            {
                var at = random.Next(wire.Count);
                if (there.Take(wire[at]) is Arrival.New) arrived.Add(wire[at]);
                wire.RemoveAt(at);
            }

            if (random.Next(3) == 0) there.Keep(there.Seen());
            if (random.Next(3) == 0 && there.Confirm(default) is { Ranges.Count: > 0 } got) box.Take(now, got);
        }

        Assert.True(box.IsEmpty);
        Assert.Equal(box.Last, (ulong)arrived.Distinct().Count());
        Assert.Equal(arrived.Count, arrived.Distinct().Count());
    }

    private static Outbox Filled(int count)
    {
        var box = new Outbox(7, 0, new());
        for (var i = 0; i < count; i++) box.Add();
        box.Kept(box.Last);
        return box;
    }

    private static List<ulong> Drain(Outbox box, Moment now)
    {
        List<ulong> numbers = [];
        while (box.TryNext(now, out var number)) numbers.Add(number);
        return numbers;
    }
}
