using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Hawser.Tests.Federation;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary>Claims and IDs as people read them.</summary>
public class ClaimReportsTests
{
    private static readonly Genesis Genesis = new Founders(4).Genesis;

    [Fact]
    public void An_ID_that_has_just_become_final_is_not_called_expired()
    {
        var id = RoutingId.Random(Genesis.FirstTick, new SimRandom(1));
        var holding = new Holding { Id = id, Genesis = Genesis.Hash, Stage = Holding.Held };
        Assert.Equal(0, holding.Expiry.Number); // what the federation says of it is asked for only now
        var claim = new StoredClaim("seal", holding.Plain.ToString(), "final", [], DateTimeOffset.UnixEpoch);
        Assert.Equal("final", ClaimReports.Of(holding, null, Genesis, claim).Stage);
        Assert.Equal("provisional", ClaimReports.Of(holding, null, Genesis, null).Stage);
        Assert.True(RoutingTick.TryFromNumber(1, out var tick)); // of 2011
        Assert.Equal("expired", ClaimReports.Of(holding with { Expiry = tick }, null, Founded(), claim).Stage);
    }

    [Theory]
    [InlineData(ClaimStanding.Accepted, 0u, "accepted; nobody else asks for the same so far")]
    [InlineData(ClaimStanding.Logged, 1u, "accepted; 1 other asks for the same, and if both are opened the earlier one wins, or neither")]
    [InlineData(ClaimStanding.Accepted, 5u, "accepted; 5 others ask for the same, and of those that are opened the earliest wins, or none")]
    [InlineData(ClaimStanding.Accepted, null, null)]
    [InlineData(ClaimStanding.BadTicket, null, "an admin passed it over: bad-ticket")]
    internal void A_claim_that_shows_its_ID_tells_how_many_others_ask_for_it(ClaimStanding standing, uint? others, string? said) =>
        Assert.Equal(said, ClaimReports.WordOf(new(Genesis.Hash, default, default, 3, standing, others, default), null));

    [Fact]
    public void Who_gives_shares_is_told_when_the_machine_may_go_off()
    {
        Assert.Equal("2 of 3 hubs have their share: leave this machine on until all have", ClaimReports.SharesOf(2, 3));
        Assert.Equal("3 hubs have their shares: this machine may go off now", ClaimReports.SharesOf(3, 3));
    }

    // Whose clock is that of the world.
    private static Genesis Founded() => new() { Name = "old", Origin = 0, ClockRate = 1, Founders = Genesis.Founders };
}
