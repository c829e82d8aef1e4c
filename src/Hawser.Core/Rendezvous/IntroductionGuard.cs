using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>
/// A node's defence against calls: how many it opens at all, and none twice. One for all its lines, and longer lived
/// than they are. Spec: rendezvous.md §5.3.
/// </summary>
internal sealed class IntroductionGuard(Moment now)
{
    public const int OpensPerMinute = 60; // rendezvous.md §6
    public const int MaxRemembered = 8_192;
    public static readonly TimeSpan Freshness = TimeSpan.FromMinutes(5);

    private readonly Rate _opens = new(OpensPerMinute, now.Mono);
    private readonly Dictionary<Bytes32, DateTimeOffset> _seen = [];

    /// <summary>Whether to spend a key agreement on another call.</summary>
    public bool MayOpen(Moment moment) => _opens.TrySpend(moment.Mono);

    /// <summary>Whether an authentic call is of now, and new. It is remembered for as long as it would be fresh.</summary>
    public bool IsFresh(Moment moment, DateTimeOffset sent, in Bytes32 digest)
    {
        if (sent - moment.Utc > Freshness || moment.Utc - sent > Freshness) return false;
        if (_seen.Count >= MaxRemembered) Forget(moment);
        return _seen.Count < MaxRemembered && _seen.TryAdd(digest, sent + Freshness);
    }

    private void Forget(Moment moment)
    {
        foreach (var (digest, until) in _seen)
            if (until < moment.Utc) _seen.Remove(digest);
    }
}
