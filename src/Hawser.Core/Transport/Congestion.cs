namespace Hawser.Transport;

/// <summary>How many bytes of a connection may be on their way: CUBIC (RFC 9438), in bytes.</summary>
internal sealed class Congestion
{
    public const int SegmentSize = 1_200;
    private const long InitialWindow = 10 * SegmentSize; // transport.md §6
    private const long MinWindow = 2 * SegmentSize; // transport.md §6
    private const double Beta = 0.7; // RFC 9438 §4.6
    private const double C = 0.4; // RFC 9438 §5.1
    private const double Alpha = 3 * (1 - Beta) / (1 + Beta); // RFC 9438 §4.3

    private long _threshold = long.MaxValue;
    private Instant _recoveryStart = new(long.MinValue);
    private Instant? _epochStart;
    private double _largest; // segments at the last loss
    private double _estimate; // what Reno would have, in segments

    public long Window { get; private set; } = InitialWindow;

    public bool IsSlowStart => Window < _threshold;

    /// <summary>A packet arrived, and the window was what held others back.</summary>
    public void OnArrived(int bytes, Instant sentAt, Instant now, RttEstimator rtt)
    {
        if (sentAt <= _recoveryStart) return;
        if (IsSlowStart)
        {
            Window += bytes;
            if (rtt.Latest > rtt.Min + Swelling(rtt.Min)) _threshold = Window; // a queue builds up: RFC 9406
            return;
        }

        var segments = (double)Window / SegmentSize;
        if (_epochStart is not { } start)
        {
            _epochStart = start = now;
            _estimate = segments;
            _largest = Math.Max(_largest, segments);
        }

        var target = Target((now - start + rtt.Smoothed).TotalSeconds, segments);
        _estimate += Alpha * bytes / SegmentSize / segments;
        var grown = Math.Max(segments + ((target - segments) / segments * bytes / SegmentSize), _estimate);
        Window = (long)(grown * SegmentSize);
    }

    /// <summary>A packet was lost. Losses of one window count once.</summary>
    public void OnLost(Instant sentAt, Instant now)
    {
        if (sentAt <= _recoveryStart) return;
        _recoveryStart = now;
        var segments = (double)Window / SegmentSize;
        _largest = segments < _largest ? segments * (1 + Beta) / 2 : segments;
        Window = Math.Max(MinWindow, (long)(Window * Beta));
        _threshold = Window;
        _epochStart = null;
    }

    /// <summary>Nothing came back for several timeouts.</summary>
    public void Collapse() => Window = MinWindow;

    public void Reset()
    {
        (Window, _threshold, _epochStart, _largest) = (InitialWindow, long.MaxValue, null, 0);
    }

    private double Target(double seconds, double segments)
    {
        var k = Math.Cbrt(_largest * (1 - Beta) / C);
        var offset = seconds - k;
        return Math.Clamp((C * offset * offset * offset) + _largest, segments, segments * 1.5);
    }

    private static TimeSpan Swelling(TimeSpan min) =>
        TimeSpan.FromMicroseconds(Math.Clamp(min.TotalMicroseconds / 8, 4_000, 16_000));
}
