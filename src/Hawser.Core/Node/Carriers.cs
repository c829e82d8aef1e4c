using Hawser.Crypto;
using Hawser.Session.Tcp;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>The connections of both carriers as one: each is told by its number.</summary>
internal sealed class Carriers(Endpoint datagrams, TcpChannels tcp) : IChannels
{
    public void AnswerKey(Moment now, ConnectionId id, DhPublicKey? key) => Of(id).AnswerKey(now, id, key);

    public void Accept(Moment now, ConnectionId id, ReadOnlySpan<byte> acceptData) => Of(id).Accept(now, id, acceptData);

    public void Refuse(Moment now, ConnectionId id) => Of(id).Refuse(now, id);

    public void Ignore(Moment now, ConnectionId id) => Of(id).Ignore(now, id);

    public SendResult Send(Moment now, ConnectionId id, ReadOnlySpan<byte> datagram) => Of(id).Send(now, id, datagram);

    public uint OpenStream(Moment now, ConnectionId id) => Of(id).OpenStream(now, id);

    public int Write(Moment now, ConnectionId id, uint stream, ReadOnlySpan<byte> bytes) => Of(id).Write(now, id, stream, bytes);

    public int Read(Moment now, ConnectionId id, uint stream, Span<byte> target, out bool end) => Of(id).Read(now, id, stream, target, out end);

    public bool IsAtEnd(ConnectionId id, uint stream) => Of(id).IsAtEnd(id, stream);

    public void Finish(Moment now, ConnectionId id, uint stream) => Of(id).Finish(now, id, stream);

    public void Reset(Moment now, ConnectionId id, uint stream) => Of(id).Reset(now, id, stream);

    public void Close(Moment now, ConnectionId id, CloseReason reason) => Of(id).Close(now, id, reason);

    public ConnectionInfo? Describe(ConnectionId id) => Of(id).Describe(id);

    private IChannels Of(ConnectionId id) => TcpChannels.Carries(id) ? tcp : datagrams;
}
