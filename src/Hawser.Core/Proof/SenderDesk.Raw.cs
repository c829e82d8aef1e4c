namespace Hawser.Proof;

/// <summary>Whole packets with a foreign source: raw.md.</summary>
internal sealed partial class SenderDesk
{
    private readonly Dictionary<LineId, HostPort> _sources = []; // of senders of whole packets
    private readonly long[] _rawFaults = new long[Enum.GetValues<RawFault>().Length];

    /// <summary>Whether a sender may name a source that is not ours.</summary>
    public bool AllowsRaw { get; init; }

    /// <summary>How many whole packets were let out, and held for what.</summary>
    public long Count(RawFault fault) => _rawFaults[(int)fault];

    /// <summary>Whether a line's packets are whole ones.</summary>
    public bool IsRaw(LineId line) => _sources.ContainsKey(line);

    /// <summary>Whether this whole packet may leave, as it is.</summary>
    public bool TryDeliverRaw(Moment now, LineId line, ReadOnlySpan<byte> packet)
    {
        if (!_sources.TryGetValue(line, out var named) || !_slots.TryFind(line, out var slot))
        {
            Held++;
            return false;
        }

        ref var sender = ref _slots[slot];
        var fault = new RawGuard(named, sender.Destination).FaultOf(packet);
        if (fault is RawFault.None && TrySpend(now, ref sender, packet.Length))
        {
            _rawFaults[(int)fault]++;
            return true;
        }

        if (fault is not RawFault.None) _rawFaults[(int)fault]++;
        Held++;
        return false;
    }

    private bool TryName(LineId line, in ProvenAddress destination, HostPort? named)
    {
        if (named is not { } foreign) return true;
        if (!AllowsRaw || !RawGuard.MayName(foreign, destination, allowsLoopback)) return false;
        _sources[line] = foreign;
        return true;
    }

    // Within the lease, and the bytes a second of it, of the host and of the network.
    private bool TrySpend(Moment now, ref SenderSlot sender, int length) =>
        sender.State is SenderState.Leased && now.Mono < sender.LeaseUntil && sender.TrySpend(now.Mono, length)
        && _hosts.TryCount(now.Mono, RateSketch.HostOf(sender.Destination.At), length)
        && _networks.TryCount(now.Mono, RateSketch.NetworkOf(sender.Destination.At), length);
}
