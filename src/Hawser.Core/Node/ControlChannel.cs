using Hawser.Session;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>Frames on stream 0 of a connection, whatever pieces the stream takes and gives. Spec: control-frames.md.</summary>
internal sealed class ControlChannel(ConnectionId id)
{
    public const uint Stream = 0;
    private const int MaxPending = 1 << 20; // bytes; who does not read what it asked for loses the connection

    private readonly FrameReader _frames = new();
    private readonly List<byte> _pending = [];

    public ConnectionId Id => id;

    /// <summary>Queues one frame; false if the peer has stopped reading.</summary>
    public bool TrySend(Moment now, Endpoint endpoint, ReadOnlySpan<byte> frame)
    {
        if (_pending.Count > MaxPending) return false;
        FrameReader.Append(_pending, frame);
        Flush(now, endpoint);
        return true;
    }

    /// <summary>Hands on what the stream takes now.</summary>
    public void Flush(Moment now, Endpoint endpoint)
    {
        if (_pending.Count == 0) return;
        var taken = endpoint.Write(now, id, Stream, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending));
        _pending.RemoveRange(0, taken);
    }

    /// <summary>Reads all there is; false if what came is no row of frames.</summary>
    public bool TryPull(Moment now, Endpoint endpoint, Queue<byte[]> frames)
    {
        Span<byte> buffer = stackalloc byte[4096];
        int length;
        do
        {
            length = endpoint.Read(now, id, Stream, buffer);
            _frames.Append(buffer[..length]);
        }
        while (length == buffer.Length);

        while (_frames.TryTake(out var frame)) frames.Enqueue(frame);
        return !_frames.Broken;
    }
}
