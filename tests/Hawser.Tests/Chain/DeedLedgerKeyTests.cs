using System.Text;
using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Hosting;
using Hawser.Net.Hubs;
using Hawser.Tests.Federation;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>The chain key in a deed: naming.md §4, chain.md §4.7.</summary>
public class DeedLedgerKeyTests
{
    private static readonly LedgerKeyPair Key = new(Sha256.Hash("chain"u8));
    private static readonly SigningKey Claim = new(Sha256.Hash("claim"u8));
    private static readonly DhPublicKey Channel = new DhKeyPair(Sha256.Hash("channel"u8)).Public;
    private static readonly DeedLedgerKey Named = new(Key.Public.Bytes, Bytes64.Read(LedgerCard.Sign(Key, Channel)));

    [Fact]
    public void A_deed_that_names_one_reads_as_it_was_written_and_has_an_ID_of_its_own()
    {
        var (with, without) = (Sign(Named), Sign(default));
        Assert.True(Deed.TryRead(with.Text, out var read));
        Assert.Equal(Named, read.Fields.LedgerKey);
        Assert.Equal(Named, read.Fields.Content.LedgerKey);
        Assert.EndsWith($"Chain-Key: {Key.Public} {Named.Bond}\n", read.Fields.ToText(), StringComparison.Ordinal);
        Assert.NotEqual(with.Id, without.Id);
        Assert.True(without.Fields.LedgerKey.IsNone);
        Assert.DoesNotContain("Chain-Key", Encoding.UTF8.GetString(without.Text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("04", 0, 1), InlineData("", 0, 1)] // no compressed point begins so; one digit short
    [InlineData("A", 5, 1), InlineData("g", 5, 1)] // upper case; no digit
    [InlineData("  ", 66, 1), InlineData("", 66, 1), InlineData("\t", 66, 1)] // one space between the two
    [InlineData("", 152, 1), InlineData("=", 152, 1), InlineData("B", 152, 1)] // short; padded; bits that must be zero
    public void Another_form_of_it_is_no_deed(string put, int at, int instead)
    {
        var text = Encoding.UTF8.GetString(Sign(Named).Text);
        var line = $"{Key.Public} {Named.Bond}";
        var other = line.Remove(at, at == 0 && put == "04" ? 2 : instead).Insert(at, put);
        Assert.NotEqual(line, other);
        Assert.False(DeedLedgerKey.TryParse(Encoding.ASCII.GetBytes(other), out _));
        Assert.Contains("Chain-Key", Deed.Parse(Encoding.UTF8.GetBytes(text.Replace(line, other, StringComparison.Ordinal)), out _), StringComparison.Ordinal);
    }

    [Fact]
    public void The_registry_looks_at_its_form_alone_and_who_uses_it_at_the_rest()
    {
        var forged = Named with { Bond = Bytes64.Read(LedgerCard.Sign(new(Sha256.Hash("thief"u8)), Channel)) };
        Assert.True(Deed.TryRead(Sign(forged).Text, out var read)); // hubs without the ledger's library judge as those with it
        Assert.Equal(Reason.VerificationFailed, Assert.Throws<HawserException>(() => ChainCards.Read(read.Fields.Content)).Reason);
        Assert.Equal(Key.Public, ChainCards.Read(Sign(Named).Fields.Content));
        Assert.Null(ChainCards.Read(Sign(default).Fields.Content));
        var noPoint = new DeedLedgerKey(Bytes33.Read([2, .. Enumerable.Repeat((byte)0xFF, 32)]), Named.Bond);
        Assert.Equal(Reason.VerificationFailed, Assert.Throws<HawserException>(() => ChainCards.Read(Sign(noPoint).Fields.Content)).Reason);
        var moved = Sign(Named).Fields.Content with { ChannelKey = new DhKeyPair(Sha256.Hash("another"u8)).Public };
        Assert.Equal(Reason.VerificationFailed, Assert.Throws<HawserException>(() => ChainCards.Read(moved)).Reason); // it vouched for the old one
    }

    [Fact]
    public void An_alteration_puts_one_in_and_takes_it_out_again()
    {
        var world = new RecordWorld();
        world.Fold(world.Record(RecordKind.Alter, world.Content with { LedgerKey = Named }));
        Assert.Equal(Named, world.Content.LedgerKey);
        world.Fold(world.Record(RecordKind.Alter, world.Content with { LedgerKey = default }));
        Assert.True(world.Content.LedgerKey.IsNone);
    }

    [Fact]
    public void A_claim_that_waits_keeps_the_wish_for_one()
    {
        var wish = new ClaimWish { Keyword = "pi", Hubs = [RoutingId.TryParse("000-0000001", out var hub) ? hub : default], LedgerKey = Named, Blind = false };
        foreach (var each in (ClaimWish[])[wish, wish with { LedgerKey = default }, wish with { Blind = true }])
        {
            var file = new ClaimFile(Sha256.Hash("genesis"u8), each, new() { State = ClaimantState.Draft, Seed = Sha256.Hash("seed"u8) });
            Assert.True(ClaimFile.TryRead(file.Write(), out var read));
            Assert.Equal((each.LedgerKey, each.Blind), (read.Wish.LedgerKey, read.Wish.Blind));
        }
    }

    internal static Deed Sign(DeedLedgerKey ledger)
    {
        if (!RoutingTick.TryParse("0a9"u8, out var tick) || !RoutingId.TryParse("000-0000001", out var hub) || !RoutingId.TryParse("0a9-k3v81xq", out var number))
            throw new InvalidOperationException("those are a tick and IDs");
        return Deed.Sign(new()
        {
            Genesis = Sha256.Hash("genesis"u8), Timestamp = tick, Keyword = "pi", TicketIssuer = hub, TicketNumber = number, ClaimKey = Claim.Public,
            ChannelKey = Channel, Hubs = [hub], RecoveryHash = Sha256.Hash("recovery"u8), LedgerKey = ledger,
        }, Claim);
    }
}
