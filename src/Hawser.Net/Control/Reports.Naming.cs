namespace Hawser.Net.Control;

/// <summary>A hub that was signed on to, or off from.</summary>
/// <param name="Genesis">The federation it pinned.</param>
/// <param name="Fingerprint">Of the genesis, for reading aloud.</param>
/// <param name="Test">A federation whose clock runs fast: its names are worth nothing.</param>
internal sealed record SignOnReport(string Hub, string Url, string Genesis, string Fingerprint, int Admins, int Tolerated,
    bool SignedOn, bool Test);

/// <param name="Owner">What the deed says of its owner.</param>
/// <param name="Hubs">Names of hubs to put into the deed; empty takes those signed on to.</param>
/// <param name="RevealMyself">Hubs do not get the reveal beforehand: this node must be up when the claim window closes.</param>
/// <param name="Chain">Whether the node's chain key shall stand in the deed, for whoever knows the ID to meet it by a ledger.</param>
/// <param name="Shares">Hubs get shares of the reveal at once: this node may go off as soon as they have them.</param>
internal sealed record IdClaimArgs(string? Owner, IReadOnlyList<string> Hubs, bool UnsealedId, bool RevealMyself = false, bool Chain = false, bool Shares = false);

/// <summary>An ID and how far its claim is.</summary>
/// <param name="Claim">The seal's key, which names a claim that has no ID yet; empty for an ID that is not mine.</param>
/// <param name="Stage">draft, sealed, logged, revealed, provisional (good for dialling), final; or lost: claimed anew.</param>
/// <param name="Due">When the next stage should be reached.</param>
internal sealed record IdReport(string? Id, string Claim, string Stage, string? Owner, DateTimeOffset? Due,
    DateTimeOffset? Since, DateTimeOffset? Until, string? ClaimKey, string? ChannelKey, IReadOnlyList<string> Hubs, string? Detail, string? ChainKey = null);

/// <param name="Id">What to look up; null: <paramref name="Proof"/> says.</param>
/// <param name="Proof">The text of a proof to check offline; null fetches one.</param>
internal sealed record IdVerifyArgs(string? Id, string? Proof);

/// <summary>What an ownership proof shows.</summary>
/// <param name="Finality">provisional, final, or that nobody owns it: absent, expired, void.</param>
internal sealed record ProofReport(string Id, string Finality, string? ClaimKey, string? ChannelKey, IReadOnlyList<string> Hubs,
    ulong Height, string Tick, int Attestations, int Admins, string Genesis, bool Stale);

/// <param name="Url">Where its HTTP is reached from outside.</param>
/// <param name="HttpListen">Where it listens for HTTP.</param>
/// <param name="UdpListen">Where it listens for lines, introductions and relayed packets.</param>
/// <param name="Addresses">Its public <c>HOST:PORT</c> of UDP.</param>
internal sealed record HubInitArgs(string Name, string Url, string HttpListen, string UdpListen, IReadOnlyList<string> Addresses);

/// <summary>What <c>hub status</c> says; counts by name, in the order they are to be shown.</summary>
internal sealed record HubReport(string Name, string Url, bool Online, int Pid, DateTimeOffset Since, string AdminKey,
    string ChannelKey, string? Genesis, string? RoutingId, ulong Height, string? Tick, int Users, int Lines, int Signatures,
    IReadOnlyList<NamedCount> Counts, string? Trouble = null, HubRecords? Records = null);

/// <summary>What a hub keeps of the admins' logs.</summary>
/// <param name="Full">Whether it is to keep every entry.</param>
/// <param name="Entries">That are here.</param>
/// <param name="Forgotten">Of which only the hashes are here.</param>
/// <param name="Waits">Why some are kept that could go, or missing that should be here; null if nothing waits.</param>
internal sealed record HubRecords(bool Full, long Entries, long Forgotten, string? Waits);

/// <summary>Somebody who signed on at a hub.</summary>
/// <param name="Present">Whether a node with this channel key keeps a line now.</param>
internal sealed record HubUserReport(string SignOnKey, string ChannelKey, DateTimeOffset Since, DateTimeOffset Seen, bool Present, bool Blocked);

/// <param name="For">Of <c>hub join</c>: the admin that this hub is to go on for; null for a new one.</param>
internal sealed record HubJoinArgs(string Federation, string? For);

/// <summary>What <c>hub join</c> and <c>hub rekey</c> came to.</summary>
/// <param name="Asked">Admins that keep the question for their people; none if no vote is needed.</param>
/// <param name="Needed">Votes that decide.</param>
internal sealed record HubJoinReport(FederationReport Federation, bool IsAdmin, IReadOnlyList<string> Asked, int Needed);

/// <param name="Number">Of the question to answer; null lists them.</param>
/// <param name="Retire">An admin to put to the vote for retirement, in place of a number.</param>
internal sealed record HubVoteArgs(long? Number, bool Yes, string? Retire);

/// <summary>A change of the admins that is asked for, or voted on.</summary>
/// <param name="Opened">The height of its first vote; null before.</param>
/// <param name="Lapses">The height at which it is dropped unless it was decided.</param>
internal sealed record HubQuestionReport(long Number, string Kind, string? Admin, string? Name, string? Url, string? AdminKey,
    int Yes, int Needed, bool Mine, DateTimeOffset Asked, ulong? Opened, ulong? Lapses);

internal sealed record NamedCount(string Name, long Count);

/// <summary>A federation file, understood.</summary>
internal sealed record FederationReport(string Genesis, string Fingerprint, IReadOnlyList<FederationMember> Admins, int Tolerated,
    double TickSeconds, ulong Height, string Text);

/// <summary>What an audit came to.</summary>
/// <param name="Pinned">Whether the federation was given, and not taken from the place itself.</param>
/// <param name="Height">The last height that was recomputed and found as certified.</param>
/// <param name="Differences">Sentences; none if all is as it should be.</param>
/// <param name="Admins">The admins of the next height.</param>
/// <param name="Convicted">Those of them whose logs stand still.</param>
internal sealed record AuditReport(string Genesis, bool Pinned, ulong Height, string? Tick, long Leaves, long Titles, string StateRoot, string? Header,
    IReadOnlyList<string> Differences, IReadOnlyList<string> Admins, IReadOnlyList<string> Convicted)
{
    /// <summary>Entries that the place itself keeps no more, and where they were read instead.</summary>
    public IReadOnlyList<string> Elsewhere { get; init; } = [];
}

/// <summary>A backup that was written or read.</summary>
/// <param name="Kind">node or hub.</param>
/// <param name="Restored">When it was made a home again; null where it was written.</param>
internal sealed record BackupReport(string File, string Kind, long Bytes, DateTimeOffset? Restored);

internal sealed record FederationMember(string Name, string? RoutingId, string AdminKey, string ChannelKey, string Url,
    IReadOnlyList<string> Addresses);
