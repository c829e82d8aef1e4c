using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Rendezvous;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>What a node tells, and what it asks those who know more.</summary>
internal abstract record NodeEvent
{
    private NodeEvent() { }

    /// <summary>Solve it on a worker and answer with <see cref="Endpoint.Solved"/>.</summary>
    public sealed record SolveWanted(long Number, Puzzle Puzzle) : NodeEvent;

    /// <summary>Whose key is this, and has it any scope here? Answer with <see cref="Endpoint.AnswerKey"/>.</summary>
    public sealed record CallerNamed(ConnectionId Connection, PeerName Name) : NodeEvent;

    /// <summary>
    /// A caller proved its key: may it in? Answer with <see cref="Endpoint.Accept"/> or <see cref="Endpoint.Refuse"/>.
    /// </summary>
    public sealed record CallerProved(
        ConnectionId Connection, Route Route, DhPublicKey Key, PeerName? Name, HandshakeLetter Letter, byte[] Ticket)
        : NodeEvent;

    /// <summary>
    /// A peer that proved its key asks, through a hub, where we are. Answer with
    /// <see cref="NodeMachine.AnswerIntroduction"/>.
    /// </summary>
    public sealed record IntroductionAsked(long Number, DhPublicKey Key, PlainId ClaimedId, byte[] Ticket) : NodeEvent;

    /// <summary>A line to a hub that is kept came up, or moved: where the hub sees us.</summary>
    public sealed record HubUp(DhPublicKey Hub, HostPort Observed, bool ByTcp) : NodeEvent;

    /// <summary>The hub knew another node of our identity, from before the restore that we come from: it may still run.</summary>
    public sealed record TwinMet(DhPublicKey Hub) : NodeEvent;

    /// <summary>A line to a hub that is kept is down; it is tried again unless the hub dismissed us.</summary>
    public sealed record HubDown(DhPublicKey Hub, LineVerdict? Dismissed) : NodeEvent;

    /// <summary>A dial has come to a stage.</summary>
    public sealed record DialStaged(long Number, DialStage Stage) : NodeEvent;

    /// <summary>A dial has arrived: the connection is established.</summary>
    public sealed record DialDone(long Number, EndpointEvent.Established Happened) : NodeEvent;

    /// <summary>A dial has come to nothing.</summary>
    public sealed record DialFailed(long Number, DialFailure Reason) : NodeEvent;

    /// <summary>STUN has come, and was awaited.</summary>
    public sealed record StunCame(HostPort From, byte[] Datagram) : NodeEvent;

    /// <summary>A hub to which a line is kept certifies where we are, for ten minutes; it does so again in time.</summary>
    public sealed record AddressCertified(DhPublicKey Hub, Proof.AddressCertificate Certificate) : NodeEvent;

    /// <summary>A peer connected to us.</summary>
    public sealed record PeerUp(EndpointEvent.Established Happened) : NodeEvent;

    /// <summary>What a connection with a peer tells: datagrams, verdicts, streams, the end.</summary>
    public sealed record Passed(EndpointEvent Happened) : NodeEvent;
}

/// <summary>Where a dial is, in the order of the journey.</summary>
internal enum DialStage { Calling, Introducing, Punching, Connecting, Relaying }

/// <summary>Why a dial came to nothing.</summary>
internal enum DialFailure
{
    /// <summary>No hub, no address: there is nothing to try.</summary>
    NowhereToTry,

    /// <summary>None of its hubs answers.</summary>
    NoHub,

    /// <summary>The peer is away, or does not want to be reached by us: no hub says which.</summary>
    AbsentOrNotForUs,

    /// <summary>No direct path opened, and no hub relays.</summary>
    NoPath,

    /// <summary>Somebody is there, and did not accept us.</summary>
    NotAccepted,
}
