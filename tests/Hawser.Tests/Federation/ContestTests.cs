using Hawser.Federation;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Federation;

public class ContestTests
{
    private readonly Twins _twins = new();

    private ClaimWorld World => _twins.World;

    [Fact]
    public void Two_deeds_of_one_height_void_each_other()
    {
        var (a, b) = (_twins.A, _twins.B);
        Assert.Equal(a.Deed.Id, b.Deed.Id);
        World.Log(0, a.Sealed.Text);
        World.Log(1, b.Sealed.Text);
        World.Close();
        World.Close();
        World.Log(0, a.Reveal);
        World.Close();
        Assert.Equal(TitleStatus.Provisional, World.StatusOf(a.Deed.Id)); // which is why provisional is not final
        World.Log(0, b.Reveal);
        World.Close();
        Assert.Equal(TitleStatus.Void, World.StatusOf(a.Deed.Id));
        World.Close();
        Assert.Equal([new RegistryEvent.Voided(a.Deed.Id)], World.Registry.Happened);
        Assert.True(World.Registry.State.TryFind(a.Deed.Id, out var title));
        Assert.True(title.ClaimKey.Bytes.IsZero && title.DeedHash.IsZero);
        Assert.False(World.Registry.TryDeed(a.Deed.Id, out _));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Of_two_heights_the_earlier_wins_whoever_reveals_first(bool earlierRevealsFirst)
    {
        var (early, late) = (_twins.B, _twins.A);
        World.Log(3, early.Sealed.Text);
        World.Close();
        World.Log(0, late.Sealed.Text);
        World.Close();
        World.Log(0, earlierRevealsFirst ? early.Reveal : late.Reveal);
        World.Close();
        World.Log(0, earlierRevealsFirst ? late.Reveal : early.Reveal);
        World.Close();
        World.Close();
        Assert.True(World.Registry.State.TryFind(early.Deed.Id, out var title));
        Assert.Equal(TitleStatus.Final, title.Status);
        Assert.Equal(early.Deed.TextHash, title.DeedHash);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void An_altered_provisional_ID_keeps_its_records_unless_an_earlier_claim_comes_to_light(bool rivalIsEarlier)
    {
        var (mine, rival) = (_twins.A, _twins.B);
        World.Log(0, (rivalIsEarlier ? rival : mine).Sealed.Text);
        World.Close();
        World.Log(0, (rivalIsEarlier ? mine : rival).Sealed.Text);
        World.Close();
        World.Log(0, mine.Reveal);
        World.Close();
        var record = DeedRecord.Sign(World.Genesis.Hash, mine.Deed.Id, RecordKind.Alter, 1, mine.Deed.TextHash,
            mine.Deed.Fields.Content with { Notes = "here" }, mine.Key);
        World.Log(1, record.Text);
        World.Close();
        World.Log(0, rival.Reveal);
        World.Close();
        Assert.True(World.Registry.State.TryFind(mine.Deed.Id, out var title));
        Assert.Equal(rivalIsEarlier ? (rival.Deed.TextHash, 0u) : (record.TextHash, 1u), (title.DeedHash, title.Record));
        Assert.Equal(TitleStatus.Final, title.Status);
    }

    [Fact]
    public void A_rival_that_is_never_revealed_takes_nothing()
    {
        var (mine, rival) = (_twins.A, _twins.B);
        World.Log(0, rival.Sealed.Text);
        World.Close();
        World.Log(0, mine.Sealed.Text);
        World.Close();
        World.Log(0, mine.Reveal);
        for (var i = 0; i < 3; i++) World.Close();
        Assert.Equal(TitleStatus.Final, World.StatusOf(mine.Deed.Id));
        Assert.Contains(new RegistryEvent.Lapsed(rival.Sealed.Identity), World.Registry.Happened);
    }
}
