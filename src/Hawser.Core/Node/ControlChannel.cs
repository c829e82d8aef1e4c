using System.Runtime.InteropServices;
using Hawser.Rendezvous;
using Hawser.Session;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>A line's messages on stream 0 of its connection, in whatever pieces the stream takes and gives them.</summary>
internal sealed class ControlChannel(ConnectionId id)
{
    public const uint Stream = 0;
    private const int MaxPending = 64 << 10; // bytes; who does not read what it asked for loses the connection

    private readonly ControlReader _reader = new(LineMessage.MaxSize);
    private readonly List<byte> _pending = [];

    public ConnectionId Id => id;

    /// <summary>Queues one message; false if the peer has stopped reading.</summary>
    public bool TrySend(Moment now, IChannels channels, ReadOnlySpan<byte> message)
    {
        var start = _pending.Count;
        if (start > MaxPending) return false;
        CollectionsMarshal.SetCount(_pending, start + ControlFrames.HeaderSize + message.Length);
        ControlFrames.Write(message, CollectionsMarshal.AsSpan(_pending)[start..]);
        Flush(now, channels);
        return true;
    }

    /// <summary>Hands on what the stream takes now.</summary>
    public void Flush(Moment now, IChannels channels)
    {
        if (_pending.Count == 0) return;
        _pending.RemoveRange(0, channels.Write(now, id, Stream, CollectionsMarshal.AsSpan(_pending)));
    }

    /// <summary>Reads all there is; false if what came is no row of messages.</summary>
    public bool TryPull(Moment now, IChannels channels, Queue<byte[]> messages)
    {
        Span<byte> buffer = stackalloc byte[4096];
        int length;
        do
        {
            length = channels.Read(now, id, Stream, buffer, out _);
            _reader.Append(buffer[..length]);
            while (_reader.TryTake(out var message)) messages.Enqueue(message.ToArray());
        }
        while (length == buffer.Length);

        return !_reader.IsBroken;
    }
}
