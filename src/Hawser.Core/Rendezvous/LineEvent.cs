using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Proof;

namespace Hawser.Rendezvous;

/// <summary>What the node's end of a line tells.</summary>
internal abstract record LineEvent
{
    private LineEvent() { }

    /// <summary>Where the hub sees us. It comes first on every line, and again after each move.</summary>
    public sealed record Observed(HostPort Address) : LineEvent;

    /// <summary>The hub certifies where we are.</summary>
    public sealed record Certified(AddressCertificate Certificate) : LineEvent;

    /// <summary>The hub holds us present.</summary>
    public sealed record Present : LineEvent;

    /// <summary>The hub does not hold us present; superseded: another node runs with our identity, so stop.</summary>
    public sealed record Dismissed(LineVerdict Verdict) : LineEvent;

    /// <summary>A node of our identity was present at the hub, from before the restore that we come from.</summary>
    public sealed record Displaced : LineEvent;

    /// <summary>No echo for long: reconnect.</summary>
    public sealed record Silent : LineEvent;

    /// <summary>
    /// A peer whose key is proved asks to be introduced. Answer <see cref="LineClient.Allow"/> or
    /// <see cref="LineClient.Deny"/> with the number, within the patience of the hub.
    /// </summary>
    /// <param name="Number">For the answer.</param>
    /// <param name="Peer">The initiator's channel key.</param>
    /// <param name="ClaimedId">The routing ID that it says it has, or none: believe it only if its deed holds the key.</param>
    /// <param name="Ticket">Empty, or what it has for being let in by a host that does not know its key.</param>
    public sealed record Asked(ulong Number, DhPublicKey Peer, PlainId ClaimedId, byte[] Ticket) : LineEvent;

    /// <summary>Introduced: punch now. The number is the initiator's request, or the call that was allowed.</summary>
    public sealed record Ready(ulong Number, Introduction Introduction) : LineEvent;

    /// <summary>The peer is absent, or not for us; the hub does not say which.</summary>
    public sealed record Refused(ulong Number) : LineEvent;
}
