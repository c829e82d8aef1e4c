using Hawser.Proof;

namespace Hawser.Hub;

/// <summary>How many lines are open, in all and of each host: the web server counts none that is upgraded. Spec: sp3.md §5.1.</summary>
internal sealed class LineRoom
{
    public const int MaxLines = 8_192, MaxOfHost = 64; // sp3.md §6

    private readonly Dictionary<UInt128, int> _ofHost = [];
    private int _all;

    /// <summary>False if it, or the hub, has enough; else it is to leave again.</summary>
    public bool TryEnter(in HostPort remote)
    {
        var host = RateSketch.HostOf(remote);
        if (_all >= MaxLines || _ofHost.GetValueOrDefault(host) >= MaxOfHost) return false;
        _ofHost[host] = _ofHost.GetValueOrDefault(host) + 1;
        _all++;
        return true;
    }

    public void Leave(in HostPort remote)
    {
        var host = RateSketch.HostOf(remote);
        if (--_ofHost[host] == 0) _ofHost.Remove(host);
        _all--;
    }
}
