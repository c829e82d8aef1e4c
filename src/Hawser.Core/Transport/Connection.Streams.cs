using Hawser.Transport.Streams;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const long ReceiveWindow = 32 << 20; // transport.md §6
    private const uint OpenStreams = 128; // transport.md §6
    private const uint ControlStream = 0;

    private readonly Dictionary<uint, ByteStream> _streams = [];
    private readonly Queue<ByteStream> _sendable = new();
    private readonly Queue<SentChunk> _owed = new(); // resets, and credits of streams
    private uint _openedByPeer;
    private uint _openedHere;
    private uint _streamsAllowed = OpenStreams; // of the peer's
    private uint _streamsTold = OpenStreams;
    private uint _peerStreamsAllowed = OpenStreams; // of ours
    private long _bytesCame;
    private long _bytesRead;
    private long _bytesAllowed = ReceiveWindow; // of the peer's
    private long _bytesSent;
    private long _peerBytesAllowed = ReceiveWindow; // of ours
    private bool _isCreditDue;
    private bool _isStreamsCreditDue;

    // An initiator's streams are even from 2, a host's odd from 1: the n-th has this number.
    private uint FirstOwn => _setup.IsInitiator ? 2u : 1u;

    private uint FirstOfPeer => _setup.IsInitiator ? 1u : 2u;

    /// <summary>Open streams, besides the control stream.</summary>
    public int StreamCount => _streams.Count - (_streams.ContainsKey(ControlStream) ? 1 : 0);

    /// <summary>Opens a stream; the peer hears of it with the first bytes.</summary>
    public uint OpenStream()
    {
        var id = FirstOwn + (2 * _openedHere++);
        _streams.Add(id, new(id, ByteStream.StreamWindow));
        return id;
    }

    /// <summary>Takes what there is room for; the rest when StreamWritable tells.</summary>
    public int Write(uint stream, ReadOnlySpan<byte> bytes)
    {
        if (State is not ConnectionState.Open || Find(stream) is not { } found) return 0;
        var taken = found.Write(bytes);
        Enqueue(found);
        return taken;
    }

    public void Finish(uint stream)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(stream, ControlStream);
        if (!_streams.TryGetValue(stream, out var found)) return;
        found.Finish();
        Enqueue(found);
    }

    public void Reset(uint stream)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(stream, ControlStream);
        if (_streams.TryGetValue(stream, out var found)) GiveUp(found);
    }

    public int Read(uint stream, Span<byte> target) => Read(stream, target, out _);

    public int Read(uint stream, Span<byte> target, out bool end)
    {
        end = false;
        if (Find(stream) is not { } found) return 0;
        var count = found.Read(target);
        end = found is { IsReset: false, IsAtEnd: true };
        if (found.IsCreditDue) Owe(found, ChunkKind.Credit);
        OnRead(count);
        ForgetIfOver(found);
        return count;
    }

    /// <summary>All was read and no more will come; also of a stream that is gone.</summary>
    public bool IsAtEnd(uint stream) => Find(stream) is not { IsReset: false, IsAtEnd: false };

    private bool TryTakeStream(in Frame frame)
    {
        if (!TryFind(frame.Number, out var stream)) return false;
        if (stream is null) return true; // over: a copy
        if (frame.Kind is FrameKind.StreamEnd && stream.Id == ControlStream) return false;
        var before = stream.Highest;
        if (!stream.TryReceive(frame.Offset, frame.Bytes, frame.Kind is FrameKind.StreamEnd)
            || !TryCount(stream.Highest - before)) return false;
        if (stream.IsReset) OnRead(stream.Discard());
        if (stream.TakeReadable()) _events.AddReadable(Id, stream.Id);
        ForgetIfOver(stream);
        return true;
    }

    private bool TryTakeReset(in Frame frame)
    {
        if (frame.Number == ControlStream || !TryFind(frame.Number, out var stream)) return false;
        if (stream is null || stream.ResetReceived) return true;
        var before = stream.Highest;
        if (!stream.TryReceiveReset(frame.Offset) || !TryCount(stream.Highest - before)) return false;
        var isNews = !stream.IsReset;
        GiveUp(stream);
        OnRead(stream.Discard());
        if (isNews) _events.Add(new EndpointEvent.StreamReset(Id, stream.Id));
        ForgetIfOver(stream);
        return true;
    }

    private bool TryTakeStreamCredit(in Frame frame)
    {
        if (!TryFind(frame.Number, out var stream)) return false;
        if (stream is null) return true;
        stream.OnCredit(frame.Offset);
        Enqueue(stream);
        return true;
    }

    private bool TakeCredit(in Frame frame)
    {
        if (frame.Offset <= _peerBytesAllowed) return true;
        _peerBytesAllowed = frame.Offset;
        foreach (var stream in _streams.Values) Enqueue(stream);
        return true;
    }

    private bool TakeStreamsCredit(in Frame frame)
    {
        if (frame.Number <= _peerStreamsAllowed) return true;
        _peerStreamsAllowed = frame.Number;
        foreach (var stream in _streams.Values) Enqueue(stream);
        return true;
    }

    // False if there can be no such stream; null if it is over. A stream opens those of the peer below it.
    private bool TryFind(uint id, out ByteStream? stream)
    {
        stream = Find(id);
        if (stream is not null) return true;
        if (id == ControlStream) return false;
        if (id % 2 == FirstOwn % 2) return (id - FirstOwn) / 2 < _openedHere;
        var ordinal = (id - FirstOfPeer) / 2;
        if (ordinal < _openedByPeer) return true;
        if (ordinal >= _streamsAllowed) return false;
        while (_openedByPeer <= ordinal)
        {
            var opened = FirstOfPeer + (2 * _openedByPeer++);
            _streams.Add(opened, stream = new(opened, ByteStream.StreamWindow));
            _events.Add(new EndpointEvent.StreamOpened(Id, opened));
        }

        return true;
    }

    // The control stream is there from the start, and takes no memory until it is used.
    private ByteStream? Find(uint id)
    {
        if (_streams.TryGetValue(id, out var stream)) return stream;
        if (id != ControlStream || State is not (ConnectionState.Open or ConnectionState.HalfOpen)) return null;
        _streams.Add(id, stream = new(id, ByteStream.StreamWindow));
        return stream;
    }

    private bool TryCount(long came)
    {
        _bytesCame += came;
        return _bytesCame <= _bytesAllowed;
    }

    private void OnRead(long count)
    {
        _bytesRead += count;
        if (_bytesRead + ReceiveWindow - _bytesAllowed >= ReceiveWindow / 4) _isCreditDue = true;
    }

    private void GiveUp(ByteStream stream)
    {
        if (!stream.Reset()) return;
        Owe(stream, ChunkKind.Reset);
        OnRead(stream.Discard());
    }

    private void Owe(ByteStream stream, ChunkKind kind)
    {
        if (kind is ChunkKind.Credit)
        {
            if (stream.IsCreditOwed) return;
            stream.IsCreditOwed = true;
        }

        _owed.Enqueue(new(stream, kind, 0, 0));
    }

    private void Enqueue(ByteStream stream)
    {
        if (stream.IsQueued || !(stream.HasLost || stream.HasNew)) return;
        var isOwn = stream.Id != ControlStream && stream.Id % 2 == FirstOwn % 2;
        if (isOwn && (stream.Id - FirstOwn) / 2 >= _peerStreamsAllowed) return;
        stream.IsQueued = true;
        _sendable.Enqueue(stream);
    }

    private void ForgetIfOver(ByteStream stream)
    {
        if (!stream.IsOver || !_streams.Remove(stream.Id) || stream.Id % 2 == FirstOwn % 2) return;
        _streamsAllowed++;
        if (_streamsAllowed - _streamsTold >= OpenStreams / 4) _isStreamsCreditDue = true;
    }
}
