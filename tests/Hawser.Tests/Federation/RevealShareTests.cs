using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Xunit;
using static Hawser.Tests.Federation.AdminClaims;

namespace Hawser.Tests.Federation;

/// <summary>A claimant gives hubs shares of its reveal and goes off at once. Spec: federation.md §5.</summary>
public class RevealShareTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void Hubs_that_hold_shares_open_the_claim_when_its_window_has_closed_also_after_a_restart(bool restarts)
    {
        var sim = new AdminSim(4, seed: 21);
        var claim = Claim(sim, 0, 0, 1, 2);
        foreach (var hub in (int[])[0, 1, 2]) Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Share, Share(sim, claim, hub)).Status); // before any certificate
        Assert.Equal(AdminStatus.Ok, sim.Ask(1, AdminVerb.Share, Share(sim, claim, 1)).Status); // asked again
        if (restarts)
        {
            foreach (var hub in sim.Hubs)
            {
                AdminSim.Stop(hub);
                sim.Start(hub);
            }
        }

        Assert.True(sim.Until(() => sim.Hubs.All(h => Status(h, claim.Deed.Id) is TitleStatus.Final)));
        Verify(sim, claim.Deed);
    }

    [Fact]
    public void As_many_shares_as_hostile_admins_there_may_be_open_nothing()
    {
        var sim = new AdminSim(4, seed: 22);
        var claim = Claim(sim, 0, 0, 1, 2);
        Assert.Equal(AdminStatus.Ok, sim.Ask(2, AdminVerb.Share, Share(sim, claim, 2)).Status);
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Registry.InFlight.Any(one => one.Identity == claim.Sealed.Identity))));
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Registry.InFlight.All(one => one.Identity != claim.Sealed.Identity)))); // its window closed
        Assert.All(sim.Hubs, hub => Assert.Null(Status(hub, claim.Deed.Id)));
    }

    [Fact]
    public void A_share_is_logged_when_the_window_has_closed_and_not_before()
    {
        var sim = new AdminSim(4, seed: 23);
        var claim = Claim(sim, 0, 0, 1, 2);
        foreach (var hub in (int[])[0, 1, 2]) Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Share, Share(sim, claim, hub)).Status);
        Assert.True(sim.Until(() => sim.Hubs[0].Registry.ClosingHeightOf(claim.Sealed.Identity) is not null));
        var closing = sim.Hubs[0].Registry.ClosingHeightOf(claim.Sealed.Identity)!.Value;
        Assert.True(sim.Until(() => sim.Hubs.All(h => Status(h, claim.Deed.Id) is TitleStatus.Final)));
        foreach (var (height, certificate) in sim.Hubs[0].Certificates)
        {
            for (var place = 0; height > 1 && height <= closing && place < 4; place++)
                for (var index = 0ul; index < certificate.Value.Vector[place].Size; index++)
                    Assert.NotEqual(LogEntryKind.Share, LogEntry.KindOf(sim.Hubs[0].Store.Leaf(sim.Genesis.Founders[place].Id, index)));
        }
    }

    [Fact]
    public void A_hub_that_keeps_its_share_to_itself_costs_nothing()
    {
        var sim = new AdminSim(4, seed: 24);
        var claim = Claim(sim, 1, 1, 2, 3);
        foreach (var hub in (int[])[1, 2, 3]) Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Share, Share(sim, claim, hub)).Status);
        AdminSim.Stop(sim.Hubs[3]); // for good
        Assert.True(sim.Until(() => sim.Hubs[..3].All(h => Status(h, claim.Deed.Id) is TitleStatus.Final)));
    }

    [Fact]
    public void Shares_of_other_claims_other_admins_and_other_makers_are_refused()
    {
        var sim = new AdminSim(4, seed: 25);
        var claim = Claim(sim, 0, 0, 1, 2);
        var (stranger, unknown) = (Make(sim, 0), Make(sim, 1));
        void Refused(string why, byte[] share)
        {
            var (status, body) = sim.Ask(1, AdminVerb.Share, share);
            Assert.Equal((AdminStatus.Refused, why), (status, Encoding.UTF8.GetString(body)));
        }

        Refused("this is no share of a reveal", [1]);
        Refused("this share is for another admin", Share(sim, claim, 2));
        Refused("this hub has no such claim that waits for its reveal", Share(sim, unknown, 1));
        var forged = RevealShare.Make(claim.Sealed, stranger.Seal, stranger.Key, sim.Genesis.Founders[1].Id, 2, 2);
        Refused("the claim's seal key did not sign this share", forged.Write());
        Assert.Equal(AdminStatus.Ok, sim.Ask(1, AdminVerb.Share, Share(sim, claim, 1)).Status);
        Refused("another share of this claim is here already", RevealShare.Make(claim.Sealed, claim.Seal, claim.Key, sim.Genesis.Founders[1].Id, 3, 2).Write());
    }

    [Fact]
    public void A_wrong_share_in_a_log_spoils_nothing()
    {
        var sim = new AdminSim(4, seed: 26);
        var claim = Claim(sim, 0, 0, 1, 2);
        foreach (var hub in (int[])[0, 1]) Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Share, Share(sim, claim, hub)).Status);
        // The third hub tells another share than the one that it was given: nobody takes it for one.
        Assert.True(RevealShare.TryRead(Share(sim, claim, 2), out var good));
        var junk = good with { Share = [.. good.Share.Select(b => (byte)(b ^ 1))] };
        sim.Hubs[2].Store.Write(new AdminRecord.Share(claim.Sealed.Identity, 1, junk.Write()));
        AdminSim.Stop(sim.Hubs[2]);
        sim.Start(sim.Hubs[2]);
        Assert.True(sim.Until(() => sim.Hubs.All(h => Status(h, claim.Deed.Id) is TitleStatus.Final)));
    }

    [Fact]
    public void A_claimant_that_goes_off_at_once_gets_its_ID()
    {
        var world = new ClaimWorld(seed: 31);
        var wish = new ClaimWish { Keyword = "pi", Hubs = [world.Members[0].Id], Shares = true };
        var claimant = new Claimant(default, world.Genesis, Hawser.Crypto.SigningKey.Generate(world.Random),
            Hawser.Crypto.DhKeyPair.Generate(world.Random).Public, wish, world.Random);
        var (kept, wanted) = (0, -1);
        world.Close();
        for (var turn = 0; turn < 200 && kept != wanted; turn++)
        {
            claimant.Tick(new(new(turn * 10_000_000L), default));
            while (claimant.TryTake(out var happened))
            {
                if (happened is ClaimantEvent.Store store) claimant.Done(default, store.Number);
                else if (happened is ClaimantEvent.Fetch fetch) claimant.Answer(default, fetch.Number, world.Serve(fetch.Member, fetch.Question));
                else if (happened is ClaimantEvent.Shared shared) (kept, wanted) = (shared.Kept, shared.Wanted);
            }
        }

        Assert.Equal((3, 3), (kept, wanted)); // 2f + 1 of four, with no certificate since
        Assert.Equal(3, world.Shares.Select(share => share.Number).Distinct().Count());
        Assert.All(world.Shares, share => Assert.Equal(2, share.Needed));
        // It is off for good. Any two of the three open the claim.
        world.Close();
        world.Close();
        foreach (var (a, b) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
            Assert.NotNull(world.Registry.ClosingHeight(RevealShare.Combine([world.Shares[a], world.Shares[b]])!));
    }

    private static byte[] Share(AdminSim sim, Made claim, int hub) =>
        RevealShare.Make(claim.Sealed, claim.Seal, claim.Key, sim.Genesis.Founders[hub].Id, (byte)sim.Genesis.Founders.Witness, (byte)(hub + 1)).Write();
}
