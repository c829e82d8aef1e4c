namespace Hawser.Transport;

/// <summary>Spreads a window over a round trip, in bursts that are worth a system call.</summary>
internal sealed class Pacer
{
    private const long MinBurst = 10 * Congestion.SegmentSize; // transport.md §6
    private const long MaxBurst = 256 * 1024;
    private static readonly TimeSpan BurstTime = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(200);

    private double _credit = MinBurst;
    private Instant _refilled;

    /// <summary>Whether a packet may go now; if not, when.</summary>
    public bool MaySend(Instant now, long window, TimeSpan rtt, bool slowStart, out Instant readyAt)
    {
        readyAt = Instant.Never;
        var rate = window * (slowStart ? 2.0 : 1.25) / Math.Max(rtt.TotalMicroseconds, 1); // bytes per microsecond
        var burst = Math.Clamp(rate * BurstTime.TotalMicroseconds, MinBurst, MaxBurst);
        _credit = Math.Min(burst, _credit + (rate * (now - _refilled).TotalMicroseconds));
        _refilled = now;
        if (_credit > 0) return true;
        var wait = TimeSpan.FromMicroseconds(((burst / 4) - _credit) / rate);
        readyAt = now + (wait > Shortest ? wait : Shortest);
        return false;
    }

    public void OnSent(int bytes) => _credit -= bytes;
}
