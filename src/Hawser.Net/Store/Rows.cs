using Hawser.Crypto;
using Hawser.Session;
using Hawser.Wire;

namespace Hawser.Net.Store;

/// <summary>Somebody this user gave a name to.</summary>
/// <param name="Petname">The user's own name for them.</param>
/// <param name="ChannelKey">Null until an ID's deed was seen.</param>
/// <param name="RoutingId">Ten characters, lower case; null for a peer that is known by key alone.</param>
/// <param name="Addresses"><c>HOST:PORT</c> that their card named.</param>
/// <param name="Hubs"><c>HOST:PORT#KEY</c> of hubs they keep a line to.</param>
/// <param name="Blocked">Nothing of them is answered.</param>
internal sealed record Contact(string Petname, DhPublicKey? ChannelKey, string? RoutingId,
    IReadOnlyList<string> Addresses, IReadOnlyList<string> Hubs, bool Blocked, DateTimeOffset Added)
{
    /// <summary>Their claim key; null until a tally was made.</summary>
    public VerifyKey? User { get; init; }

    /// <summary>Who held the ID when it was first looked up; null before that, and for who has no ID.</summary>
    public VerifyKey? ClaimKey { get; init; }

    /// <summary>Who holds the ID now, if that is another; until the user says that this is the contact, nobody is.</summary>
    public VerifyKey? NewOwner { get; init; }
}

/// <summary>A local service that is offered.</summary>
/// <param name="Target"><c>TARGET</c> of cli.md §1.</param>
/// <param name="For"><c>WHO</c> of cli.md §1, each resolved when asked; nobody while it is empty.</param>
internal sealed record StoredExposure(string Name, string Target, IReadOnlyList<string> For);

/// <summary>A hub that this node signed on to.</summary>
internal sealed record SignedOnHub(string Name, string Url, IReadOnlyList<string> Addresses, DhPublicKey ChannelKey,
    VerifyKey AdminKey, Bytes32 Genesis, string? RoutingId, DateTimeOffset Since);

/// <summary>A file on its way in or out, or one that came or went.</summary>
/// <param name="Id">Unique; chosen by the sender.</param>
/// <param name="Path">Where it is read from, or where it finally stands.</param>
/// <param name="State">A word of the transfer's state machine; <c>done</c> only after the file is synced.</param>
/// <param name="Moved">Bytes that are safe.</param>
internal sealed record StoredTransfer(string Id, bool Incoming, string Peer, string Name, string Path, long Size,
    Bytes32? Sha256, string State, long Moved, DateTimeOffset Changed);

/// <summary>A claim on a routing ID, from before its first byte is sent until long after it is owned.</summary>
/// <param name="SealKey">Text of the seal's public key: one claim each.</param>
/// <param name="State">What the claimant's machine needs to go on: seed, ticket, deed, hubs.</param>
internal sealed record StoredClaim(string SealKey, string? RoutingId, string Stage, byte[] State, DateTimeOffset Changed);

/// <summary>A federation that is trusted, and the highest header that was verified of it.</summary>
internal sealed record PinnedFederation(Bytes32 Genesis, string Text, ulong Height, byte[]? Header);

/// <summary>An ID that was dialled before.</summary>
internal sealed record PastDial(string RoutingId, DhPublicKey ChannelKey, DateTimeOffset Last);

/// <summary>An invitation that was given out.</summary>
/// <param name="Service">What it opens; empty for the acquaintance alone.</param>
/// <param name="Petname">What to call who joins; null leaves it to them.</param>
/// <param name="Redeemer">The one key that it let in.</param>
/// <param name="Words">For comparing with the other side's.</param>
/// <param name="Alarmed">When another key first showed it.</param>
internal sealed record StoredTicket(long Number, Bytes32 TokenHash, string Service, string? Petname, DateTimeOffset Expires, uint Generation,
    bool Revoked, DhPublicKey? Redeemer, DateTimeOffset? Redeemed, string? Words, DateTimeOffset? Alarmed)
{
    /// <summary>The user of this site who invites; empty: the first.</summary>
    public string User { get; init; } = "";

    /// <summary>Files that it gives, and nothing else; null: it makes an acquaintance.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>What it is for.</summary>
    public TicketPurpose Purpose => Files is null ? TicketPurpose.Join : TicketPurpose.Receive;

    /// <summary>The only key that may redeem it; null: whoever comes first.</summary>
    public DhPublicKey? Only { get; init; }
}
