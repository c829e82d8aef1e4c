namespace Hawser.Net.Control;

/// <param name="Peer">A contact.</param>
/// <param name="Profile">compact or full; null takes the shortest that does.</param>
/// <param name="Introduce">Whether the peer may not know us yet.</param>
/// <param name="At">Where we are to be found; null leaves it to the node.</param>
/// <param name="MaxFee">Satoshi; null takes the usual limit.</param>
/// <param name="Wait">Whether to go on until the two are connected.</param>
/// <param name="Proof">An address certificate in base64url, of the address where we are to be found.</param>
internal sealed record ChainInviteArgs(string Peer, string? Profile, bool Introduce, string? At, ulong? MaxFee, bool Wait, string? Proof = null);

/// <summary>What it would cost, before it is spent.</summary>
/// <param name="Satoshi">In all.</param>
/// <param name="Rate">For 1,000 virtual bytes.</param>
/// <param name="Balance">Of the node's own coins; null where a wallet pays.</param>
internal sealed record ChainQuoteReport(ulong Satoshi, int Size, ulong Rate, ulong? Balance, ulong MaxFee, string Ledger);

/// <param name="Number">Of a meeting, as <c>chain status</c> shows it; null lists those that wait.</param>
/// <param name="Petname">What to call somebody who is no contact yet.</param>
/// <param name="At">Where we are to be found; null leaves it to the node.</param>
/// <param name="MaxFee">Satoshi; null takes the usual limit.</param>
/// <param name="Proof">An address certificate in base64url, of the address where we are to be found.</param>
internal sealed record ChainNumberArgs(long? Number, string? Petname, string? At, ulong? MaxFee, string? Proof = null);

/// <param name="From">A height; null goes back as far as messages live.</param>
internal sealed record ChainScanArgs(int? From);

/// <summary>How this node does on its ledger.</summary>
/// <param name="Ledger">main, test, regtest …; null before the node has answered.</param>
/// <param name="Address">Where to send coins to this node; null where a wallet pays.</param>
/// <param name="PayScript">The same as a script in hexadecimal, for wallets that write addresses another way.</param>
/// <param name="SpentToday">Satoshi for answers that nobody was asked about.</param>
/// <param name="Scanned">Outputs that were looked at since the start.</param>
/// <param name="Dropped">Outputs with our flag that led to nothing, by reason.</param>
internal sealed record ChainReport(string Node, string? Ledger, int Height, int Best, string? Trouble, string ChainKey, string? At, string? Address, string? PayScript, ulong? Balance,
    ulong SpentToday, ulong DailyFee, bool AcceptsContacts, long Scanned, IReadOnlyList<NamedCount> Dropped, IReadOnlyList<MeetingReport> Meetings);

/// <summary>One rendezvous by two transactions.</summary>
/// <param name="Peer">The contact's name, else the stranger's chain key.</param>
/// <param name="Role">inviter or invitee.</param>
/// <param name="State">drafted, sent, decrypted, accepting, addressed, handshaking, connected or failed.</param>
/// <param name="Invitation">ID of the invitation's transaction.</param>
/// <param name="Answer">ID of the other.</param>
/// <param name="Size">Virtual bytes of ours.</param>
/// <param name="Satoshi">What we paid.</param>
/// <param name="MessageSize">Bytes of data that ours puts on the ledger.</param>
/// <param name="Proven">An admin certified the address.</param>
/// <param name="Stranger">Of nobody who is a contact: it waits for a yes, and a name.</param>
internal sealed record MeetingReport(long Number, string Peer, string Role, string State, string Profile, string? Invitation, string? Answer, string? Own, string? Address,
    int? Size, int? MessageSize, ulong Satoshi, bool Automatic, string? Trouble, DateTimeOffset Begun, DateTimeOffset Changed, bool Proven = false, bool Stranger = false);
