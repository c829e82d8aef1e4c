namespace Hawser.Transport;

/// <summary>Smooths round-trip times (RFC 6298).</summary>
internal sealed class RttEstimator(TimeSpan first)
{
    private bool _measured;

    public TimeSpan Smoothed { get; private set; } = first;

    public TimeSpan Variation { get; private set; } = first / 2;

    public TimeSpan Min { get; private set; } = first;

    public TimeSpan Latest { get; private set; } = first;

    public void Add(TimeSpan sample)
    {
        if (sample <= TimeSpan.Zero) sample = TimeSpan.FromMicroseconds(1);
        Latest = sample;
        if (!_measured)
        {
            (Smoothed, Variation, Min, _measured) = (sample, sample / 2, sample, true);
            return;
        }

        Min = sample < Min ? sample : Min;
        Variation = ((Variation * 3) + (Smoothed - sample).Duration()) / 4;
        Smoothed = ((Smoothed * 7) + sample) / 8;
    }

    /// <summary>Another path: the next sample counts alone.</summary>
    public void Reset() => _measured = false;
}
