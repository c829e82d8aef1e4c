using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// The signatures of a height, before it is folded: each is a pure function of its leaf and of what earlier heights
/// left, so they may be checked side by side, and a copy in another log costs nothing. Spec: registry.md §5.
/// </summary>
internal sealed partial class Registry
{
    // One for each leaf, in their order; copies share one.
    private List<Check> CheckAll(CertifiedLeaves certified)
    {
        List<Check> all = [.. from log in certified.Logs from leaf in log.Leaves select new Check(leaf)];
        _workers.Each(all.Count, i => all[i].Hash = Sha256.Hash(all[i].Leaf.Span));
        Dictionary<Bytes32, Check> first = new(all.Count);
        List<Check> open = [];
        for (var i = 0; i < all.Count; i++)
        {
            if (first.TryAdd(all[i].Hash, all[i])) open.Add(all[i]);
            else all[i] = first[all[i].Hash];
        }

        _workers.Each(open.Count, i => Run(open[i]));
        return all;
    }

    // Reads the registry and changes nothing in it: several run at once.
    private void Run(Check check)
    {
        check.Kind = LogEntry.KindOf(check.Leaf.Span);
        if (check.Kind == LogEntryKind.Sealed && SealedClaim.TryRead(check.Leaf.Span, out var claim))
        {
            check.Claim = claim;
            if (claim.Genesis == _genesis.Hash && _windows.TryGetValue(claim.Timestamp, out var window) && Height <= LastClaimHeight(window.Born))
                (check.TicketHolds, check.SealHolds) = (TicketHolds(claim, window.Issuers), claim.IsSealed());
        }
        else if (check.Kind == LogEntryKind.Reveal && Reveal.TryRead(check.Leaf.Span, out var reveal))
        {
            check.Reveal = reveal;
            if (reveal.Genesis != _genesis.Hash || !_claims.TryGetValue(reveal.Claim, out var revealed) || revealed.Deed is not null) return;
            if (revealed.Sealed.Open(reveal.Seed, out var deed) is null)
                (check.Deed, check.RevealHolds) = (deed, reveal.IsSignedBy(deed!.Fields.ClaimKey));
        }
    }

    private bool TicketHolds(SealedClaim claim, Members issuers) =>
        _roster.MayIssue(claim.Ticket.Issuer, claim.Timestamp) && issuers.PlaceOf(claim.Ticket.Issuer) is var place and >= 0
        && claim.Ticket.IsFor(_genesis.Hash, issuers[place].Key, ClaimTicket.SealHash(claim.SealKey));

    /// <summary>What a leaf holds, and which of its signatures hold.</summary>
    private sealed class Check(ReadOnlyMemory<byte> leaf)
    {
        public ReadOnlyMemory<byte> Leaf => leaf;
        public Bytes32 Hash { get; set; }
        public LogEntryKind Kind { get; set; }
        public SealedClaim? Claim { get; set; }
        public bool TicketHolds { get; set; }
        public bool SealHolds { get; set; }
        public Reveal? Reveal { get; set; }

        /// <summary>What the claim opens to; null if it does not open, or was not there before this height.</summary>
        public Deed? Deed { get; set; }

        public bool RevealHolds { get; set; }
    }
}
