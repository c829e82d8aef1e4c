using Hawser.Crypto;
using Hawser.Handshake;

namespace Hawser.Transport;

/// <summary>A connection as the handshake hands it over.</summary>
internal sealed record Established
{
    public required ConnectRole Role { get; init; }

    public required Route Route { get; init; }

    public required Secrets Secrets { get; init; }

    /// <summary>What the peer writes on its packets to us.</summary>
    public required Cid LocalCid { get; init; }

    /// <summary>What we write on our packets to the peer.</summary>
    public required Cid PeerCid { get; init; }

    /// <summary>As chosen.</summary>
    public required Settings Settings { get; init; }

    /// <summary>Proved.</summary>
    public required DhPublicKey PeerKey { get; init; }

    /// <summary>At a host: the initiator's own name of N.</summary>
    public PeerName? PeerName { get; init; }

    public required HandshakeLetter Letter { get; init; }

    public required byte[] AcceptData { get; init; }

    /// <summary>Of this handshake; a disconnect carries them.</summary>
    public required ulong NonceI { get; init; }

    /// <inheritdoc cref="NonceI"/>
    public required ulong NonceH { get; init; }

    /// <summary>From the first question to its answer; null at a host, and where the question had to be asked again.</summary>
    public TimeSpan? RoundTrip { get; init; }
}

internal enum ConnectRole { Initiator, Host }
