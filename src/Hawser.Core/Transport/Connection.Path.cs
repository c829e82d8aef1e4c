using Hawser.Wire;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const int PathPacketSize = NarrowHeader.MaxSize + 1 + Token16.Size + Crypto.PacketCipher.TagSize; // at most
    private const int MaxPathPackets = 8;
    private const int MovedRepeats = 3; // transport.md §6
    private static readonly TimeSpan MinProbe = TimeSpan.FromMilliseconds(300); // transport.md §6

    private Queue<(Route To, FrameKind Kind, Token16 Token)>? _pathPackets;
    private PathProbe? _probe;
    private Instant _nextProbeAt;
    private bool _peerMoved;
    private int _moved;

    private Instant PathWakeup => _probe is { } probe ? Instant.Earlier(probe.AgainAt, probe.EndsAt) : Instant.Never;

    private TimeSpan ProbeTime => _rtt.Smoothed * 3 > MinProbe ? _rtt.Smoothed * 3 : MinProbe;

    /// <summary>The owner knows that its own address changed: the peer need not wait for the old one.</summary>
    public void Move()
    {
        if (State is not ConnectionState.Open) return;
        (_moved, _isPingDue) = (MovedRepeats, true);
        UsePeerCid(NextPeerCid);
        ForgetPathSize();
    }

    // A packet that opened came from elsewhere. It may be a copy that somebody sends on: so ask both addresses.
    private void HearFrom(Moment now, in Route from, int length, bool isNewest)
    {
        if (_probe is { } running && from == running.To) running.Budget += length;
        if (_probe is not null || !isNewest || now.Mono < _nextProbeAt) return;
        _probe = new()
        {
            To = from, Cid = NextPeerCid, Budget = length, AgainAt = now.Mono + (ProbeTime / 2), EndsAt = now.Mono + ProbeTime,
        };
        _entropy.Fill(_probe.NewToken);
        _entropy.Fill(_probe.OldToken);
        Ask(_probe);
    }

    private void Ask(PathProbe probe)
    {
        AddPathPacket(probe.To, FrameKind.PathChallenge, probe.NewToken);
        AddPathPacket(Route, FrameKind.PathChallenge, probe.OldToken);
    }

    private void AddPathPacket(in Route to, FrameKind kind, in Token16 token)
    {
        _pathPackets ??= new();
        if (_pathPackets.Count < MaxPathPackets) _pathPackets.Enqueue((to, kind, token));
    }

    private bool TakePathChallenge(in Route from, in Frame frame)
    {
        AddPathPacket(from, FrameKind.PathResponse, Token16.Read(frame.Bytes));
        return true;
    }

    private bool TakePathResponse(Instant now, in Route from, in Frame frame)
    {
        var token = Token16.Read(frame.Bytes);
        if (from == Route && TryTakeSizeAnswer(now, token)) return true;
        if (_probe is not { } probe) return true;
        if (token == probe.NewToken && from == probe.To) probe.NewAnswers = true;
        if (token == probe.OldToken && from == Route) probe.OldAnswers = true;
        if (probe.NewAnswers && _peerMoved) Switch(now, probe);
        else if (probe is { NewAnswers: true, OldAnswers: true }) EndProbe(now + PingInterval);
        return true;
    }

    private bool TakeMoved()
    {
        _peerMoved = true;
        return true;
    }

    private void TickPath(Instant now)
    {
        if (_probe is not { } probe) return;
        if (now >= probe.AgainAt)
        {
            probe.AgainAt = Instant.Never;
            Ask(probe);
        }

        if (now < probe.EndsAt) return;
        if (probe is { NewAnswers: true, OldAnswers: false }) Switch(now, probe);
        else EndProbe(now);
    }

    private void Switch(Instant now, PathProbe probe)
    {
        Route = probe.To;
        _peerMoved = false;
        _rtt.Reset();
        _congestion?.Reset();
        UsePeerCid(probe.Cid);
        ForgetPathSize();
        EndProbe(now + _rtt.Smoothed);
    }

    private void EndProbe(Instant next) => (_probe, _nextProbeAt) = (null, next);

    private bool TryTransmitPath(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        while (_pathPackets is not null && _pathPackets.TryDequeue(out var next))
        {
            var cid = _peerCid;
            if (next.To != Route && _probe is { } probe && next.To == probe.To)
            {
                if (probe.Budget < PathPacketSize) continue;
                probe.Budget -= PathPacketSize;
                cid = probe.Cid.Cid;
            }

            var frames = new SpanWriter(ControlBody(buffer));
            Frame.WritePath(ref frames, next.Kind, next.Token);
            var size = SealControl(now, PacketKind.Ack, buffer, frames.Written, cid);
            transmit = new(next.To, size, size);
            return size > 0;
        }

        return false;
    }

    /// <summary>Whether a peer is really where its packets seem to come from.</summary>
    private sealed class PathProbe
    {
        public Token16 NewToken, OldToken;
        public required Route To;
        public required (uint Number, Cid Cid) Cid; // nobody is to see that both addresses are of one connection
        public required long Budget; // an address that proved nothing gets no more than came from it
        public required Instant AgainAt;
        public required Instant EndsAt;
        public bool NewAnswers, OldAnswers;
    }
}
