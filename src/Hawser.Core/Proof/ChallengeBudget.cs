namespace Hawser.Proof;

/// <summary>
/// How many challenges may go where, whoever asks: a victim, its network and the whole world each have an account of
/// what nobody there asked for; who has just sent us a cookie from that very port has another. Exact over any minute.
/// Spec: address.md §5.1.
/// </summary>
internal sealed class ChallengeBudget
{
    public const int PerHost = 3, PerNetwork = 30, PerHub = 1_000; // address.md §6: unsolicited, a minute
    public const int Solicited = 12; // address.md §6: to a host, a minute
    private const int MaxTracked = SenderDesk.MaxSenders; // address.md §6: as many hosts may hold a lease
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1), SweepPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<UInt128, Log> _hosts = [], _networks = [], _solicited = [];
    private readonly Log _all = new(PerHub);
    private Instant _sweepAt;

    public long Denied { get; private set; }

    public bool TrySpend(Instant now, in HostPort to, bool solicited)
    {
        var (host, network) = (RateSketch.HostOf(to), RateSketch.NetworkOf(to));
        var may = solicited
            ? Find(now, _solicited, host, Solicited) is { } own && own.TrySpend(now)
            : _all.HasRoom(now) && Find(now, _hosts, host, PerHost) is { } ofHost && ofHost.HasRoom(now)
                && Find(now, _networks, network, PerNetwork) is { } ofNetwork && ofNetwork.HasRoom(now)
                && _all.TrySpend(now) && ofHost.TrySpend(now) && ofNetwork.TrySpend(now);
        if (!may) Denied++;
        return may;
    }

    // Full of accounts in use: nobody new is challenged, so that filling it gains nothing.
    private Log? Find(Instant now, Dictionary<UInt128, Log> logs, UInt128 key, int most)
    {
        if (logs.TryGetValue(key, out var log)) return log;
        if (logs.Count >= MaxTracked)
        {
            if (now < _sweepAt) return null;
            _sweepAt = now + SweepPause; // a look at all of them for each that comes would be a present to who fills it
            foreach (var (idle, old) in logs)
                if (old.IsIdle(now)) logs.Remove(idle);
            if (logs.Count >= MaxTracked) return null;
        }

        return logs[key] = new(most);
    }

    /// <summary>The times of the last few: the oldest has to be a minute ago before there may be another.</summary>
    private sealed class Log(int most)
    {
        private readonly Instant[] _times = new Instant[most];
        private long _count;

        public bool HasRoom(Instant now) => _count < most || now - _times[_count % most] >= Window;

        public bool IsIdle(Instant now) => _count == 0 || now - _times[(_count - 1) % most] >= Window;

        public bool TrySpend(Instant now)
        {
            if (!HasRoom(now)) return false;
            _times[_count++ % most] = now;
            return true;
        }
    }
}
