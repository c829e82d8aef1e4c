using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Xunit;
using static Hawser.Tests.Federation.AdminClaims;

namespace Hawser.Tests.Federation;

/// <summary>A claimant hands its reveal to hubs and goes off. Spec: federation.md §5.3.</summary>
public class EntrustedRevealTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void Hubs_reveal_for_who_is_away_also_after_a_restart(bool restarts)
    {
        var sim = new AdminSim(4, seed: 5);
        var claim = Claim(sim, 0, 0, 1, 2);
        Certified(sim, claim);
        var reveal = RevealOf(sim, claim);
        foreach (var hub in (int[])[1, 2, 3]) Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Entrust, reveal).Status);
        Assert.Equal(AdminStatus.Ok, sim.Ask(1, AdminVerb.Entrust, reveal).Status); // asked again
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
    public void A_reveal_is_not_taken_before_its_claim_is_certified_nor_for_another_claim()
    {
        var sim = new AdminSim(4, seed: 6);
        var claim = Claim(sim, 0, 0, 1, 2);
        var early = sim.Ask(1, AdminVerb.Entrust, RevealOf(sim, claim));
        Assert.Equal((AdminStatus.Refused, "this reveals no certified claim that still waits for it"), (early.Status, Encoding.UTF8.GetString(early.Body)));
        Certified(sim, claim);
        var thief = Make(sim, 0);
        foreach (var wrong in (byte[][])[
            Reveal.Sign(sim.Genesis.Hash, claim.Sealed.Identity, thief.Seal.Seed, thief.Key).Write(),
            Reveal.Sign(sim.Genesis.Hash, claim.Sealed.Identity, claim.Seal.Seed, thief.Key).Write(),
            Reveal.Sign(sim.Genesis.Hash, thief.Sealed.Identity, thief.Seal.Seed, thief.Key).Write(), [1]])
            Assert.Equal(AdminStatus.Refused, sim.Ask(1, AdminVerb.Entrust, wrong).Status);
    }

    [Fact]
    public void A_hub_that_reveals_early_gains_nothing()
    {
        var twins = new Twins();
        var (mine, rival, world) = (twins.B, twins.A, twins.World);
        world.Log(1, mine.Sealed.Text);
        world.Close(); // c: from here on the reveal may be handed over
        world.Log(2, mine.Reveal); // by a hub that does not wait for the window to close,
        world.Log(2, rival.Sealed.Text); // with a rival for the very ID, in the height that is still open
        world.Close();
        Assert.Equal(TitleStatus.Provisional, world.StatusOf(mine.Deed.Id));
        world.Log(2, rival.Reveal);
        for (var i = 0; i < 3; i++) world.Close();
        Assert.True(world.Registry.State.TryFind(mine.Deed.Id, out var title));
        Assert.Equal((TitleStatus.Final, mine.Deed.TextHash), (title.Status, title.DeedHash));
    }

    [Fact]
    public void A_hub_that_keeps_a_reveal_to_itself_costs_nothing_while_another_has_it()
    {
        var sim = new AdminSim(4, seed: 8);
        var claim = Claim(sim, 0, 0, 1, 2);
        Certified(sim, claim);
        foreach (var hub in (int[])[0, 1, 2]) Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Entrust, RevealOf(sim, claim)).Status);
        AdminSim.Stop(sim.Hubs[0]); // for good
        Assert.True(sim.Until(() => sim.Hubs[1..].All(h => Status(h, claim.Deed.Id) is TitleStatus.Final)));
    }

    private static byte[] RevealOf(AdminSim sim, Made claim) => Reveal.Sign(sim.Genesis.Hash, claim.Sealed.Identity, claim.Seal.Seed, claim.Key).Write();

    private static void Certified(AdminSim sim, Made claim) =>
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Registry.InFlight.Any(one => one.Identity == claim.Sealed.Identity))));
}
