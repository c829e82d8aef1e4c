using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>What a handshake leaves to the connection that it made.</summary>
internal sealed record ConnectionSetup
{
    public static readonly TimeSpan GuessedRtt = TimeSpan.FromMilliseconds(100); // transport.md §6

    public required ConnectionId Id { get; init; }

    public required bool IsInitiator { get; init; }

    public required Route Route { get; init; }

    public required Aead Aead { get; init; }

    /// <summary>Secret of epoch 0 of what this side sends.</summary>
    public required Bytes32 SendSecret { get; init; }

    /// <summary>Secret of epoch 0 of what the peer sends.</summary>
    public required Bytes32 ReceiveSecret { get; init; }

    /// <summary>In the packets that come.</summary>
    public required Cid LocalCid { get; init; }

    /// <summary>In the packets that go.</summary>
    public required Cid PeerCid { get; init; }

    public required ulong NonceI { get; init; }

    public required ulong NonceH { get; init; }

    /// <summary>Raised when the connection is open: a host's with the first packet that opens.</summary>
    public required EndpointEvent.Established Announcement { get; init; }

    /// <summary>Packets, and datagrams, that may wait for a verdict.</summary>
    public int Window { get; init; } = 16_384;

    /// <summary>32-bit sequences; else the narrow profile.</summary>
    public bool IsWide { get; init; } = true;

    /// <summary>Where further identifiers come from; null if there are none but the first.</summary>
    public ICidTable? Cids { get; init; }

    /// <summary>Of streams.</summary>
    public CongestionKind Congestion { get; init; }

    /// <summary>Bytes of the tags of sealed packets; packet 5 has 16 always.</summary>
    public int TagSize { get; init; } = PacketCipher.TagSize;

    /// <summary>Told of every change of state, for who checks them against the page.</summary>
    public Action<ConnectionState, ConnectionState>? Watch { get; init; }

    /// <summary>Until the first packet is measured.</summary>
    public TimeSpan Rtt { get; init; } = GuessedRtt;

    /// <summary>Sequences start after these; tests start near the ends of epochs.</summary>
    public long LastSent { get; init; }

    public long LastReceived { get; init; }

    /// <summary>Control counters sent before; tests start near their end.</summary>
    public long LastCounter { get; init; }
}
