using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>
/// What two nodes hold once a hub has introduced them: enough to punch, and to connect over what opens.
/// Spec: rendezvous.md §2.
/// </summary>
internal sealed record Introduction
{
    public required IntroductionRole Role { get; init; }

    /// <summary>The peer's channel key, proved to us by its sealed message.</summary>
    public required DhPublicKey Peer { get; init; }

    /// <summary>Where the peer says that it may be; nothing is proved. Public ones first.</summary>
    public required HostPort[] Candidates { get; init; }

    /// <summary>Known to the two only: authenticates punches, and goes into the prologue of the connection.</summary>
    public required Bytes32 Secret { get; init; }

    /// <summary>Packet 0 of the introduced connection bears both.</summary>
    public required ulong NonceI { get; init; }

    /// <inheritdoc cref="NonceI"/>
    public required ulong NonceH { get; init; }

    /// <summary>Our number for the relay that the hub keeps for the two; 0 if there is none.</summary>
    public ulong Allocation { get; init; }

    /// <summary>Nothing of this is of use afterwards.</summary>
    public required Instant Expires { get; init; }
}

/// <summary>The initiator asked for the introduction, and connects over the route that opens.</summary>
internal enum IntroductionRole { Initiator, Host }
