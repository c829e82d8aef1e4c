using Hawser.Transport.Streams;
using Hawser.Wire;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private readonly ByteRing _pending = new();
    private readonly Queue<int> _pendingLengths = new();
    private long _pendingStart;
    private long _pendingEnd;
    private long _lastNumber; // of a datagram taken from the owner
    private long _lastSentNumber;
    private long _lastVerdict;
    private long _lastReceivedNumber;

    /// <summary>Bytes of the largest datagram on the route.</summary>
    public int MaxDatagram => PacketSize - DatagramOverhead;

    /// <summary>Takes a datagram. Sent means that exactly one verdict follows.</summary>
    public SendResult Send(ReadOnlySpan<byte> datagram)
    {
        if (State is not ConnectionState.Open) return new(SendStatus.NotConnected, 0);
        if (datagram.Length > MaxDatagram) return new(SendStatus.TooLarge, 0);
        if (IsWide ? _lastNumber - _lastVerdict >= Room : _sent.Count + _pendingLengths.Count >= Room) return new(SendStatus.WindowFull, 0);
        if (_pendingLengths.Count == 0) (_pendingStart, _pendingEnd) = (0, 0); // the memory that was used last is the warmest
        _pending.Write(_pendingStart, _pendingEnd, datagram);
        _pendingEnd += datagram.Length;
        _lastNumber = IsWide ? _lastNumber + 1 : _sent.Next + _pendingLengths.Count; // narrow: the sequence that it will have
        _pendingLengths.Enqueue(datagram.Length);
        return new(SendStatus.Sent, (ulong)_lastNumber);
    }

    private void WriteDatagrams(ref SpanWriter writer, ref SentPacket packet)
    {
        while (_pendingLengths.TryPeek(out var length) && length + Frame.DatagramHeader <= writer.Room)
        {
            _pendingLengths.Dequeue();
            writer.WriteU8((byte)FrameKind.Datagram);
            writer.WriteU32(Sequences.Low(++_lastSentNumber));
            writer.WriteU16((ushort)length);
            _pending.Read(_pendingStart, writer.Take(length));
            _pendingStart += length;
            packet.Datagrams++;
        }
    }

    // A datagram must not come after a later one: then the packet counts as lost, and what else it bore comes again.
    private bool MayTakeDatagrams(uint first)
    {
        if (Sequences.Expand(first, _lastReceivedNumber) <= _lastReceivedNumber)
        {
            Dropped.Add(DropReason.OutOfOrder);
            return false;
        }

        return HasRoomForDatagrams();
    }

    private bool HasRoomForDatagrams()
    {
        if (_events.Datagrams < EventQueue.MaxDatagrams) return true;
        Dropped.Add(DropReason.Overrun);
        return false;
    }

    private bool TakeDatagram(in Frame frame)
    {
        var number = Sequences.Expand(frame.Number, _lastReceivedNumber);
        if (number <= _lastReceivedNumber) return false;
        _lastReceivedNumber = number;
        _events.AddDatagram(Id, (ulong)number, frame.Bytes);
        return true;
    }

    // At the end nothing can be said of what has no verdict yet, and that is said.
    private void GiveUpDatagrams()
    {
        if (IsWide)
        {
            while (_lastVerdict < _lastNumber) _events.AddVerdict(Id, (ulong)++_lastVerdict, false);
            return;
        }

        for (var s = _sent.First; s < _sent.Next; s++)
            if (_sent[s].Datagrams > 0) _events.AddVerdict(Id, (ulong)s, false);
        for (var i = 0; i < _pendingLengths.Count; i++) _events.AddVerdict(Id, (ulong)(_sent.Next + i), false);
    }
}
