namespace Hawser.Rendezvous;

/// <summary>A token bucket that starts full and holds what a minute earns.</summary>
internal sealed class Rate(int perMinute, Instant now)
{
    private const long Minute = 60_000_000;
    private long _credit = Minute; // in microseconds of waiting; one event costs Minute / perMinute
    private Instant _filled = now;

    public bool TrySpend(Instant now)
    {
        _credit = Math.Min(Minute, _credit + Math.Clamp(now.Micros - _filled.Micros, 0, Minute));
        _filled = now;
        if (_credit < Minute / perMinute) return false;
        _credit -= Minute / perMinute;
        return true;
    }
}
