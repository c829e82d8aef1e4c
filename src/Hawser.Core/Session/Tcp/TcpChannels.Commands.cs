using Hawser.Crypto;
using Hawser.Transport;

namespace Hawser.Session.Tcp;

internal sealed partial class TcpChannels
{
    public void AnswerKey(Moment now, ConnectionId id, DhPublicKey? key)
    {
        if (!_byId.TryGetValue(id, out var line)) return;
        line.AnswerKey(now, key);
        Touch(line);
    }

    public void Accept(Moment now, ConnectionId id, ReadOnlySpan<byte> acceptData)
    {
        if (!_byId.TryGetValue(id, out var line)) return;
        line.Accept(now, acceptData);
        Touch(line);
    }

    /// <summary>TCP knows no other no than silence.</summary>
    public void Refuse(Moment now, ConnectionId id) => Ignore(now, id);

    public void Ignore(Moment now, ConnectionId id)
    {
        if (!_byId.TryGetValue(id, out var line) || line.State is not (ChannelState.Ticket or ChannelState.Request)) return;
        line.Silence(now, TcpDrop.Refused);
        Touch(line);
    }

    public SendResult Send(Moment now, ConnectionId id, ReadOnlySpan<byte> datagram)
    {
        if (!_byId.TryGetValue(id, out var line)) return new(SendStatus.NotConnected, 0);
        var result = line.Send(datagram);
        Touch(line);
        return result;
    }

    public uint OpenStream(Moment now, ConnectionId id) => _byId.TryGetValue(id, out var line) ? line.OpenStream() : 0;

    public int Write(Moment now, ConnectionId id, uint stream, ReadOnlySpan<byte> bytes)
    {
        if (!_byId.TryGetValue(id, out var line)) return 0;
        var taken = line.Write(stream, bytes);
        Touch(line);
        return taken;
    }

    public int Read(Moment now, ConnectionId id, uint stream, Span<byte> target, out bool end)
    {
        end = false;
        if (!_byId.TryGetValue(id, out var line)) return 0;
        var count = line.Read(stream, target, out end);
        Touch(line);
        return count;
    }

    public bool IsAtEnd(ConnectionId id, uint stream) => !_byId.TryGetValue(id, out var line) || line.IsAtEnd(stream);

    public void Finish(Moment now, ConnectionId id, uint stream)
    {
        ArgumentOutOfRangeException.ThrowIfZero(stream);
        if (!_byId.TryGetValue(id, out var line)) return;
        line.Finish(stream);
        Touch(line);
    }

    public void Reset(Moment now, ConnectionId id, uint stream)
    {
        ArgumentOutOfRangeException.ThrowIfZero(stream);
        if (!_byId.TryGetValue(id, out var line)) return;
        line.Reset(stream);
        Touch(line);
    }

    public void Close(Moment now, ConnectionId id, CloseReason reason)
    {
        if (!_byId.TryGetValue(id, out var line)) return;
        line.Close(now, reason);
        Touch(line);
    }

    public ConnectionInfo? Describe(ConnectionId id) => _byId.TryGetValue(id, out var line) ? line.Describe() : null;

    /// <summary>The state of a channel; none if there is none.</summary>
    public ChannelState StateOf(ConnectionId id) => _byId.TryGetValue(id, out var line) ? line.State : ChannelState.None;
}
