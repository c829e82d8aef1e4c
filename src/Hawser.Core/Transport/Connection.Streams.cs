using Hawser.Transport.Streams;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const uint ControlStream = 0;

    private StreamTable? _streams;

    // An initiator's streams are even from 2, a host's odd from 1: the n-th has this number.
    private uint FirstOwn => _isInitiator ? 2u : 1u;

    private uint FirstOfPeer => _isInitiator ? 1u : 2u;

    private StreamTable Streams => _streams ??= new();

    /// <summary>Open streams, besides the control stream.</summary>
    public int StreamCount => _streams?.All is { } all ? all.Count - (all.ContainsKey(ControlStream) ? 1 : 0) : 0;

    /// <summary>Opens a stream; the peer hears of it with the first bytes.</summary>
    public uint OpenStream()
    {
        var id = FirstOwn + (2 * Streams.OpenedHere++);
        (Streams.All ??= []).Add(id, new(id, ByteStream.StreamWindow));
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
        if (_streams?.All?.TryGetValue(stream, out var found) is not true) return;
        found.Finish();
        Enqueue(found);
    }

    public void Reset(uint stream)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(stream, ControlStream);
        if (_streams?.All?.TryGetValue(stream, out var found) is true) GiveUp(found);
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
        if (frame.Offset <= Streams.BytesAllowedHere) return true;
        Streams.BytesAllowedHere = frame.Offset;
        EnqueueAll();
        return true;
    }

    private bool TakeStreamsCredit(in Frame frame)
    {
        if (frame.Number <= Streams.AllowedHere) return true;
        Streams.AllowedHere = frame.Number;
        EnqueueAll();
        return true;
    }

    // False if there can be no such stream; null if it is over. A stream opens those of the peer below it.
    private bool TryFind(uint id, out ByteStream? stream)
    {
        stream = Find(id);
        if (stream is not null) return true;
        if (id == ControlStream) return false;
        if (id % 2 == FirstOwn % 2) return (id - FirstOwn) / 2 < Streams.OpenedHere;
        var ordinal = (id - FirstOfPeer) / 2;
        if (ordinal < Streams.OpenedByPeer) return true;
        if (ordinal >= Streams.Allowed) return false;
        while (Streams.OpenedByPeer <= ordinal)
        {
            var opened = FirstOfPeer + (2 * Streams.OpenedByPeer++);
            (Streams.All ??= []).Add(opened, stream = new(opened, ByteStream.StreamWindow));
            _events.Add(new EndpointEvent.StreamOpened(Id, opened));
        }

        return true;
    }

    // The control stream is there from the start, and takes no memory until it is used.
    private ByteStream? Find(uint id)
    {
        var stream = default(ByteStream);
        if (_streams?.All?.TryGetValue(id, out stream) is true) return stream;
        if (id != ControlStream || State is not (ConnectionState.Open or ConnectionState.HalfOpen)) return null;
        (Streams.All ??= []).Add(id, stream = new(id, ByteStream.StreamWindow));
        return stream;
    }

    private bool TryCount(long came)
    {
        Streams.BytesCame += came;
        return Streams.BytesCame <= Streams.BytesAllowed;
    }

    private void OnRead(long count)
    {
        Streams.BytesRead += count;
        if (Streams.BytesRead + StreamTable.ReceiveWindow - Streams.BytesAllowed >= StreamTable.ReceiveWindow / 4) Streams.IsCreditDue = true;
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

        (Streams.Owed ??= new()).Enqueue(new(stream, kind, 0, 0));
    }

    private void Enqueue(ByteStream stream)
    {
        if (stream.IsQueued || !(stream.HasLost || stream.HasNew)) return;
        var isOwn = stream.Id != ControlStream && stream.Id % 2 == FirstOwn % 2;
        if (isOwn && (stream.Id - FirstOwn) / 2 >= Streams.AllowedHere) return;
        stream.IsQueued = true;
        (Streams.Sendable ??= new()).Enqueue(stream);
    }

    private void EnqueueAll()
    {
        if (_streams?.All is not { } all) return;
        foreach (var stream in all.Values) Enqueue(stream);
    }

    private void ForgetIfOver(ByteStream stream)
    {
        if (!stream.IsOver || _streams?.All?.Remove(stream.Id) is not true || stream.Id % 2 == FirstOwn % 2) return;
        Streams.Allowed++;
        if (Streams.Allowed - Streams.Told >= StreamTable.OpenStreams / 4) Streams.IsStreamsCreditDue = true;
    }
}
