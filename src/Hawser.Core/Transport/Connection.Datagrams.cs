using Hawser.Wire;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private DatagramQueue? _pending; // while there are any
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
        if (IsWide ? _lastNumber - _lastVerdict >= Room : _sent.Count + (_pending?.Count ?? 0) >= Room) return new(SendStatus.WindowFull, 0);
        _pending ??= new();
        _lastNumber = IsWide ? _lastNumber + 1 : _sent.Next + _pending.Count; // narrow: the sequence that it will have
        _pending.Enqueue(datagram);
        return new(SendStatus.Sent, (ulong)_lastNumber);
    }

    private void WriteDatagrams(ref SpanWriter writer, ref SentPacket packet)
    {
        while (_pending!.TryPeek(out var length) && length + Frame.DatagramHeader <= writer.Room)
        {
            writer.WriteU8((byte)FrameKind.Datagram);
            writer.WriteU32(Sequences.Low(++_lastSentNumber));
            writer.WriteU16((ushort)length);
            _pending.Dequeue(writer.Take(length));
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

    private bool TakeDatagram(uint low, ReadOnlySpan<byte> bytes)
    {
        var number = Sequences.Expand(low, _lastReceivedNumber);
        if (number <= _lastReceivedNumber) return false;
        _lastReceivedNumber = number;
        _events.AddDatagram(Id, (ulong)number, bytes);
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
        for (var i = 0; i < (_pending?.Count ?? 0); i++) _events.AddVerdict(Id, (ulong)(_sent.Next + i), false);
    }
}
