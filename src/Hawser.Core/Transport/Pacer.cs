namespace Hawser.Transport;

/// <summary>Spreads what may be sent over time, in bursts that are worth a system call.</summary>
internal sealed class Pacer
{
    private const long MinBurst = 10 * Congestion.SegmentSize; // transport.md §6
    private const long MaxBurst = 2 << 20;
    private static readonly TimeSpan Quantum = TimeSpan.FromMilliseconds(1); // what timers can do
    private static readonly TimeSpan CatchUp = TimeSpan.FromMilliseconds(10); // where they were late
    private const double MaxWait = 1e6; // microseconds
    private static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(200);

    private double _credit = MinBurst;
    private Instant _refilled;

    /// <summary>Whether a packet may go now; if not, when.</summary>
    /// <param name="now">The time.</param>
    /// <param name="rate">Bytes per microsecond.</param>
    /// <param name="readyAt">When to ask again.</param>
    public bool MaySend(Instant now, double rate, out Instant readyAt)
    {
        readyAt = Instant.Never;
        if (_credit > MinBurst && now == _refilled) return true; // of one batch
        var burst = Math.Clamp(rate * CatchUp.TotalMicroseconds, MinBurst, MaxBurst);
        _credit = Math.Min(burst, _credit + (rate * (now - _refilled).TotalMicroseconds));
        _refilled = now;
        if (_credit > 0) return true;
        var wait = TimeSpan.FromMicroseconds(Math.Min(Quantum.TotalMicroseconds - (_credit / rate), MaxWait));
        readyAt = now + (wait > Shortest ? wait : Shortest);
        return false;
    }

    public void OnSent(int bytes) => _credit -= bytes;
}
