using Hawser.Crypto;
using Hawser.Handshake;

namespace Hawser.Rendezvous;

/// <summary>What an initiator asks a hub for.</summary>
internal sealed record IntroductionWish
{
    /// <summary>The channel key of the peer, from its deed, card or ticket.</summary>
    public required DhPublicKey Target { get; init; }

    /// <summary>Where we may be reached; the peer alone reads it.</summary>
    public required HostPort[] Candidates { get; init; }

    /// <summary>Our routing ID, if the peer knows us by that.</summary>
    public PlainId Id { get; init; }

    /// <summary>Not empty: the peer does not know our key, and this is why it should answer.</summary>
    public byte[] Ticket { get; init; } = [];

    /// <summary>Whether we want a relay to fall back on.</summary>
    public bool Relay { get; init; } = true;
}
