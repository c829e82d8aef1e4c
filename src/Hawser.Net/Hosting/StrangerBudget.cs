namespace Hawser.Net.Hosting;

/// <summary>
/// How many IDs that nobody here has heard of are looked up: each costs hubs a request or two, and whoever solves a
/// puzzle can name one.
/// </summary>
internal sealed class StrangerBudget(TimeProvider clock)
{
    private const double PerSecond = 1;
    private const double Burst = 30;

    private readonly Lock _gate = new();
    private double _tokens = Burst;
    private long _filled = clock.GetTimestamp();

    public bool TrySpend()
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(Burst, _tokens + clock.GetElapsedTime(_filled, now).TotalSeconds * PerSecond);
            _filled = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
