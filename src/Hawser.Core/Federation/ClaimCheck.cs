using Hawser.Crypto;
using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>
/// The two signatures of a sealed claim, which take nearly all the time that taking it does: checked beside the machine,
/// by as many at once as the shell likes.
/// </summary>
internal sealed record ClaimCheck(SealedClaim Claim, VerifyKey IssuerKey, bool TicketHolds, bool SealHolds)
{
    /// <summary>Null if this is no claim, or its ticket is of nobody who could have given it.</summary>
    public static ClaimCheck? Of(ReadOnlySpan<byte> body, Genesis genesis, Members members)
    {
        if (!SealedClaim.TryRead(body, out var claim) || claim.Genesis != genesis.Hash
            || members.PlaceOf(claim.Ticket.Issuer) is var issuer && issuer < 0) return null;
        var key = members[issuer].Key;
        return claim.Ticket.IsFor(genesis.Hash, key, ClaimTicket.SealHash(claim.SealKey))
            ? new(claim, key, true, claim.IsSealed())
            : new(claim, key, false, false);
    }
}
