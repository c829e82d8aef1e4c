using System.Text.Json.Serialization;

namespace Hawser.Net.Control;

/// <summary>No arguments.</summary>
internal sealed record NoArgs;

/// <summary>One PEER, HUB, ID or name, as it was typed.</summary>
internal sealed record NameArgs(string Name);

/// <summary>Whether to go on reporting whenever something changes.</summary>
internal sealed record WatchArgs(bool Watch);

/// <summary>One thing that <c>doctor</c> or <c>hub check</c> looked at.</summary>
/// <param name="Means">What follows from it, in a sentence.</param>
internal sealed record Finding(string Name, FindingLevel Level, string Found, string? Means, string? Remedy);

internal enum FindingLevel
{
    [JsonStringEnumMemberName("good")] Good,
    [JsonStringEnumMemberName("note")] Note,
    [JsonStringEnumMemberName("bad")] Bad,
}

/// <summary>What <c>status</c> says; one line each time with <c>--watch</c>.</summary>
/// <param name="Invitations">Those that are open, and those that a second key has shown.</param>
/// <param name="Online">Whether the network side runs, or the home was only opened for this verb.</param>
internal sealed record StatusReport(string Home, int Pid, bool Online, DateTimeOffset Since, string ChannelKey, ushort? UdpPort,
    IReadOnlyList<OwnIdStatus> Ids, IReadOnlyList<HubLineStatus> Hubs, IReadOnlyList<PeerStatus> Peers,
    IReadOnlyList<ExposureReport> Exposures, IReadOnlyList<TransferReport> Transfers, IReadOnlyList<InviteReport> Invitations)
{
    /// <summary>Where TCP is listened on; null if its port was taken.</summary>
    public ushort? TcpPort { get; init; }

    /// <summary>TCP connections that were ended in silence, by reason.</summary>
    public IReadOnlyList<CountReport> Silenced { get; init; } = [];

    /// <summary>Addresses from which much came to nothing: for a firewall, should it know better.</summary>
    public IReadOnlyList<PressureReport> Pressure { get; init; } = [];
}

/// <summary>How many there were of something.</summary>
internal sealed record CountReport(string Name, long Count);

/// <summary>Connections from an address that came to nothing within a minute; told at 5, 10, 20 and so on.</summary>
internal sealed record PressureReport(string Address, int Failures, DateTimeOffset Last);

/// <summary>An ID of mine, or one on its way.</summary>
internal sealed record OwnIdStatus(string? Id, string Stage);

/// <summary>The line to one hub.</summary>
/// <param name="Line">up, connecting or down.</param>
internal sealed record HubLineStatus(string Name, string Line, string? Address, double? RttMs, string? Trouble);

/// <summary>One open connection.</summary>
/// <param name="Peer">The petname, else the routing ID, else the channel key.</param>
/// <param name="Id">The peer's routing ID.</param>
/// <param name="Path">direct or relay; null while there is none.</param>
/// <param name="Carrier">udp or tcp.</param>
/// <param name="Address">The address in use.</param>
/// <param name="RttMs">Round trip, in milliseconds.</param>
internal sealed record PeerStatus(string Peer, string? Id, string ChannelKey, string? Path, string? Address, double? RttMs,
    long BytesIn, long BytesOut, string? Carrier = null);

/// <summary>The process that stops.</summary>
internal sealed record DownReport(int Pid);

/// <summary>Without a name all are listed; without a target an offered one is changed; <c>Off</c> ends it.</summary>
/// <param name="For">Replaces who may use it; null leaves that as it is.</param>
internal sealed record ExposeArgs(string? Name, string? Target, IReadOnlyList<string>? For, bool Off);

/// <summary>A service that is offered.</summary>
internal sealed record ExposureReport(string Name, string Target, IReadOnlyList<string> For, bool Off = false);

/// <summary>A contact.</summary>
/// <param name="ChangedHands">The ID has a new owner, who is not taken for the contact.</param>
/// <param name="ChainKey">That messages on a ledger are written to now.</param>
/// <param name="Note">What its user should know of how it was added.</param>
internal sealed record PeerReport(string Petname, string? Id, string? ChannelKey, IReadOnlyList<string> Addresses,
    IReadOnlyList<string> Hubs, bool Blocked, bool Removed = false, bool ChangedHands = false, string? ChainKey = null, string? Note = null);

/// <param name="Card">A <c>hawser:peer/…</c> link, a routing ID, <c>HOST:PORT#KEY</c>, or the text of a deed.</param>
/// <param name="Petname">Null takes the one of the card.</param>
internal sealed record PeerAddArgs(string Card, string? Petname);

internal sealed record PeerNameArgs(string Peer, string Petname);

internal sealed record PeerBlockArgs(string Peer, bool Blocked);

/// <summary>A card to hand out.</summary>
/// <param name="ChainKey">For meeting by a ledger; null where its library is not installed.</param>
internal sealed record CardReport(string Card, string ChannelKey, string? Id, string? ChainKey = null);

/// <summary>An answer that is a text: a hub's card, a federation file, an ownership proof.</summary>
internal sealed record TextReport(string Text, string? Link = null);

/// <summary>Texts of files that were named.</summary>
internal sealed record TextsArgs(IReadOnlyList<string> Texts);
