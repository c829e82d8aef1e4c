using System.Text.Json;

namespace Hawser.Net.Control;

/// <param name="Peer">A contact.</param>
/// <param name="Type">What kind of message; chat has a text.</param>
/// <param name="Text">What to say; null: <paramref name="Body"/>.</param>
/// <param name="Body">The JSON of any other type.</param>
/// <param name="WaitMs">How long to go on until it is delivered.</param>
/// <param name="User">Who of this site's users speaks; empty: the first.</param>
internal sealed record MsgArgs(string Peer, string Type, string? Text, JsonElement? Body, double WaitMs, string User = "");

/// <param name="Peer">A contact; null: all.</param>
/// <param name="Last">How many of those that are there already.</param>
/// <param name="Unread">Only those of the peer's that were not read; they are from now on.</param>
/// <param name="Watch">Whether to go on with those that come.</param>
/// <param name="User">Who of this site's users reads; empty: the first.</param>
internal sealed record MessagesArgs(string? Peer, int Last, bool Unread, bool Watch, string User = "");

/// <summary>A message, or news of one.</summary>
/// <param name="Peer">The other's petname.</param>
/// <param name="Outgoing">Whether it is ours.</param>
/// <param name="Id">Series and number.</param>
/// <param name="Text">Of a chat.</param>
/// <param name="Body">Of any other type.</param>
/// <param name="Sent">By the clock of who sent it.</param>
/// <param name="State">queued, delivered or received; unsigned while the tally is not open, undeliverable once it has ended.</param>
/// <param name="Present">Whether a channel to the peer stands.</param>
internal sealed record MessageReport(string Peer, bool Outgoing, string Id, string Type, string? Text, JsonElement? Body,
    DateTimeOffset Sent, string State, bool Present);

/// <param name="Peer">A contact, or the first digits of a tally's ID.</param>
/// <param name="Terms">What an offer says.</param>
/// <param name="Reason">Why it is refused.</param>
/// <param name="User">Who of this site's users; empty: the first.</param>
internal sealed record TallyArgs(string Peer, string? Terms, string? Reason, string User = "");

/// <summary>A tally.</summary>
/// <param name="State">In the words of tally.md §7.</param>
/// <param name="User">Ours; null: the first.</param>
/// <param name="UserKey">Its claim key.</param>
/// <param name="PartnerKey">The peer's claim key.</param>
/// <param name="PartnerSite">The channel key that speaks for the peer.</param>
/// <param name="Present">Whether a channel to it stands.</param>
/// <param name="Queued">Messages that are not delivered.</param>
/// <param name="Unread">Messages that were not read.</param>
/// <param name="Text">The text with its signatures.</param>
/// <param name="Card">What the peer says of itself.</param>
internal sealed record TallyReport(string Id, string Peer, string State, string Terms, int Revision, string? User, string UserKey, string? PartnerKey,
    string PartnerSite, bool Present, long Queued, long Unread, DateTimeOffset Changed, string? Reason, string? Text = null, string? Card = null);
