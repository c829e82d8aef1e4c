using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Node;

/// <summary>Who a node is.</summary>
internal sealed record NodeIdentity
{
    /// <summary>The channel key.</summary>
    public required DhKeyPair Key { get; init; }

    /// <summary>The hash of the pinned federation; zero if none is pinned.</summary>
    public Bytes32 Genesis { get; init; }

    /// <summary>The routing ID that this node owns; none if it owns none yet.</summary>
    public PlainId Id { get; init; }

    /// <summary>What hubs certify at our address: the claim key; null leaves it uncertified.</summary>
    public SigningKey? AddressKey { get; init; }

    /// <summary>Higher after every start.</summary>
    public ulong Boot { get; init; }

    /// <summary>Addresses of this machine's interfaces, with the port of the socket.</summary>
    public HostPort[] LocalAddresses { get; init; } = [];
}

/// <summary>A hub as a node needs it: from the federation file, a card or a link.</summary>
/// <param name="Key">Its channel key.</param>
/// <param name="Addresses">Where it listens on UDP; tried in this order.</param>
internal sealed record HubTarget(DhPublicKey Key, HostPort[] Addresses)
{
    /// <summary>Ours toward this hub; null where we are a guest.</summary>
    public SigningKey? SignOn { get; init; }
}

/// <summary>Whom to reach, from whatever led to it: a deed, a contact, a ticket, an address with a key.</summary>
internal sealed record DialTarget
{
    /// <summary>The channel key that must answer.</summary>
    public required DhPublicKey Key { get; init; }

    /// <summary>The routing ID that was dialled, if it was one.</summary>
    public PlainId Id { get; init; }

    /// <summary>Where it may be without an introduction; tried before the hubs.</summary>
    public HostPort[] Addresses { get; init; } = [];

    /// <summary>Hubs that it keeps lines to.</summary>
    public HubTarget[] Hubs { get; init; } = [];

    /// <summary>Not empty: how it lets in whose key it does not know.</summary>
    public byte[] Ticket { get; init; } = [];

    /// <summary>Which ways will do.</summary>
    public DialVia Via { get; init; } = DialVia.Any;
}

/// <summary>Which ways to a peer will do.</summary>
internal enum DialVia { Any, Direct, Relay }
