using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;

namespace Hawser.Transport;

/// <summary>All connections of one UDP socket, those that were asked for and those that ask. Spec: transport.md.</summary>
internal sealed partial class Endpoint(IEntropy entropy, DhKeyPair key) : IDatagramMachine, IMachine<EndpointEvent>
{
    private readonly IEntropy _entropy = entropy;
    private readonly DhKeyPair _key = key;

    public Instant NextWakeup => throw new NotImplementedException();

    public void Tick(Moment now) => throw new NotImplementedException();

    public void Receive(Moment now, in Route from, Span<byte> datagram) => throw new NotImplementedException();

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit) => throw new NotImplementedException();

    public bool TryTake([NotNullWhen(true)] out EndpointEvent? happened) => throw new NotImplementedException();

    public ConnectionId Connect(Moment now, ConnectRequest request) => throw new NotImplementedException();

    public void Solved(Moment now, long number, uint x) => throw new NotImplementedException();

    public void AnswerKey(Moment now, ConnectionId id, DhPublicKey? key) => throw new NotImplementedException();

    public void Accept(Moment now, ConnectionId id, ReadOnlySpan<byte> acceptData) => throw new NotImplementedException();

    public void Refuse(Moment now, ConnectionId id) => throw new NotImplementedException();

    public SendResult Send(Moment now, ConnectionId id, ReadOnlySpan<byte> datagram) =>
        throw new NotImplementedException();

    public uint OpenStream(Moment now, ConnectionId id) => throw new NotImplementedException();

    public int Write(Moment now, ConnectionId id, uint stream, ReadOnlySpan<byte> bytes) =>
        throw new NotImplementedException();

    public int Read(Moment now, ConnectionId id, uint stream, Span<byte> target) => throw new NotImplementedException();

    public bool IsAtEnd(ConnectionId id, uint stream) => throw new NotImplementedException();

    public void Finish(Moment now, ConnectionId id, uint stream) => throw new NotImplementedException();

    public void Reset(Moment now, ConnectionId id, uint stream) => throw new NotImplementedException();

    public void Close(Moment now, ConnectionId id, CloseReason reason) => throw new NotImplementedException();

    public ConnectionInfo? Describe(ConnectionId id) => throw new NotImplementedException();
}
