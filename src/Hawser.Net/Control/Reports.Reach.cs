using System.Text.Json.Serialization;

namespace Hawser.Net.Control;

/// <param name="Peer"><c>PEER/SERVICE</c>.</param>
/// <param name="Via">direct, relay or chain; null takes the best.</param>
/// <param name="MaxFee">Satoshi, at most, for meeting by the chain; null takes the usual limit.</param>
internal sealed record DialArgs(string Peer, string? Via, ulong? MaxFee = null);

/// <summary>A stage of a dial: name, rendezvous, prove, punch, challenge, connect, talk.</summary>
internal sealed record DialReport(string Stage, double Ms, string? Detail);

/// <param name="Listen"><c>HOST:PORT</c>; port 0 lets the system choose.</param>
/// <param name="Peer"><c>PEER/SERVICE</c>.</param>
internal sealed record ForwardArgs(string Listen, string Peer);

/// <summary>A forward that listens; one line again whenever its counts change.</summary>
internal sealed record ForwardReport(string Listen, string Peer, int Open, long Connections, string? Trouble);

/// <param name="Paths">Full paths.</param>
/// <param name="Peer">Whom to; null: whoever takes the link that is given.</param>
/// <param name="Seconds">How long the link is good.</param>
internal sealed record SendArgs(IReadOnlyList<string> Paths, string? Peer, double Seconds = 172_800);

/// <param name="Into">A full path; null is the inbox.</param>
/// <param name="Link">Of what <c>send</c> gave; null: from contacts.</param>
internal sealed record ReceiveArgs(string? Into, string? Link = null);

/// <summary>How a transfer stands; the last line of each has the state <c>done</c>, <c>refused</c> or <c>failed</c>.</summary>
internal sealed record TransferReport(string Id, bool Incoming, string? Peer, string Name, string? Path, long Size, long Moved,
    string State, string? Sha256, string? Trouble = null)
{
    /// <summary>With the state <c>link</c>: what to give to whoever is to have the files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Link { get; init; }

    /// <summary>Its short form, if there is a hub.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Code { get; init; }

    /// <summary>With the state <c>receiving</c>: how many files the link gives, whose bytes are the size.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Files { get; init; }

    /// <summary>How many of them are here.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FilesDone { get; init; }

    /// <summary>How long it is good.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Expires { get; init; }
}

internal sealed record PingArgs(string Peer, int Count, int IntervalMs);

/// <summary>One round trip.</summary>
/// <param name="RttMs">Null: it was lost.</param>
internal sealed record PingReport(int Sequence, double? RttMs, string? Path, string? Address, string? Carrier = null);

/// <summary>Why the path is what it is.</summary>
internal sealed record WhyReport(string Peer, string? Path, string? Address, double? RttMs, IReadOnlyList<string> Because,
    IReadOnlyList<string> WouldHelp, string? Carrier = null);
