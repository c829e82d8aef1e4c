using Hawser.Transport;

namespace Hawser.Net.Datagrams;

/// <summary>How a connection does.</summary>
public sealed record ConnectionStatistics
{
    /// <summary>Where its packets go now.</summary>
    public required HostPort Remote { get; init; }

    /// <summary>Round trip, smoothed.</summary>
    public required TimeSpan Rtt { get; init; }

    /// <summary>Bytes of the largest datagram that <see cref="Connection.Send(ReadOnlySpan{byte})"/> takes on this path.</summary>
    public required int MaxDatagram { get; init; }

    /// <summary>Bytes that streams may have under way.</summary>
    public required long CongestionWindow { get; init; }

    /// <summary>Bytes under way.</summary>
    public required long InFlight { get; init; }

    /// <summary>Bytes of packets received.</summary>
    public required long BytesIn { get; init; }

    /// <summary>Bytes of packets sent.</summary>
    public required long BytesOut { get; init; }

    /// <summary>Packets received that opened.</summary>
    public required long PacketsIn { get; init; }

    /// <summary>Packets sent.</summary>
    public required long PacketsOut { get; init; }

    /// <summary>Packets sent with the verdict lost.</summary>
    public required long PacketsLost { get; init; }

    /// <summary>Packets received and thrown away, by reason: Malformed, Late, NotOpened, OutOfOrder, Overrun.</summary>
    public required IReadOnlyDictionary<string, long> Dropped { get; init; }

    internal static ConnectionStatistics Of(ConnectionInfo info) => new()
    {
        Remote = info.Route.Remote,
        Rtt = info.Rtt,
        MaxDatagram = info.MaxDatagram,
        CongestionWindow = info.CongestionWindow,
        InFlight = info.InFlight,
        BytesIn = info.BytesIn,
        BytesOut = info.BytesOut,
        PacketsIn = info.PacketsIn,
        PacketsOut = info.PacketsOut,
        PacketsLost = info.PacketsLost,
        Dropped = ByName(info.Dropped),
    };

    internal static Dictionary<string, long> ByName(DropCounts counts)
    {
        var named = new Dictionary<string, long>();
        foreach (var reason in Enum.GetValues<DropReason>())
            if (counts[reason] > 0) named.Add(reason.ToString(), counts[reason]);
        return named;
    }
}
