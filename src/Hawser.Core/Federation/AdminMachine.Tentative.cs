using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What is said of a claim before it is decided: rivals of its ID, or why it was passed over. Spec: federation.md §5.</summary>
internal sealed partial class AdminMachine
{
    private const int MaxPassedOver = 65_536; // federation.md §6

    private readonly Dictionary<Bytes32, (SealedClaim Claim, uint Height)> _fresh = []; // in my log, and in no certificate yet
    private readonly Dictionary<RoutingId, HashSet<Bytes32>> _freshShown = []; // of those that show their ID
    private readonly Dictionary<Bytes32, (ClaimRefusal Why, uint Height)> _passedOver = [];

    private void AskTentative(long number, ReadOnlySpan<byte> body)
    {
        if (!LineReader.TryParse32(body, out var identity)) Refuse(number, "this names no claim");
        else if (Me is not { } me || _agreement.Key is not { } key) Refuse(number, "this hub is no admin at present; ask another one", AdminStatus.Busy);
        else if (StandingOf(identity, out var shown) is not { } standing) Answer(number, AdminStatus.NotFound, []);
        else
        {
            var others = shown is { } id && standing <= ClaimStanding.Accepted ? OthersOf(id, identity) : (uint?)null;
            Answer(number, AdminStatus.Ok, TentativeAnswer.Sign(_genesis.Hash, me.Id, key, identity, Height - 1, standing, others).Write());
        }
    }

    private ClaimStanding? StandingOf(in Bytes32 identity, out RoutingId? shown)
    {
        shown = null;
        if (_fold.FindClaim(identity) is { } claim)
        {
            shown = claim.Id;
            return ClaimStanding.Accepted;
        }

        if (_passedOver.TryGetValue(identity, out var passed))
        {
            return passed.Why switch
            {
                ClaimRefusal.Untimely => ClaimStanding.Untimely,
                ClaimRefusal.SealKeyUsed => ClaimStanding.SealKeyUsed,
                ClaimRefusal.BadTicket => ClaimStanding.BadTicket,
                ClaimRefusal.BadSeal => ClaimStanding.BadSeal,
                ClaimRefusal.TooMany => ClaimStanding.TooMany,
                _ => null, // of a reveal: its claim is another matter
            };
        }

        if (!_fresh.TryGetValue(identity, out var fresh)) return null;
        shown = fresh.Claim.Id;
        return ClaimStanding.Logged;
    }

    private uint OthersOf(RoutingId id, in Bytes32 identity)
    {
        HashSet<Bytes32> all = [.. _fold.ClaimsOf(id)];
        if (_freshShown.TryGetValue(id, out var fresh)) all.UnionWith(fresh);
        all.Remove(identity);
        return (uint)all.Count;
    }

    private void NoteFresh(SealedClaim claim)
    {
        if (!_fresh.TryAdd(claim.Identity, (claim, Height)) || claim.Id is not { } id) return;
        if (!_freshShown.TryGetValue(id, out var shown)) _freshShown.Add(id, shown = []);
        shown.Add(claim.Identity);
    }

    /// <summary>A height is certified: what the fold knows now is fresh no more.</summary>
    private void NoteFate(uint height)
    {
        if (_fold.Height == height)
        {
            foreach (var happened in _fold.Happened)
                if (happened is RegistryEvent.Refused(var claim, var why) && _passedOver.Count < MaxPassedOver) _passedOver.TryAdd(claim, (why, height));
        }

        foreach (var (identity, (claim, since)) in _fresh.ToArray())
        {
            if (_fold.FindClaim(identity) is null && !_passedOver.ContainsKey(identity) && height < since + _genesis.ClaimWindow + 1) continue;
            _fresh.Remove(identity);
            if (claim.Id is { } id && _freshShown.TryGetValue(id, out var shown) && shown.Remove(identity) && shown.Count == 0) _freshShown.Remove(id);
        }

        foreach (var (identity, (_, since)) in _passedOver.ToArray())
            if (since + _genesis.ClaimWindow + _genesis.RevealWindow < height) _passedOver.Remove(identity);
    }
}
