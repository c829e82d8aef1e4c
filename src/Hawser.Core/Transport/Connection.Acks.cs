using Hawser.Transport.Streams;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const int Outage = 3; // timeouts in a row after which losses mean a path that was gone

    private long _confirmed; // told to the peer
    private bool _isHeldBack; // by the congestion window, since the last arrival

    // False if the peer speaks of what was never sent, or has forgotten what this side never heard.
    private bool TryTakeAck(Instant now, in AckFrame ack)
    {
        var bottom = Sequences.Expand(ack.Base, _sent.Next - 1);
        var top = Sequences.Expand(ack.Top, _sent.Next - 1);
        if (bottom >= _sent.First || top < bottom || top >= _sent.Next) return false;

        var (below, newest) = (bottom, 0L);
        var ranges = ack.Ranges;
        while (AckFrame.TryTakeRange(ref ranges, out var gap, out var length))
        {
            var start = below + gap + 1;
            below = start + length - 1;
            if (below >= _sent.Next) return false;
            for (var s = Math.Max(start, _sent.First); s <= below; s++)
            {
                if (TryArrive(s, now)) newest = s;
            }
        }

        if (newest == below && newest > 0)
        {
            var delay = TimeSpan.FromMicroseconds(ack.Delay * (double)AckFrame.DelayUnitMicros);
            _rtt.Add(now - _sent[newest].At - delay);
        }

        if (newest > 0) _congestion?.OnAcknowledged(now, _rtt);

        if (newest > 0 || top >= _sent.First) (_timeoutsSeen, _timeouts, _progressAt) = (_timeouts, 0, now);
        while (_sent.First <= top) Judge(now);
        return true;
    }

    private bool TryArrive(long sequence, Instant now)
    {
        ref var packet = ref _sent[sequence];
        if (packet.HasArrived) return false;
        packet.HasArrived = true;
        _inFlight -= packet.Size;
        if (packet.Size > MaxPacket) _largeLost = 0;
        _congestion?.OnArrived(packet, now, _rtt, _isHeldBack);
        foreach (ref readonly var chunk in _sent.ChunksOf(sequence))
        {
            chunk.Stream.OnArrived(chunk);
            if (chunk.Stream.TakeWritable()) _events.AddWritable(Id, chunk.Stream.Id);
            ForgetIfOver(chunk.Stream);
        }

        return true;
    }

    // The verdict on the oldest packet.
    private void Judge(Instant now)
    {
        ref var packet = ref _sent[_sent.First];
        if (!packet.HasArrived)
        {
            PacketsLost++;
            _inFlight -= packet.Size;
            if (_timeoutsSeen >= Outage) _congestion?.Collapse();
            _congestion?.OnLost(packet, now);
            if (packet.Size > MaxPacket && packet.Size <= _pathSize) OnLargeLost(now);
            _isSparesDue |= packet.CarriesSpares;
            if (packet.CarriesCredit) Streams.IsCreditDue = true;
            if (packet.CarriesStreamsCredit) Streams.IsStreamsCreditDue = true;
            foreach (ref readonly var chunk in _sent.ChunksOf(_sent.First)) SendAgain(chunk);
        }

        if (packet.HasArrived) _peerKnows = Math.Max(_peerKnows, packet.AckTop);
        if (!IsWide && packet.Datagrams > 0) _events.AddVerdict(Id, (ulong)(_lastVerdict = _sent.First), packet.HasArrived);
        else for (var i = packet.Datagrams; i > 0; i--) _events.AddVerdict(Id, (ulong)++_lastVerdict, packet.HasArrived);
        _sent.RemoveFirst();
    }

    private void SendAgain(in SentChunk chunk)
    {
        if (chunk.Kind is ChunkKind.Reset || (chunk.Kind is ChunkKind.Credit && !chunk.Stream.IsReset))
        {
            Owe(chunk.Stream, chunk.Kind);
            return;
        }

        chunk.Stream.OnLost(chunk);
        Enqueue(chunk.Stream);
    }
}
