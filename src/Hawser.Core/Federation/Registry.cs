using System.Diagnostics.CodeAnalysis;
using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>
/// Who owns what, from certified logs alone: sealed claims come in, reveals open them, and when the window of their
/// timestamp closes the earliest valid one has won. Spec: registry.md §5.
/// </summary>
internal sealed partial class Registry : IRegistryFold
{
    private readonly Genesis _genesis;
    private readonly Roster _roster;
    private readonly IWorkers _workers;
    private readonly StateTree _state = new();
    private readonly DeedTexts _deeds;
    private readonly List<RegistryEvent> _happened = [];
    private RoutingTick _tick;

    /// <param name="genesis">The federation.</param>
    /// <param name="workers">Who checks signatures; without, one after the other.</param>
    public Registry(Genesis genesis, IWorkers? workers = null)
        : this(genesis, workers, new(genesis)) => Current = new(_state.Root, PendingHash());

    private Registry(Genesis genesis, IWorkers? workers, Roster roster) => (_genesis, _roster, _tick, _workers, _deeds) =
        (genesis, roster, genesis.FirstTick, workers ?? OneWorker.Instance, new(genesis.Hash));

    public uint Height { get; private set; }

    public FoldResult Current { get; private set; }

    /// <summary>The label of the last height folded.</summary>
    public RoutingTick Tick => _tick;

    public StateTree State => _state;

    public Roster Roster => _roster;

    /// <summary>What the last height did, in order.</summary>
    public IReadOnlyList<RegistryEvent> Happened => _happened;

    public FoldResult Fold(CertifiedLeaves certified)
    {
        if (certified.Height != Height + 1) throw new ArgumentException("not the next height", nameof(certified));
        if (certified.Tick <= _tick) throw new ArgumentException("a tick that is over", nameof(certified));
        _happened.Clear();
        Height = certified.Height;
        // A height gives birth to one timestamp: the tick after the last certified one. Skipped ticks have no IDs.
        if (_tick.TryNext(out var born)) _windows.Add(born, new(born, Height, _roster.Members));
        _tick = certified.Tick;
        var checks = CheckAll(certified).GetEnumerator();
        foreach (var log in certified.Logs)
        {
            for (var left = log.Leaves.Count; left > 0 && checks.MoveNext(); left--) FoldLeaf(log.Member, checks.Current);
        }

        TakeEffect();
        CloseWindows();
        RunOut();
        if (_roster.Close(Height, _tick) is { } changed) _happened.Add(changed);
        return Current = new(_state.Root, PendingHash());
    }

    /// <summary>The deed behind a title.</summary>
    public bool TryDeed(RoutingId id, [NotNullWhen(true)] out byte[]? text) => _deeds.TryGet(id, out text);

    /// <summary>The height that ends the claims of tickets which are handed out now.</summary>
    public uint LastClaimHeight(uint born) => born + _genesis.ClaimWindow - 1;

    /// <summary>The height that makes the IDs of a timestamp final.</summary>
    public uint FinalHeight(uint born) => born + _genesis.ClaimWindow + _genesis.RevealWindow - 1;

    private void FoldLeaf(RoutingId log, Check check)
    {
        if (check.Kind switch
            {
                LogEntryKind.Sealed => FoldSealed(check),
                LogEntryKind.Reveal => FoldReveal(check),
                LogEntryKind.Record => FoldRecord(check.Leaf.Span),
                LogEntryKind.Vote => _roster.TakeVote(Height, log, check.Leaf.Span),
                LogEntryKind.Evidence => _roster.TakeEvidence(check.Leaf.Span),
                LogEntryKind.Share => null, // of a reveal: hubs put them together
                LogEntryKind.Other => null, // of later rules, or for information
                LogEntryKind.TooLarge => null,
            } is { } happened) _happened.Add(happened);
    }

    private RegistryEvent? FoldSealed(Check check)
    {
        if (check.Claim is not { } claim || claim.Genesis != _genesis.Hash) return null;
        if (_claims.ContainsKey(claim.Identity)) return null; // logged by another admin too: the first height counts
        if (!_windows.TryGetValue(claim.Timestamp, out var window) || Height > LastClaimHeight(window.Born))
            return new RegistryEvent.Refused(claim.Identity, ClaimRefusal.Untimely);
        if (_sealKeys.Contains(claim.SealKey)) return new RegistryEvent.Refused(claim.Identity, ClaimRefusal.SealKeyUsed);
        if (!check.TicketHolds) return new RegistryEvent.Refused(claim.Identity, ClaimRefusal.BadTicket);
        if (!check.SealHolds) return new RegistryEvent.Refused(claim.Identity, ClaimRefusal.BadSeal);
        if (window.CountOf(claim.Ticket.Issuer) >= _genesis.MaxClaims)
            return new RegistryEvent.Refused(claim.Identity, ClaimRefusal.TooMany);

        window.Count(claim.Ticket.Issuer);
        _sealKeys.Add(claim.SealKey);
        Keep(claim.Identity, new(claim, Height));
        return new RegistryEvent.Registered(claim.Identity, Height);
    }

    private RegistryEvent? FoldReveal(Check check)
    {
        if (check.Reveal is not { } reveal || reveal.Genesis != _genesis.Hash) return null;
        if (!_claims.TryGetValue(reveal.Claim, out var claim))
            return new RegistryEvent.Refused(reveal.Claim, ClaimRefusal.NoSuchClaim);
        if (claim.Deed is not null) return null; // the second copy changes nothing
        if (Height <= claim.Certified) return new RegistryEvent.Refused(reveal.Claim, ClaimRefusal.RevealedTooEarly);
        if (check.Deed is not { } deed) return new RegistryEvent.Refused(reveal.Claim, ClaimRefusal.BadDeed);
        if (!check.RevealHolds) return new RegistryEvent.Refused(reveal.Claim, ClaimRefusal.BadReveal);

        claim.Deed = deed;
        _changedClaims?.Add(reveal.Claim);
        if (!_contests.TryGetValue(deed.Id, out var contest)) _contests.Add(deed.Id, contest = []);
        contest.Add(claim);
        Decide(deed.Id, contest);
        return new RegistryEvent.Revealed(reveal.Claim, deed.Id);
    }

    // The deeds of the lowest height, two at most: more say nothing more.
    private static Deed[] FirstOf(List<ClaimInFlight> contest)
    {
        var first = contest.Min(claim => claim.Certified);
        return [.. contest.Where(claim => claim.Certified == first).Select(claim => claim.Deed!).DistinctBy(deed => deed.TextHash).Take(2)];
    }

    /// <summary>The lowest height wins; two different deeds there void each other; one deed twice is one claim.</summary>
    private void Decide(RoutingId id, List<ClaimInFlight> contest)
    {
        var deeds = FirstOf(contest);
        var finalHeight = FinalHeight(_windows[id.Timestamp].Born);
        var winner = deeds.Length == 1 ? deeds[0].TextHash : default;
        if (_winners.TryGetValue(id, out var before) && before == winner) return; // with its records
        _winners[id] = winner;
        if (deeds.Length == 1)
        {
            Put(Shared(Title.Provisional(deeds[0], finalHeight)));
            _deeds.Set(id, deeds[0].Text);
        }
        else
        {
            Put(Title.Voided(id, finalHeight));
            _deeds.Remove(id);
        }
    }
}
