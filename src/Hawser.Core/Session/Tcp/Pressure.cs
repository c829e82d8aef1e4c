using Hawser.Proof;

namespace Hawser.Session.Tcp;

/// <summary>
/// How much may come from where. TCP has proved the way back, so an address answers for what it does: a bucket each,
/// a smaller one after failures, never a ban, as others may share it. Spec: session.md §5.8.
/// </summary>
internal sealed class Pressure
{
    public const int FailuresToSlow = 5; // within a minute: session.md §6
    private const int MaxBlamed = 4_096;
    private const int SlowRate = 1;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly RateSketch? _hosts, _networks;
    private readonly RateSketch _slow;
    private readonly Dictionary<UInt128, (int Failures, Instant Until)> _blamed = [];
    private readonly Dictionary<UInt128, int> _open = [];

    public Pressure(IEntropy entropy, TcpOptions options)
    {
        _hosts = options.HostRate > 0 ? new(entropy, options.HostRate) : null;
        _networks = options.NetworkRate > 0 ? new(entropy, options.NetworkRate) : null;
        _slow = new(entropy, SlowRate);
    }

    /// <summary>Whether a handshake from there may cost us a DH now. From where a channel is open it always may.</summary>
    public bool TryPass(Moment now, in HostPort remote)
    {
        var host = RateSketch.HostOf(remote);
        if (_open.ContainsKey(host)) return true;
        if (FailuresOf(now, host) >= FailuresToSlow && !_slow.TryCount(now.Mono, host)) return false;
        return _hosts?.TryCount(now.Mono, host) is not false && _networks?.TryCount(now.Mono, RateSketch.NetworkOf(remote)) is not false;
    }

    /// <summary>Counts a failure; tells their number when that is news for a firewall: at five, ten, twenty…</summary>
    public int? Blame(Moment now, in HostPort remote)
    {
        var host = RateSketch.HostOf(remote);
        if (_blamed.Count >= MaxBlamed && !_blamed.ContainsKey(host)) Forget(now);
        var (failures, until) = (FailuresOf(now, host) + 1, _blamed.GetValueOrDefault(host).Until);
        if (failures == 1) until = now.Mono + Memory;
        _blamed[host] = (failures, until);
        return failures % FailuresToSlow == 0 && System.Numerics.BitOperations.IsPow2(failures / FailuresToSlow) ? failures : null;
    }

    public void Opened(in HostPort remote)
    {
        var host = RateSketch.HostOf(remote);
        _open[host] = _open.GetValueOrDefault(host) + 1;
    }

    public void Closed(in HostPort remote)
    {
        var host = RateSketch.HostOf(remote);
        if (_open.GetValueOrDefault(host) > 1) _open[host]--;
        else _open.Remove(host);
    }

    private int FailuresOf(Moment now, UInt128 host) =>
        _blamed.TryGetValue(host, out var found) && now.Mono < found.Until ? found.Failures : 0;

    private void Forget(Moment now)
    {
        foreach (var (host, blamed) in _blamed)
            if (blamed.Until <= now.Mono) _blamed.Remove(host);
        if (_blamed.Count >= MaxBlamed) _blamed.Clear(); // so many at once are no reason to remember each
    }
}
