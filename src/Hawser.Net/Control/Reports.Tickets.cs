namespace Hawser.Net.Control;

/// <param name="Service">What whoever joins may use; null for the acquaintance alone.</param>
/// <param name="For">What to call them; null leaves it to them.</param>
/// <param name="Wait">Whether to go on until somebody has joined.</param>
/// <param name="Seconds">How long it is good.</param>
/// <param name="User">Who of this site's users invites; empty: the first.</param>
/// <param name="Only">The only channel key that may redeem it.</param>
internal sealed record InviteArgs(string? Service, string? For, double Seconds, bool Wait, string User = "", string? Only = null);

/// <param name="Number">As <c>invite list</c> shows it.</param>
internal sealed record InviteNumberArgs(long Number);

/// <summary>An invitation that this node gave out.</summary>
/// <param name="State">open, joined, revoked or expired.</param>
/// <param name="Peer">Who joined by it, else who it is meant for.</param>
/// <param name="Words">What the other side shows too, if nobody is in between.</param>
/// <param name="Alarm">When a second key first showed it: it was seen by somebody else.</param>
/// <param name="Link">Only when it is new: nothing of it is kept.</param>
/// <param name="Code">The short form, if there is a hub.</param>
internal sealed record InviteReport(long Number, string State, string? Service, string? Peer, DateTimeOffset Expires, string? Words,
    DateTimeOffset? Alarm, string? Link = null, string? Code = null);

/// <param name="Invitation">A link or a code; null goes on with the last one begun.</param>
/// <param name="Petname">Null takes what the inviter calls itself.</param>
/// <param name="User">Who of this site's users joins; empty: the first.</param>
internal sealed record JoinArgs(string? Invitation, string? Petname, string User = "");

/// <summary>An invitation that is being accepted.</summary>
/// <param name="State">joining, once that is durable; then connected.</param>
/// <param name="Words">What the inviter's <c>invite list</c> shows too, if nobody is in between.</param>
/// <param name="Tally">Its ID, once both users have signed it.</param>
internal sealed record JoinReport(string State, string Peer, string ChannelKey, string? Service, DateTimeOffset Expires, string? Path,
    string? Address, double? RttMs, string? Words, string? Carrier = null, string? Tally = null);
