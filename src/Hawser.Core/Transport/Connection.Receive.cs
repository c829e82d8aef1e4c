using System.Buffers.Binary;
using Hawser.Wire;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const long MaxFailedTags = 1L << 36; // transport.md §6
    private const int AckEvery = 32; // transport.md §6
    private static readonly TimeSpan MinAckInterval = TimeSpan.FromMicroseconds(125); // transport.md §6
    private static readonly TimeSpan MaxAckDelay = TimeSpan.FromMilliseconds(1); // transport.md §6

    private Instant _highestAt;
    private TimeSpan _reorderingSeen;
    private int _unacknowledged;
    private bool _isAckDue;
    private Instant _ackAt = Instant.Never;
    private Instant _nextAckAt;

    /// <summary>Takes a packet of kinds 128 and up, and opens it in place.</summary>
    public void Receive(Moment now, in Route from, Span<byte> packet)
    {
        if (State is ConnectionState.Gone) return;
        if (!(IsWide ? TryReadWide(packet, out var header) : TryReadNarrow(packet, out header))
            || packet.Length < header.Size + _tagSize || _local.NumberOf(header.Cid) is not { } identifier)
        {
            Dropped.Add(DropReason.Malformed);
            return;
        }

        if (State is ConnectionState.Closing) return;
        var sequence = header.Sequence;
        var isFresh = !IsWide ? IsNarrowFresh(header)
            : header.IsControl ? header.Counter > _receivedCounter : _received.Admits(sequence);
        if (!isFresh && (header.IsControl || !IsWide || !_received.IsMissed(sequence)))
        {
            Dropped.Add(DropReason.Late);
            return;
        }

        var (domain, number) = header.IsControl
            ? (NonceDomain.Control, (long)header.Counter)
            : (NonceDomain.Data, sequence);
        var body = packet[header.Size..^_tagSize];
        if (!_open.TryOpen(
            domain, sequence, number, packet[..header.Size], body, packet[^_tagSize..]))
        {
            Dropped.Add(DropReason.NotOpened);
            if (++_failedTags == MaxFailedTags) Close(now, CloseReason.KeysSpent);
            return;
        }

        if (!isFresh)
        {
            _reorderingSeen = Reordering * 2; // judged too early
            Dropped.Add(DropReason.Late);
            return;
        }

        var lone = default(FrameKind);
        if (header.Kind is PacketKind.Data && !IsWide)
        {
            if (!HasRoomForDatagrams()) return;
        }
        else if (IsWide && !header.IsControl && IsLone(body, out lone))
        {
            if (lone is FrameKind.Datagram && !MayTakeDatagrams(BinaryPrimitives.ReadUInt32BigEndian(body[1..]))) return;
        }
        else if (!AreFramesWellFormed(body, header.IsControl, out var firstDatagram, out var datagrams))
        {
            Close(now, CloseReason.ProtocolError);
            return;
        }
        else if (datagrams > 0 && !MayTakeDatagrams(firstDatagram))
        {
            return;
        }

        OnLocalUsed(identifier);
        if (!TryAccept(now, from, header, packet.Length) || State is not ConnectionState.Open) return;
        if (header.Kind is PacketKind.Data && !IsWide) _events.AddDatagram(Id, (ulong)sequence, body);
        else if (lone is FrameKind.Datagram) TakeDatagram(BinaryPrimitives.ReadUInt32BigEndian(body[1..]), body[Frame.DatagramHeader..]);
        else TakeFrames(now, from, body);
    }

    private void TakeFrames(Moment now, in Route from, ReadOnlySpan<byte> frames)
    {
        var reader = new SpanReader(frames);
        while (State is ConnectionState.Open && Frame.TryRead(ref reader, out var frame))
        {
            if (!TryApply(now, from, frame)) Close(now, CloseReason.ProtocolError);
        }
    }

    private bool TryReadWide(ReadOnlySpan<byte> packet, out PacketHead head)
    {
        head = default;
        if (!PacketHeader.TryRead(packet, _cidLength, out var header)) return false;
        head.Kind = header.Kind;
        head.Cid = header.Cid;
        head.Size = header.Size;
        head.Counter = header.Counter;
        head.Sequence = Sequences.Expand(header.Sequence, _received.Highest);
        return true;
    }

    // The packet is the peer's and in order: from here on the state changes. False: there is no room to note that it came.
    private bool TryAccept(Moment now, in Route from, in PacketHead header, int length)
    {
        var sequence = header.Sequence;
        var isNewest = header.IsControl || sequence > _received.Highest;
        if (header.IsControl)
        {
            _receivedCounter = header.Counter;
            _received.Announce(sequence, now.Mono);
            if (header.Kind is PacketKind.Ping) _isAckDue = true;
        }
        else
        {
            if (!isNewest) NoteReordering(now.Mono - _received.NoticedAbove(sequence));
            if (!_received.TryAdd(sequence, now.Mono))
            {
                Dropped.Add(DropReason.Overrun);
                return false;
            }

            if (isNewest) _highestAt = now.Mono;
            _unacknowledged++;
            if (_unacknowledged >= (IsWide ? AckEvery : NarrowAckEvery) && now.Mono >= _nextAckAt) _isAckDue = true;
            if (_ackAt == Instant.Never) _ackAt = now.Mono + MaxAckDelay;
        }

        (PacketsIn, BytesIn) = (PacketsIn + 1, BytesIn + length);
        _greetAt = _suspectAt = Instant.Never;
        _restAt = new(now.Mono.Micros + RestMicros);
        (_silenceAt, _silentPings) = (now.Mono + PingInterval, 0);
        if (State is ConnectionState.HalfOpen)
        {
            BecomeOpen(now.Mono);
            EstablishedAt = now.Mono;
            Announce();
        }

        if (from != Route) HearFrom(now, from, length, isNewest);
        if (IsWide) return true;
        JudgeNarrow(now.Mono);
        if (!TryTakeMask(now.Mono, header)) Close(now, CloseReason.ProtocolError);
        return true;
    }

    private bool TryApply(Moment now, in Route from, in Frame frame) => frame.Kind switch
    {
        FrameKind.Datagram => TakeDatagram(frame.Number, frame.Bytes),
        FrameKind.Stream or FrameKind.StreamEnd => TryTakeStream(frame),
        FrameKind.StreamReset => TryTakeReset(frame),
        FrameKind.StreamCredit => TryTakeStreamCredit(frame),
        FrameKind.Credit => TakeCredit(frame),
        FrameKind.StreamsCredit => TakeStreamsCredit(frame),
        FrameKind.Ack => TryTakeAck(now.Mono, frame.Ack),
        FrameKind.Confirm => TakeConfirm(frame),
        FrameKind.PathChallenge => TakePathChallenge(from, frame),
        FrameKind.PathResponse => TakePathResponse(now.Mono, from, frame),
        FrameKind.Moved => TakeMoved(),
        FrameKind.Spare => TryTakeSpare(frame),
        _ => true, // padding
    };

    private bool TakeConfirm(in Frame frame)
    {
        _received.Confirm(Sequences.Expand(frame.Number, _received.Top));
        return true;
    }

    // Most packets hold one frame of bytes, which one look is enough for.
    private static bool IsLone(ReadOnlySpan<byte> body, out FrameKind kind)
    {
        kind = body.IsEmpty ? default : (FrameKind)body[0];
        var header = kind switch { FrameKind.Datagram => Frame.DatagramHeader, FrameKind.Stream => Frame.StreamHeader, _ => int.MaxValue };
        var isLone = body.Length > header && header + BinaryPrimitives.ReadUInt16BigEndian(body[(header - 2)..]) == body.Length
            && (kind is FrameKind.Datagram || BinaryPrimitives.ReadUInt64BigEndian(body[5..]) <= Frame.MaxOffset);
        if (!isLone) kind = default;
        return isLone;
    }

    private bool AreFramesWellFormed(
        ReadOnlySpan<byte> frames, bool isControl, out uint firstDatagram, out int datagrams)
    {
        (firstDatagram, datagrams) = (0, 0);
        var reader = new SpanReader(frames);
        while (!reader.AtEnd)
        {
            if (!Frame.TryRead(ref reader, out var frame) || (isControl && !frame.FitsControl)) return false;
            if (!IsWide && !frame.FitsNarrow) return false;
            if (frame.Kind is not FrameKind.Datagram) continue;
            if (datagrams++ == 0) firstDatagram = frame.Number;
        }

        return isControl || frames.Length > 0;
    }
}
