using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>How a connection does.</summary>
internal sealed record ConnectionInfo
{
    public required Route Route { get; init; }

    public required DhPublicKey PeerKey { get; init; }

    public required HandshakeLetter Letter { get; init; }

    public required Instant EstablishedAt { get; init; }

    /// <summary>A secret that only the two ends of this connection know, for other protocols.</summary>
    public required Bytes32 Exporter { get; init; }

    /// <summary>Smoothed; what the handshake took until a packet was measured.</summary>
    public required TimeSpan Rtt { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    public required long PacketsIn { get; init; }

    public required long PacketsOut { get; init; }

    /// <summary>Sent packets with the verdict lost.</summary>
    public required long PacketsLost { get; init; }

    /// <summary>Bytes of the largest datagram on the route.</summary>
    public required int MaxDatagram { get; init; }

    /// <summary>Bytes that streams may have under way.</summary>
    public required long CongestionWindow { get; init; }

    public required long InFlight { get; init; }

    /// <summary>Open ones, besides the control stream.</summary>
    public required int Streams { get; init; }

    /// <summary>What came and was thrown away.</summary>
    public required DropCounts Dropped { get; init; }
}
