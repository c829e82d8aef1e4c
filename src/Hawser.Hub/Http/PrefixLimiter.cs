namespace Hawser.Hub.Http;

/// <summary>
/// A token bucket for each address prefix, in bounded memory: when it is full of buckets in use, all newcomers share
/// one, so that a flood from everywhere starves newcomers and nobody else.
/// </summary>
internal sealed class PrefixLimiter(TimeProvider clock, double perSecond, double burst, int capacity = 65_536)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<AddressPrefix, (double Tokens, long Stamp)> _buckets = [];
    private long _swept = clock.GetTimestamp();

    /// <summary>Requests that were turned away.</summary>
    public long Refused { get; private set; }

    public bool TryTake(AddressPrefix prefix)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            if (_buckets.Count >= capacity && !_buckets.ContainsKey(prefix))
            {
                Sweep(now);
                if (_buckets.Count >= capacity) prefix = default; // ::/48, where nobody is
            }

            var tokens = _buckets.TryGetValue(prefix, out var bucket) ? Filled(bucket, now) : burst;
            var granted = tokens >= 1;
            if (granted) tokens--;
            else Refused++;
            _buckets[prefix] = (tokens, now);
            return granted;
        }
    }

    private double Filled((double Tokens, long Stamp) bucket, long now) =>
        Math.Min(burst, bucket.Tokens + clock.GetElapsedTime(bucket.Stamp, now).TotalSeconds * perSecond);

    // At most once in the time that fills a bucket: before that it would find little.
    private void Sweep(long now)
    {
        if (clock.GetElapsedTime(_swept, now).TotalSeconds * perSecond < burst) return;
        _swept = now;
        foreach (var (prefix, bucket) in _buckets)
            if (Filled(bucket, now) >= burst) _buckets.Remove(prefix);
    }
}
