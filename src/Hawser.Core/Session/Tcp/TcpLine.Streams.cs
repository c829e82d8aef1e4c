using System.Buffers.Binary;
using Hawser.Transport;
using Hawser.Wire;

namespace Hawser.Session.Tcp;

// Streams and datagrams beside the control stream.
internal sealed partial class TcpLine
{
    private const int OpenStreams = 128; // of one side at once: session.md §6
    private const long ChannelWindow = 4 << 20; // unread bytes of all streams
    private const int DatagramWindow = 1_024;
    private const int MaxDatagram = 1_200;
    private const uint MostSkipped = 1_024; // streams that were opened and not used yet

    private Dictionary<uint, TcpStream>? _streams;
    private Queue<TcpStream>? _sendable, _owed;
    private Queue<uint>? _resets;
    private Queue<byte[]>? _datagrams;
    private uint _openedHere, _openedByPeer;
    private int _liveHere, _liveByPeer; // on the wire
    private long _streamed, _allowed = ChannelWindow; // ours
    private long _came, _readBytes, _limit = ChannelWindow; // theirs
    private bool _isRoomOwed;
    private long _datagramsTaken, _datagramsConfirmed; // ours: handed over, confirmed
    private long _datagramsCame, _datagramsTold; // theirs

    private uint FirstOwn => Initiates ? 2u : 1u;

    private uint FirstOfPeer => Initiates ? 1u : 2u;

    private bool HasUnconfirmed => _datagramsConfirmed < _datagramsTaken;

    private bool HasMuxOutput => _sendable is { Count: > 0 } || _owed is { Count: > 0 } || _resets is { Count: > 0 }
        || _datagrams is { Count: > 0 } || _isRoomOwed || _datagramsTold < _datagramsCame;

    public SendResult Send(ReadOnlySpan<byte> datagram)
    {
        if (State is not ChannelState.Open || IsOver || _isEnding) return new(SendStatus.NotConnected, 0);
        if (datagram.Length > MaxDatagram) return new(SendStatus.TooLarge, 0);
        if (_datagramsTaken - _datagramsConfirmed >= DatagramWindow) return new(SendStatus.WindowFull, 0);
        (_datagrams ??= new()).Enqueue(datagram.ToArray());
        return new(SendStatus.Sent, (ulong)++_datagramsTaken);
    }

    public uint OpenStream()
    {
        var id = FirstOwn + (2 * _openedHere++);
        Streams.Add(id, new(id));
        return id;
    }

    public int Write(uint stream, ReadOnlySpan<byte> bytes)
    {
        if (IsOver || _isEnding) return 0;
        if (stream == 0) return WriteControl(bytes);
        if (State is not ChannelState.Open || Find(stream) is not { } found) return 0;
        var taken = found.Write(bytes);
        Enqueue(found);
        return taken;
    }

    public int Read(uint stream, Span<byte> target, out bool end)
    {
        end = false;
        if (stream == 0) return ReadControl(target);
        if (Find(stream) is not { } found) return 0;
        var count = found.Read(target);
        end = found.IsAtEnd;
        CountRead(count);
        OweRoom(found);
        ForgetIfOver(found);
        return count;
    }

    public bool IsAtEnd(uint stream) => stream != 0 && (Find(stream)?.IsAtEnd ?? true);

    public void Finish(uint stream)
    {
        if (Find(stream) is not { } found) return;
        found.Finish();
        Enqueue(found);
    }

    public void Reset(uint stream)
    {
        if (Find(stream) is not { } found) return;
        (_resets ??= new()).Enqueue(stream);
        Forget(found);
    }

    private Dictionary<uint, TcpStream> Streams => _streams ??= [];

    private TcpStream? Find(uint stream) => _streams?.GetValueOrDefault(stream);

    private bool IsOwn(uint stream) => stream % 2 == FirstOwn % 2;

    private void FillMux(Moment now, Span<byte> buffer, ref int at)
    {
        if (HasMuxOutput) _traffic = now.Mono;
        while (_resets is { Count: > 0 } && Room(buffer, at) >= 5)
        {
            Span<byte> message = [(byte)MuxKind.StreamReset, 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt32BigEndian(message[1..], _resets.Dequeue());
            WriteT(now, buffer, ref at, Whole, message);
        }

        if (_isRoomOwed && Room(buffer, at) >= 13)
        {
            _isRoomOwed = false;
            WriteRoom(now, buffer, ref at, 0, _limit = _readBytes + ChannelWindow);
        }

        while (_owed is { Count: > 0 } && Room(buffer, at) >= 13)
        {
            var stream = _owed.Dequeue();
            stream.IsRoomOwed = false;
            if (stream.TryRaiseLimit(out var limit)) WriteRoom(now, buffer, ref at, stream.Id, limit);
        }

        if (_datagramsTold < _datagramsCame && Room(buffer, at) >= 9)
            WriteNumber(now, buffer, ref at, MuxKind.DatagramsTaken, (ulong)(_datagramsTold = _datagramsCame));
        while (_datagrams is { Count: > 0 } && Room(buffer, at) >= 1 + MaxDatagram)
        {
            var datagram = _datagrams.Dequeue();
            var target = BeginT(now, buffer, ref at, Whole, 1 + datagram.Length);
            target[0] = (byte)MuxKind.Datagram;
            datagram.CopyTo(target[1..]);
            EndT(buffer, ref at, 1 + datagram.Length);
        }

        for (var turns = _sendable?.Count ?? 0; turns > 0 && Room(buffer, at) >= 6; turns--) FillStream(now, buffer, ref at);
    }

    private void FillStream(Moment now, Span<byte> buffer, ref int at)
    {
        var stream = _sendable!.Dequeue();
        stream.IsQueued = false;
        if (Find(stream.Id) != stream) return; // given up since
        var bytes = stream.Next(Math.Min(Math.Min(StreamPiece, Room(buffer, at) - 5), _allowed - _streamed));
        if (bytes.Length > 0)
        {
            var length = bytes.Length;
            var target = BeginT(now, buffer, ref at, Whole, 5 + length);
            target[0] = (byte)MuxKind.StreamBytes;
            BinaryPrimitives.WriteUInt32BigEndian(target[1..], stream.Id);
            bytes.CopyTo(target[5..]);
            EndT(buffer, ref at, 5 + length);
            stream.Sent(length);
            _streamed += length;
            if (stream.TakeWritable()) _owner.Events.AddWritable(Id, stream.Id);
        }
        else if (stream is { EndWanted: true, HasOutput: true } && Room(buffer, at) >= 5 && stream.Next(1).IsEmpty)
        {
            Span<byte> message = [(byte)MuxKind.StreamEnd, 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt32BigEndian(message[1..], stream.Id);
            WriteT(now, buffer, ref at, Whole, message);
            stream.EndSent = true;
            CountIfOver(stream);
            ForgetIfOver(stream);
            return;
        }

        Enqueue(stream);
    }

    private void WriteRoom(Moment now, Span<byte> buffer, ref int at, uint stream, long limit)
    {
        Span<byte> message = stackalloc byte[13];
        var writer = new SpanWriter(message);
        writer.WriteU8((byte)MuxKind.StreamRoom);
        writer.WriteU32(stream);
        writer.WriteU64((ulong)limit);
        WriteT(now, buffer, ref at, Whole, message);
    }

    // Into the queue of those that have something to send, if the peer lets it now.
    private void Enqueue(TcpStream stream)
    {
        if (stream.IsQueued || !stream.HasOutput || (_streamed >= _allowed && !stream.Next(1).IsEmpty)) return;
        if (IsOwn(stream.Id) && !stream.IsAnnounced)
        {
            if (_liveHere >= OpenStreams) return; // when another is over
            (stream.IsAnnounced, _liveHere) = (true, _liveHere + 1);
        }

        stream.IsQueued = true;
        (_sendable ??= new()).Enqueue(stream);
    }

    private void EnqueueAll()
    {
        if (_streams is null) return;
        foreach (var stream in _streams.Values) Enqueue(stream);
    }

    private void CountRead(long count)
    {
        _readBytes += count;
        if (_readBytes + ChannelWindow - _limit >= ChannelWindow / 4) _isRoomOwed = true;
    }

    private void OweRoom(TcpStream stream)
    {
        if (stream.IsRoomOwed || stream.EndCame) return;
        stream.IsRoomOwed = true;
        (_owed ??= new()).Enqueue(stream);
    }

    // The peer may open another as soon as it is over on the wire.
    private void CountIfOver(TcpStream stream)
    {
        if (!stream.IsOverOnWire) return;
        if (!IsOwn(stream.Id)) _liveByPeer--;
        else
        {
            _liveHere--;
            EnqueueAll();
        }
    }

    private void ForgetIfOver(TcpStream stream)
    {
        if (stream is { IsOverOnWire: true, EndSeen: true }) _streams?.Remove(stream.Id);
    }

    private void Forget(TcpStream stream)
    {
        if (_streams?.Remove(stream.Id) is not true) return;
        CountRead(stream.Unread);
        if (stream.IsOverOnWire) return;
        if (!IsOwn(stream.Id)) _liveByPeer--;
        else if (stream.IsAnnounced)
        {
            _liveHere--;
            EnqueueAll();
        }
    }

    private void GiveUpDatagrams()
    {
        while (HasUnconfirmed) _owner.Events.AddVerdict(Id, (ulong)++_datagramsConfirmed, false);
    }
}
