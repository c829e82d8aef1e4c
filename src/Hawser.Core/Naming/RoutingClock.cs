namespace Hawser.Naming;

/// <summary>
/// Routing time of a federation: UTC, or in a test federation a time that runs <see cref="Rate"/> times as fast from
/// <see cref="Origin"/> on. Nothing else in the program is scaled. Spec: naming.md §4.
/// </summary>
/// <param name="Origin">The instant that both times share.</param>
/// <param name="Rate">1 in the world.</param>
internal readonly record struct RoutingClock(DateTimeOffset Origin, int Rate)
{
    public const int MaxRate = 100_000; // naming.md §6

    /// <summary>The mean length of a tick on an ordinary clock.</summary>
    public TimeSpan TickLength => new(366 * TimeSpan.TicksPerDay / RoutingTick.UnitsInLeapYear / Rate);

    /// <summary>The tick at an instant; false when routing time has left its years.</summary>
    public bool TryAt(DateTimeOffset utc, out RoutingTick tick)
    {
        tick = default;
        var since = (Int128)(utc - Origin).Ticks * Rate + Origin.UtcTicks;
        return since >= 0 && since <= DateTimeOffset.MaxValue.UtcTicks
            && RoutingTick.TryAt(new((long)since, TimeSpan.Zero), out tick);
    }

    /// <summary>When a tick begins, on an ordinary clock, rounded up.</summary>
    public DateTimeOffset StartOf(RoutingTick tick)
    {
        var since = (tick.Start() - Origin).Ticks;
        return new(Origin.UtcTicks + (since >= 0 ? (since + Rate - 1) / Rate : since / Rate), TimeSpan.Zero);
    }
}
