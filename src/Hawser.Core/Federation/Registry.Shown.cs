using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What can be said of claims before they are decided. Spec: naming.md §4.</summary>
internal sealed partial class Registry
{
    private readonly Dictionary<RoutingId, HashSet<Bytes32>> _shown = []; // claims in flight that show their ID

    public SealedClaim? FindClaim(in Bytes32 claim) => _claims.TryGetValue(claim, out var found) ? found.Sealed : null;

    public uint? ClosingHeightOf(in Bytes32 claim) => _claims.TryGetValue(claim, out var found) && found.Deed is null
        && _windows.TryGetValue(found.Sealed.Timestamp, out var window) ? LastClaimHeight(window.Born) : null;

    public IReadOnlyCollection<Bytes32> ClaimsOf(RoutingId id)
    {
        HashSet<Bytes32> all = _shown.TryGetValue(id, out var shown) ? [.. shown] : [];
        if (_contests.TryGetValue(id, out var contest)) all.UnionWith(contest.Select(claim => claim.Sealed.Identity));
        return all;
    }

    private void Keep(in Bytes32 identity, ClaimInFlight claim)
    {
        _claims.Add(identity, claim);
        _changedClaims?.Add(identity);
        if (claim.Sealed.Id is not { } id) return;
        if (!_shown.TryGetValue(id, out var shown)) _shown.Add(id, shown = []);
        shown.Add(identity);
    }

    private void Drop(in Bytes32 identity, ClaimInFlight claim)
    {
        _claims.Remove(identity);
        _changedClaims?.Add(identity);
        if (claim.Sealed.Id is { } id && _shown.TryGetValue(id, out var shown) && shown.Remove(identity) && shown.Count == 0) _shown.Remove(id);
    }
}
