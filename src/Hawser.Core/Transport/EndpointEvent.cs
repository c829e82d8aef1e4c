using Hawser.Crypto;
using Hawser.Handshake;

namespace Hawser.Transport;

/// <summary>What an endpoint has to tell or to ask.</summary>
internal abstract record EndpointEvent
{
    private EndpointEvent() { }

    /// <summary>A host has answered: somebody has to solve this; answer with Solved, or close the attempt.</summary>
    public sealed record SolveWanted(ConnectionId Connection, long Number, Puzzle Puzzle, byte[] ResponseData) : EndpointEvent;

    /// <summary>An initiator gave its name: whose key is it? Answer with AnswerKey.</summary>
    public sealed record KeyWanted(ConnectionId Connection, PeerName Name) : EndpointEvent;

    /// <summary>A peer proved its key and asks to connect; answer with Accept or Refuse.</summary>
    public sealed record Requested(
        ConnectionId Connection, Route Route, DhPublicKey PeerKey, PeerName? Name, HandshakeLetter Letter,
        byte[] ConnectData) : EndpointEvent;

    /// <summary>Open in both directions, from now on.</summary>
    public sealed record Established(ConnectionId Connection, Route Route, DhPublicKey PeerKey, byte[] AcceptData)
        : EndpointEvent;

    /// <summary>A datagram. Sequences of a connection rise strictly; a gap is a loss.</summary>
    public sealed record DatagramReceived(ConnectionId Connection, ulong Sequence, byte[] Bytes) : EndpointEvent;

    /// <summary>The verdict on a datagram that was sent: one for each, in order.</summary>
    public sealed record DeliveryNotified(ConnectionId Connection, ulong Sequence, bool Delivered) : EndpointEvent;

    /// <summary>The peer opened a stream.</summary>
    public sealed record StreamOpened(ConnectionId Connection, uint Stream) : EndpointEvent;

    /// <summary>Bytes or the end came after a read had returned less than was asked.</summary>
    public sealed record StreamReadable(ConnectionId Connection, uint Stream) : EndpointEvent;

    /// <summary>There is room again after a write had taken less than was given.</summary>
    public sealed record StreamWritable(ConnectionId Connection, uint Stream) : EndpointEvent;

    /// <summary>The peer gave the stream up, in both directions.</summary>
    public sealed record StreamReset(ConnectionId Connection, uint Stream) : EndpointEvent;

    /// <summary>The end; all verdicts were told before.</summary>
    public sealed record Closed(ConnectionId Connection, CloseReason Reason) : EndpointEvent;
}
