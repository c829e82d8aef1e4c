using Hawser.Naming;

namespace Hawser.Hub;

/// <summary>Locators that were handed in, newest of each ID; in memory, as their makers hand them in again.</summary>
internal sealed class LocatorShelf
{
    public const int Capacity = 65_536; // hub-http.md §6

    private readonly Lock _gate = new();
    private readonly Dictionary<RoutingId, Locator> _newest = [];

    public byte[]? Find(RoutingId id, DateTimeOffset now)
    {
        lock (_gate) return _newest.TryGetValue(id, out var locator) && IsLive(locator, now) ? locator.Write() : null;
    }

    /// <summary>Whether it is kept: the highest sequence wins, of equals the first.</summary>
    public bool Keep(Locator locator, DateTimeOffset now)
    {
        lock (_gate)
        {
            // A signer who is the holder no more does not stand in the new one's way.
            if (_newest.TryGetValue(locator.Id, out var known) && known.Key == locator.Key && IsLive(known, now)
                && known.Sequence >= locator.Sequence) return known.Write().AsSpan().SequenceEqual(locator.Write());
            if (_newest.Count >= Capacity)
                foreach (var (id, old) in _newest.ToArray())
                    if (!IsLive(old, now)) _newest.Remove(id);
            if (_newest.Count >= Capacity && !_newest.ContainsKey(locator.Id)) return false;
            _newest[locator.Id] = locator;
            return true;
        }
    }

    private static bool IsLive(Locator locator, DateTimeOffset now) => (ulong)Math.Max(0, now.ToUnixTimeSeconds()) < locator.Until;
}
