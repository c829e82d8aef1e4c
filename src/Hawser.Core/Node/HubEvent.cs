using Hawser.Crypto;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>What a hub's machine asks of its host, and what it tells.</summary>
internal abstract record HubEvent
{
    private HubEvent() { }

    /// <summary>Has this key signed on here? Answer with <see cref="HubMachine.Admit"/>.</summary>
    public sealed record SignOnWanted(ConnectionId Line, VerifyKey SignOn, DhPublicKey Member) : HubEvent;

    /// <summary>A node is present.</summary>
    public sealed record Arrived(ConnectionId Line, DhPublicKey Member, HostPort Observed) : HubEvent;

    /// <summary>A line is gone; a node may have been present on it.</summary>
    public sealed record Left(ConnectionId Line, DhPublicKey Member, bool WasPresent, CloseReason Reason) : HubEvent;
}
