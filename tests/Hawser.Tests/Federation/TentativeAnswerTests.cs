using System.Buffers.Text;
using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Federation.AdminClaims;

namespace Hawser.Tests.Federation;

/// <summary>What an admin says of a claim before it is decided. Spec: federation.md §5.</summary>
public class TentativeAnswerTests
{
    [Fact]
    public void A_claim_that_shows_its_ID_is_accepted_with_as_many_competitors_as_there_are()
    {
        var sim = new AdminSim(4, seed: 41);
        var mine = Make(sim, 0, blind: false);
        Must(sim, 0, mine.Sealed.Text);
        Assert.Equal((ClaimStanding.Logged, 0u), Ask(sim, 0, mine.Sealed.Identity));
        foreach (var hub in (int[])[0, 1, 2]) Must(sim, hub, Rival(sim, mine.Deed.Id, hub));
        var other = Make(sim, 1, blind: false);
        Must(sim, 0, other.Sealed.Text); // of another ID
        Assert.Equal((ClaimStanding.Logged, 1u), Ask(sim, 0, mine.Sealed.Identity)); // what the others have it does not know yet
        Certified(sim, mine.Sealed.Identity);
        foreach (var hub in (int[])[0, 1, 2, 3]) Assert.Equal((ClaimStanding.Accepted, 3u), Ask(sim, hub, mine.Sealed.Identity));
        Assert.Equal((ClaimStanding.Accepted, 0u), Ask(sim, 3, other.Sealed.Identity));
    }

    [Fact]
    public void A_blind_claim_is_accepted_and_its_competitors_are_nobodys_business()
    {
        var sim = new AdminSim(4, seed: 42);
        var mine = Claim(sim, 0, 0);
        Assert.Equal((ClaimStanding.Logged, null), Ask(sim, 0, mine.Sealed.Identity));
        Certified(sim, mine.Sealed.Identity);
        Assert.Equal((ClaimStanding.Accepted, null), Ask(sim, 2, mine.Sealed.Identity));
    }

    [Fact]
    public void A_claim_that_was_passed_over_is_denied_with_the_reason()
    {
        var sim = new AdminSim(4, seed: 43);
        var mine = Make(sim, 0);
        var twice = SealedClaim.Seal(mine.Deed, mine.Sealed.Ticket, mine.Seal, mine.Key, blind: false); // the same seal key
        Must(sim, 0, mine.Sealed.Text);
        Must(sim, 0, twice.Text);
        Certified(sim, mine.Sealed.Identity);
        Assert.Equal((ClaimStanding.SealKeyUsed, null), Ask(sim, 1, twice.Identity));
        Assert.Equal(AdminStatus.NotFound, sim.Ask(1, AdminVerb.Tentative, Encoding.ASCII.GetBytes($"{Sha("nothing")}")).Status);
        Assert.Equal(AdminStatus.Refused, sim.Ask(1, AdminVerb.Tentative, "nonsense"u8.ToArray()).Status);
    }

    [Fact]
    public void Competitors_that_are_never_opened_change_nothing()
    {
        var sim = new AdminSim(4, seed: 44);
        var mine = Make(sim, 0, blind: false);
        foreach (var hub in (int[])[0, 1, 2]) Must(sim, hub, mine.Sealed.Text);
        foreach (var hub in (int[])[0, 1, 2]) Must(sim, hub, Rival(sim, mine.Deed.Id, hub));
        Certified(sim, mine.Sealed.Identity);
        var reveal = Reveal.Sign(sim.Genesis.Hash, mine.Sealed.Identity, mine.Seal.Seed, mine.Key).Write();
        foreach (var hub in (int[])[0, 1, 2]) Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Reveal, reveal).Status);
        Assert.True(sim.Until(() => sim.Hubs.All(h => Status(h, mine.Deed.Id) is TitleStatus.Final)));
    }

    // Anybody can make one: a box with nothing in it.
    private static byte[] Rival(AdminSim sim, RoutingId id, int issuer)
    {
        var made = Make(sim, issuer);
        Assert.Equal(id.Timestamp, made.Sealed.Timestamp);
        var box = new byte[SealedClaim.PadTo + 16];
        sim.Random.Fill(box);
        var signed = Encoding.ASCII.GetBytes($"hawser/sealed/1 {sim.Genesis.Hash}\nSeal-Key: {made.Seal.Public}\nID: {id}\nClaim-Ticket: {made.Sealed.Ticket}\nSealed: {Base64Url.EncodeToString(box)}\n");
        return [.. signed, .. Encoding.ASCII.GetBytes($"Seal-Signature: {Bytes64.Read(made.Seal.Sign(signed))}\n")];
    }

    private static void Must(AdminSim sim, int hub, byte[] claim) => Assert.Equal(AdminStatus.Ok, sim.Ask(hub, AdminVerb.Claim, claim).Status);

    private static void Certified(AdminSim sim, Bytes32 claim) =>
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Registry.InFlight.Any(one => one.Identity == claim) && h.Registry.Height == h.Machine!.Height - 1)));

    private static (ClaimStanding, uint?) Ask(AdminSim sim, int hub, Bytes32 claim)
    {
        var (status, body) = sim.Ask(hub, AdminVerb.Tentative, Encoding.ASCII.GetBytes($"{claim}"));
        Assert.Equal(AdminStatus.Ok, status);
        Assert.True(TentativeAnswer.TryRead(body, out var answer));
        Assert.True(answer.IsSignedBy(sim.Genesis.Founders[hub].Key));
        Assert.Equal((claim, sim.Genesis.Founders[hub].Id), (answer.Claim, answer.Admin));
        return (answer.Standing, answer.Others);
    }

    private static Bytes32 Sha(string text) => Hawser.Crypto.Sha256.Hash(Encoding.ASCII.GetBytes(text).AsSpan());
}
