using Hawser.Crypto;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const int CloseTries = 3; // transport.md §6
    private const long MaxCounter = 1L << 31; // transport.md §6
    private static readonly TimeSpan CloseInterval = TimeSpan.FromMilliseconds(100); // transport.md §6

    private byte[] _closePacket = [];
    private int _closesLeft;
    private bool _isCloseDue;
    private Instant _closeAt = Instant.Never;

    /// <summary>Ends the connection for its owner at once, and tells the peer reliably.</summary>
    public void Close(Moment now, CloseReason reason)
    {
        if (State is not (ConnectionState.HalfOpen or ConnectionState.Open)) return;
        End(reason, ConnectionState.Closing);
        Announce(now.Mono, reason, CloseTries);
    }

    /// <summary>Takes packet 5, whose clear part the endpoint has read.</summary>
    public void ReceiveClose(Moment now, in ClosePacket header, Span<byte> packet)
    {
        if (State is ConnectionState.Gone) return;
        var sequence = Sequences.Expand(header.Sequence, _received.Highest);
        var body = packet[ClosePacket.HeaderSize..^PacketCipher.TagSize];
        if (!_open.TryOpen(
            NonceDomain.Close, sequence, header.Counter, packet[..ClosePacket.HeaderSize], body,
            packet[^PacketCipher.TagSize..]))
        {
            Dropped.Add(DropReason.NotOpened);
            return;
        }

        if (State is ConnectionState.Closing)
        {
            Become(ConnectionState.Gone); // the answer, or the peer's own wish: both know
            return;
        }

        var reason = (CloseReason)body[0];
        End(reason, ConnectionState.Closing);
        Announce(now.Mono, reason, tries: 1);
    }

    // The end as its owner sees it: what has no verdict was not delivered.
    private void End(CloseReason reason, ConnectionState next = ConnectionState.Gone)
    {
        GiveUpDatagrams();
        _events.Add(new EndpointEvent.Closed(Id, reason));
        Become(next);
        _streams = null;
    }

    private void Announce(Instant now, CloseReason reason, int tries)
    {
        _sentCounter++;
        var last = _sent.Next - 1;
        _closePacket = new byte[ClosePacket.Size];
        new ClosePacket(NonceI, NonceH, Sequences.Low(last), (uint)_sentCounter).Write(_closePacket);
        _closePacket[ClosePacket.HeaderSize] = (byte)reason;
        _seal.For(last).Seal(
            NonceDomain.Close, _sentCounter, _closePacket.AsSpan(0, ClosePacket.HeaderSize),
            _closePacket.AsSpan(ClosePacket.HeaderSize, 1), _closePacket.AsSpan(ClosePacket.HeaderSize + 1));
        (_closesLeft, _isCloseDue, _closeAt) = (tries, true, now + CloseInterval);
    }

    private bool TryTransmitClose(Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        if (!_isCloseDue) return false;
        _closePacket.CopyTo(buffer);
        transmit = new(Route, ClosePacket.Size, ClosePacket.Size);
        (_isCloseDue, _closesLeft) = (false, _closesLeft - 1);
        return true;
    }

    private void TickClosing(Instant now)
    {
        if (now < _closeAt) return;
        if (_closesLeft == 0) Become(ConnectionState.Gone);
        (_isCloseDue, _closeAt) = (true, now + CloseInterval);
    }

    // Counters are 32 bits on the wire and end early, so that no nonce comes twice.
    private bool TryCountControl(Moment now)
    {
        if (_sentCounter < MaxCounter - 1)
        {
            _sentCounter++;
            return true;
        }

        Close(now, CloseReason.KeysSpent);
        return false;
    }
}
