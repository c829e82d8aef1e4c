using Hawser.Wire;

namespace Hawser.Transport;

// The narrow profile: the sequence and what arrived stand in the header, a datagram is a packet's whole body, and a packet
// that comes after a later one is lost at once. Spec: transport.md §4.2, §5.3.
internal sealed partial class Connection
{
    private const int NarrowWindow = 32; // transport.md §6
    private const int NarrowReserve = 2; // transport.md §6
    private const int NarrowAckEvery = 8; // transport.md §6

    private long _peerKnows; // verdicts up to here have certainly reached the peer

    // Datagrams and framed packets that may be without a verdict.
    private int Room => IsWide ? _window : Math.Min(_window, NarrowWindow) - NarrowReserve;

    private int MaskBytes => (int)((_received.Top - Math.Max(_peerKnows, _received.Top - NarrowWindow) + 7) / 8);

    private NarrowHeader NarrowHeaderOf(PacketKind kind, long sequence, long counter)
    {
        var (top, bytes) = (_received.Top, MaskBytes);
        return new(
            kind, _peerCid, (uint)(sequence & ((1 << NarrowHeader.SequenceBits) - 1)), (uint)(top & ((1 << NarrowHeader.AckBits) - 1)),
            (uint)counter, _received.MaskBelow(top), bytes);
    }

    // One packet: a datagram, or frames. 0 if there is nothing to put in, or no place in the window.
    private int WriteNarrow(Instant now, Span<byte> buffer)
    {
        var length = 0;
        var isDatagram = _pending is not null && _pending.TryPeek(out length);
        var hasOwed = _isSparesDue || _streams is { IsAnythingDue: true };
        var hasBytes = !isDatagram && MaySendBytes(now);
        if (!(isDatagram || hasOwed || hasBytes) || _sent.Count >= Room) return 0;

        ref var packet = ref _sent.Prepare();
        var sequence = _sent.Next;
        var header = NarrowHeaderOf(isDatagram ? PacketKind.Data : PacketKind.Framed, sequence, 0);
        var target = buffer[..Math.Min(PacketCap, buffer.Length)];
        var writer = new SpanWriter(target[header.Size..^_tagSize]);
        if (isDatagram)
        {
            _pending!.Dequeue(writer.Take(length));
            packet.Datagrams = 1;
        }
        else
        {
            if (hasOwed) WriteOwed(ref writer, ref packet);
            if (hasBytes) WriteBytes(ref writer, ref packet);
            if (!packet.CarriesAnything) return 0;
        }

        header.Write(target);
        packet.AckTop = _received.Top;
        OnAckSent(now);
        return Commit(now, target, header.Size, writer.Written, ref packet);
    }

    private bool TryReadNarrow(ReadOnlySpan<byte> packet, out PacketHead head)
    {
        head = default;
        if (!NarrowHeader.TryRead(packet, _cidLength, out var header)) return false;
        head = new()
        {
            Kind = header.Kind, Cid = header.Cid, Size = header.Size, Counter = header.Counter,
            Sequence = Sequences.Ahead(header.Sequence, NarrowHeader.SequenceBits, _received.Top),
            Ack = header.Ack, Mask = header.Mask, MaskBytes = header.MaskBytes,
        };
        return true;
    }

    // Later than all that was judged, and no further than the window reaches.
    private bool IsNarrowFresh(in PacketHead head)
    {
        var ahead = head.Sequence - _received.Top;
        return ahead < NarrowWindow && (head.IsControl ? head.Counter > _receivedCounter : ahead > 0);
    }

    // What went missing before this packet is lost.
    private void JudgeNarrow(Instant now)
    {
        if (_received.Decide(now, TimeSpan.Zero)) _isAckDue = true;
        _received.Confirm(Math.Max(_received.Top - NarrowWindow, 0));
    }

    // False if the peer speaks of what was never sent.
    private bool TryTakeMask(Instant now, in PacketHead head)
    {
        var top = Sequences.Ahead(head.Ack, NarrowHeader.AckBits, _sent.First - 1);
        if (top >= _sent.Next) return false;
        if (top < _sent.First) return true;
        var newest = 0L;
        for (var s = _sent.First; s <= top; s++)
        {
            var bit = (int)(top - s);
            if (bit < head.MaskBytes * 8 && ((head.Mask >> bit) & 1) != 0 && TryArrive(s, now)) newest = s;
        }

        if (newest == top) _rtt.Add(now - _sent[top].At);
        if (newest > 0) _congestion?.OnAcknowledged(now, _rtt);
        (_timeoutsSeen, _timeouts, _progressAt) = (_timeouts, 0, now);
        while (_sent.First <= top) Judge(now);
        return true;
    }
}

/// <summary>The clear part of a packet of either profile, with its sequence in full.</summary>
internal struct PacketHead
{
    public PacketKind Kind;
    public Cid Cid;
    public int Size;
    public uint Counter;
    public long Sequence;
    public uint Ack;
    public uint Mask;
    public int MaskBytes;

    public readonly bool IsControl => Kind is PacketKind.Ping or PacketKind.Ack;
}
