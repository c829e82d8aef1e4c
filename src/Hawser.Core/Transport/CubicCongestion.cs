namespace Hawser.Transport;

/// <summary>CUBIC (RFC 9438), in bytes: a loss means a full queue.</summary>
internal sealed class CubicCongestion : Congestion
{
    private const double Beta = 0.7; // RFC 9438 §4.6
    private const double C = 0.4; // RFC 9438 §5.1
    private const double Alpha = 3 * (1 - Beta) / (1 + Beta); // RFC 9438 §4.3

    private long _threshold = long.MaxValue;
    private Instant _recoveryStart = new(long.MinValue);
    private Instant? _epochStart;
    private double _largest; // segments at the last loss
    private double _estimate; // what Reno would have, in segments

    private long _window = InitialWindow;

    public override long Window => _window;

    private bool IsSlowStart => _window < _threshold;

    public override double PacingRate(RttEstimator rtt) =>
        _window * (IsSlowStart ? 2.0 : 1.25) / Math.Max(rtt.Smoothed.TotalMicroseconds, 1);

    public override void OnArrived(in SentPacket packet, Instant now, RttEstimator rtt, bool isHeldBack)
    {
        var bytes = packet.Size;
        if (!isHeldBack || packet.At <= _recoveryStart) return;
        if (IsSlowStart)
        {
            _window += bytes;
            if (rtt.Latest > rtt.Min + Swelling(rtt.Min)) _threshold = _window; // a queue builds up: RFC 9406
            return;
        }

        var segments = (double)_window / SegmentSize;
        if (_epochStart is not { } start)
        {
            _epochStart = start = now;
            _estimate = segments;
            _largest = Math.Max(_largest, segments);
        }

        var target = Target((now - start + rtt.Smoothed).TotalSeconds, segments);
        _estimate += Alpha * bytes / SegmentSize / segments;
        var grown = Math.Max(segments + ((target - segments) / segments * bytes / SegmentSize), _estimate);
        _window = (long)(grown * SegmentSize);
    }

    // Losses of one window count once.
    public override void OnLost(in SentPacket packet, Instant now)
    {
        if (packet.At <= _recoveryStart) return;
        _recoveryStart = now;
        var segments = (double)_window / SegmentSize;
        _largest = segments < _largest ? segments * (1 + Beta) / 2 : segments;
        _window = Math.Max(MinWindow, (long)(_window * Beta));
        _threshold = _window;
        _epochStart = null;
    }

    public override void Collapse() => _window = MinWindow;

    public override void Reset()
    {
        (_window, _threshold, _epochStart, _largest) = (InitialWindow, long.MaxValue, null, 0);
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
