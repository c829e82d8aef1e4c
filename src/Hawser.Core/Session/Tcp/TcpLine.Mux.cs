using Hawser.Transport;
using Hawser.Wire;

namespace Hawser.Session.Tcp;

// The carrier's own messages that come. False: the peer has broken a rule.
internal sealed partial class TcpLine
{
    private bool TakeMux(Moment now, MuxKind kind, ReadOnlySpan<byte> body)
    {
        _traffic = now.Mono;
        var reader = new SpanReader(body);
        if (kind is MuxKind.Datagram) return TakeDatagram(body);
        if (kind is MuxKind.DatagramsTaken) return reader.TryReadU64(out var count) && reader.AtEnd && TakeVerdicts(count);
        if (!reader.TryReadU32(out var stream)) return false;
        switch (kind)
        {
            case MuxKind.StreamBytes:
                return stream != 0 && !reader.AtEnd && TakeBytes(stream, reader.Rest);
            case MuxKind.StreamEnd:
                return stream != 0 && reader.AtEnd && TakeEnd(stream);
            case MuxKind.StreamReset:
                return stream != 0 && reader.AtEnd && TakeReset(stream);
            case MuxKind.StreamRoom:
                return reader.TryReadU64(out var limit) && reader.AtEnd && limit <= long.MaxValue && TakeRoom(stream, (long)limit);
            default:
                return false;
        }
    }

    private bool TakeDatagram(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxDatagram || _datagramsCame - _datagramsTold >= DatagramWindow) return false;
        _owner.Events.AddDatagram(Id, (ulong)++_datagramsCame, bytes);
        return true;
    }

    private bool TakeVerdicts(ulong count)
    {
        if (count > (ulong)_datagramsTaken || count < (ulong)_datagramsConfirmed) return false;
        while (_datagramsConfirmed < (long)count) _owner.Events.AddVerdict(Id, (ulong)++_datagramsConfirmed, true);
        return true;
    }

    private bool TakeBytes(uint id, ReadOnlySpan<byte> bytes)
    {
        if ((_came += bytes.Length) > _limit || !TryFind(id, out var stream)) return false;
        if (stream is null)
        {
            CountRead(bytes.Length); // was under way when we gave the stream up
            return true;
        }

        if (!stream.TryReceive(bytes)) return false;
        if (stream.TakeReadable()) _owner.Events.AddReadable(Id, id);
        return true;
    }

    private bool TakeEnd(uint id)
    {
        if (!TryFind(id, out var stream)) return false;
        if (stream is null) return true;
        if (!stream.TryReceiveEnd()) return false;
        if (stream.TakeReadable()) _owner.Events.AddReadable(Id, id);
        CountIfOver(stream);
        ForgetIfOver(stream);
        return true;
    }

    private bool TakeReset(uint id)
    {
        if (!TryFind(id, out var stream)) return false;
        if (stream is null) return true;
        Forget(stream);
        _owner.Events.Add(new EndpointEvent.StreamReset(Id, id));
        return true;
    }

    private bool TakeRoom(uint id, long limit)
    {
        if (id == 0)
        {
            if (limit < _allowed) return false;
            _allowed = limit;
            EnqueueAll();
            return true;
        }

        if (!TryFind(id, out var stream)) return false;
        if (stream is null) return true;
        if (!stream.TryReceiveRoom(limit)) return false;
        Enqueue(stream);
        return true;
    }

    // False if there can be no such stream; null if it is over. A stream opens those of the peer below it.
    private bool TryFind(uint id, out TcpStream? stream)
    {
        stream = Find(id);
        if (stream is not null) return true;
        if (IsOwn(id)) return (id - FirstOwn) / 2 < _openedHere;
        var ordinal = (id - FirstOfPeer) / 2;
        if (ordinal < _openedByPeer) return true;
        if (ordinal - _openedByPeer > MostSkipped) return false;
        while (_openedByPeer <= ordinal) stream = OpenOfPeer(FirstOfPeer + (2 * _openedByPeer++));
        return true;
    }

    private TcpStream? OpenOfPeer(uint id)
    {
        if (_liveByPeer >= OpenStreams)
        {
            (_resets ??= new()).Enqueue(id);
            return null;
        }

        var stream = new TcpStream(id);
        _liveByPeer++;
        Streams.Add(id, stream);
        _owner.Events.Add(new EndpointEvent.StreamOpened(Id, id));
        return stream;
    }
}
