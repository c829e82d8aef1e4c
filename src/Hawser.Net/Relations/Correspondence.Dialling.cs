using Hawser.Crypto;
using Hawser.Net.Pump;

namespace Hawser.Net.Relations;

// While something waits and there is no channel, the site is dialled, ever more rarely.
internal sealed partial class Correspondence
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5); // messages.md §5.1
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(5); // messages.md §6

    private readonly Dictionary<DhPublicKey, Redial> _redials = [];

    /// <summary>Dials whom there is something to say to, without waiting for the next time.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            foreach (var redial in _redials.Values) redial.Due = default;
            DialWaiting();
        }
    }

    private async Task KeepTimeAsync()
    {
        using var timer = new PeriodicTimer(Beat, _clock);
        try
        {
            do
            {
                lock (_gate)
                {
                    var now = _clock.GetMoment();
                    foreach (var talk in _talks.Values)
                    {
                        foreach (var series in talk.Out)
                        {
                            if (series.Box.NextWakeup > now.Mono) continue;
                            series.Box.Tick(now);
                            talk.Via?.Wake.Set();
                        }
                    }

                    DialWaiting();
                }
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private void DialWaiting()
    {
        var now = _clock.GetMoment().Mono;
        foreach (var talk in _talks.Values)
        {
            if (talk.Via is not null || !talk.WantsChannel || _stopping.IsCancellationRequested) continue;
            var site = talk.Record.PartnerSite;
            if (!_redials.TryGetValue(site, out var redial)) redial = _redials[site] = new();
            if (redial.IsUnderWay || redial.Due > now) continue;
            redial.IsUnderWay = true;
            _loops.Add(Task.Run(() => DialAsync(site, redial)));
        }
    }

    private async Task DialAsync(DhPublicKey site, Redial redial)
    {
        try
        {
            await _owner.DialAsync(site, _stopping.Token);
        }
        catch (Exception e) when (e is HawserException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            _log.NotReachedYet(e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _log.WorkFailed(e);
        }

        lock (_gate)
        {
            Span<byte> random = stackalloc byte[1];
            _entropy.Fill(random);
            var share = 0.8 + 0.4 * random[0] / byte.MaxValue;
            redial.Due = _clock.GetMoment().Mono + redial.Pause * share;
            redial.Pause = redial.Pause * 2 < MaxPause ? redial.Pause * 2 : MaxPause;
            redial.IsUnderWay = false;
        }
    }

    // It is there: the next time it is away is a first time.
    private void Reached(DhPublicKey site)
    {
        if (_redials.TryGetValue(site, out var redial)) (redial.Pause, redial.Due) = (FirstPause, default);
    }

    private sealed class Redial
    {
        public Instant Due { get; set; }

        public TimeSpan Pause { get; set; } = FirstPause;

        public bool IsUnderWay { get; set; }
    }
}
