using System.Diagnostics.CodeAnalysis;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// Notices, in what an admin sees anyway, who breaks the rules, and makes the proof that convicts it: one of each admin.
/// Who keeps to the rules never gives it anything to find. Spec: membership.md §5.
/// </summary>
internal sealed class Witness(Bytes32 genesis)
{
    private const int MaxHeads = 64; // membership.md §6: that are remembered of each admin
    private const int MaxTickets = 1 << 20;

    private readonly Dictionary<RoutingId, List<AgreementMessage>> _heads = [];
    private readonly Dictionary<(RoutingId Issuer, RoutingId Number), (ClaimTicket Ticket, Bytes32 Seal)> _tickets = [];
    private readonly HashSet<RoutingId> _accused = [];
    private readonly Queue<FraudProof> _found = new();

    public bool TryTake([NotNullWhen(true)] out FraudProof? proof) => _found.TryDequeue(out proof);

    public bool HasAccused(RoutingId admin) => _accused.Contains(admin);

    /// <summary>Another key signs for this admin now: what it does with that is to be seen anew.</summary>
    public void Forget(RoutingId admin)
    {
        _accused.Remove(admin);
        _heads.Remove(admin);
    }

    /// <summary>Two messages of one admin for one purpose; both signatures were checked.</summary>
    public void TakeTwo(AgreementMessage first, AgreementMessage second) => Accuse(FraudProof.OfMessages(genesis, first, second));

    /// <summary>A HEAD: no other one of that size may have another root, at whatever height.</summary>
    public void TakeHead(AgreementMessage head)
    {
        if (!_heads.TryGetValue(head.Signer, out var heads)) _heads.Add(head.Signer, heads = []);
        if (heads.Find(known => known.Head.Size == head.Head.Size) is not { } same)
        {
            if (heads.Count == MaxHeads) heads.RemoveAt(0);
            heads.Add(head);
        }
        else if (same.Head.Root != head.Head.Root)
        {
            TakeTwo(same, head);
        }
    }

    /// <summary>Two heads whose leaves are here: if neither log continues the other, they hold two leaves at one index.</summary>
    public void TakeBranches(AgreementMessage first, AgreementMessage second, IHeldLeaves leaves)
    {
        if (_accused.Contains(first.Signer) || first.Head.Size == second.Head.Size) return;
        var (one, other) = (leaves.Leaves(first.Signer, first.Head), leaves.Leaves(first.Signer, second.Head));
        for (var i = 0; i < Math.Min(one.Count, other.Count); i++)
        {
            if (one[i].Span.SequenceEqual(other[i].Span)) continue;
            var index = leaves.Certified(first.Signer).Size + (ulong)i;
            Accuse(FraudProof.OfFork(genesis, first, leaves.Prove(first.Signer, first.Head, index), second,
                leaves.Prove(first.Signer, second.Head, index), index));
            return;
        }
    }

    /// <summary>A vote for a value that shows by itself that nobody may vote for it.</summary>
    public void TakeVote(AgreementMessage vote, ReadOnlySpan<byte> value) => Accuse(FraudProof.OfVote(genesis, vote, value));

    /// <summary>The sealed claims of a certified height: one ticket number serves one seal key.</summary>
    public void TakeClaims(CertifiedLeaves certified, Members members)
    {
        foreach (var log in certified.Logs)
        {
            foreach (var leaf in log.Leaves)
            {
                if (LogEntry.KindOf(leaf.Span) is not LogEntryKind.Sealed || !SealedClaim.TryRead(leaf.Span, out var claim)) continue;
                var (ticket, seal) = (claim.Ticket, ClaimTicket.SealHash(claim.SealKey));
                if (members.PlaceOf(ticket.Issuer) is not (var place and >= 0) || _accused.Contains(ticket.Issuer)) continue;
                if (_tickets.TryGetValue((ticket.Issuer, ticket.Number), out var known))
                {
                    if (known.Seal == seal || !ticket.IsFor(genesis, members[place].Key, seal)) continue;
                    Accuse(FraudProof.OfTickets(genesis, known.Ticket, known.Seal, ticket, seal));
                }
                else if (_tickets.Count < MaxTickets && ticket.IsFor(genesis, members[place].Key, seal))
                {
                    _tickets.Add((ticket.Issuer, ticket.Number), (ticket, seal));
                }
            }
        }

        // A ticket dies with its claim window.
        if (!certified.Tick.TryAdd(-(int)Genesis.MaxWindow, out var old)) return;
        foreach (var key in _tickets.Keys.Where(key => key.Number.Timestamp < old).ToArray()) _tickets.Remove(key);
    }

    private void Accuse(FraudProof? proof)
    {
        if (proof is not null && _accused.Add(proof.Admin)) _found.Enqueue(proof);
    }
}
