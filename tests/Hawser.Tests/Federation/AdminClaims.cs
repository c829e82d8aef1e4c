using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Federation;

/// <summary>A claim that was made by hand.</summary>
internal sealed record Made(SealKey Seal, SigningKey Key, Deed Deed, SealedClaim Sealed);

/// <summary>What a client does at the admins of a simulation.</summary>
internal static class AdminClaims
{
    public static Made Make(AdminSim sim, int issuer, bool blind = true)
    {
        var seed = default(Bytes32);
        sim.Random.Fill(seed);
        var (seal, key) = (new SealKey(seed), SigningKey.Generate(sim.Random));
        var (status, body) = sim.Ask(
            issuer, AdminVerb.Ticket, new TicketRequest(sim.Genesis.Hash, ClaimTicket.SealHash(seal.Public)).Write());
        Assert.Equal(AdminStatus.Ok, status);
        Assert.True(ClaimTicket.TryRead(body, out _, out var ticket));
        var deed = Deed.Sign(
            new()
            {
                Genesis = sim.Genesis.Hash, Timestamp = ticket.Timestamp, Keyword = "pi", TicketIssuer = ticket.Issuer,
                TicketNumber = ticket.Number, ClaimKey = key.Public, ChannelKey = DhKeyPair.Generate(sim.Random).Public,
                Hubs = [sim.Genesis.Founders[0].Id],
            },
            key);
        return new(seal, key, deed, SealedClaim.Seal(deed, ticket, seal, key, blind));
    }

    public static Made Claim(AdminSim sim, int issuer, params int[] admins)
    {
        var made = Make(sim, issuer);
        foreach (var admin in admins)
        {
            var (status, body) = sim.Ask(admin, AdminVerb.Claim, made.Sealed.Text);
            Assert.Equal((AdminStatus.Ok, ""), (status, status is AdminStatus.Ok ? "" : Encoding.UTF8.GetString(body)));
        }

        return made;
    }

    public static TitleStatus? Status(AdminSim.Hub hub, RoutingId id) =>
        hub.Registry.State.TryFind(id, out var title) ? title.Status : null;

    public static void Verify(AdminSim sim, Deed deed)
    {
        var hub = sim.Hubs[0];
        // The fold runs ahead of the certificate by the time that attestations take.
        Assert.True(sim.Until(() => hub.Registry.Height == hub.Machine!.Height - 1));
        var made = OwnershipProof.Make(hub.Certificates[hub.Machine!.Height - 1], sim.Genesis.Founders, hub.Registry.State, deed.Id);
        Assert.True(OwnershipProof.TryRead(made.Write(), out var proof));
        Assert.Null(proof.Verify(sim.Genesis.Hash, sim.Genesis.Founders, deed.Id, out _));
        Assert.Equal((deed.Fields.ClaimKey, deed.TextHash), (proof.Title!.ClaimKey, proof.Title.DeedHash));
    }
}
