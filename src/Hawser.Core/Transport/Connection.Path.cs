using Hawser.Wire;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const int PathPacketSize = NarrowHeader.MaxSize + 1 + Token16.Size + Crypto.PacketCipher.TagSize; // at most
    private const int MaxPathPackets = 8;
    private const int MovedRepeats = 3; // transport.md §6
    private static readonly TimeSpan MinProbe = TimeSpan.FromMilliseconds(300); // transport.md §6

    private readonly Queue<(Route To, FrameKind Kind, Token16 Token)> _pathPackets = new();
    private bool _isProbing;
    private Route _probed;
    private (uint Number, Cid Cid) _probeCid; // nobody is to see that both addresses are of one connection
    private Token16 _newToken, _oldToken;
    private bool _newAnswers, _oldAnswers;
    private long _probeBudget; // an address that proved nothing gets no more than came from it
    private Instant _probeAgainAt = Instant.Never;
    private Instant _probeEndsAt = Instant.Never;
    private Instant _nextProbeAt;
    private bool _peerMoved;
    private int _moved;

    private Instant PathWakeup => _isProbing ? Instant.Earlier(_probeAgainAt, _probeEndsAt) : Instant.Never;

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
        if (_isProbing && from == _probed) _probeBudget += length;
        if (_isProbing || !isNewest || now.Mono < _nextProbeAt) return;
        (_isProbing, _probed, _probeBudget, _newAnswers, _oldAnswers) = (true, from, length, false, false);
        _probeCid = NextPeerCid;
        _entropy.Fill(_newToken);
        _entropy.Fill(_oldToken);
        _probeAgainAt = now.Mono + (ProbeTime / 2);
        _probeEndsAt = now.Mono + ProbeTime;
        Probe();
    }

    private void Probe()
    {
        AddPathPacket(_probed, FrameKind.PathChallenge, _newToken);
        AddPathPacket(Route, FrameKind.PathChallenge, _oldToken);
    }

    private void AddPathPacket(in Route to, FrameKind kind, in Token16 token)
    {
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
        if (!_isProbing) return true;
        if (token == _newToken && from == _probed) _newAnswers = true;
        if (token == _oldToken && from == Route) _oldAnswers = true;
        if (_newAnswers && _peerMoved) Switch(now);
        else if (_newAnswers && _oldAnswers) EndProbe(now + PingInterval);
        return true;
    }

    private bool TakeMoved()
    {
        _peerMoved = true;
        return true;
    }

    private void TickPath(Instant now)
    {
        if (!_isProbing) return;
        if (now >= _probeAgainAt)
        {
            _probeAgainAt = Instant.Never;
            Probe();
        }

        if (now < _probeEndsAt) return;
        if (_newAnswers && !_oldAnswers) Switch(now);
        else EndProbe(now);
    }

    private void Switch(Instant now)
    {
        Route = _probed;
        _peerMoved = false;
        _rtt.Reset();
        _congestion?.Reset();
        UsePeerCid(_probeCid);
        ForgetPathSize();
        EndProbe(now + _rtt.Smoothed);
    }

    private void EndProbe(Instant next) => (_isProbing, _nextProbeAt) = (false, next);

    private bool TryTransmitPath(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        while (_pathPackets.TryDequeue(out var next))
        {
            if (next.To != Route && _isProbing && next.To == _probed)
            {
                if (_probeBudget < PathPacketSize) continue;
                _probeBudget -= PathPacketSize;
            }

            var frames = new SpanWriter(ControlBody(buffer));
            Frame.WritePath(ref frames, next.Kind, next.Token);
            var cid = _isProbing && next.To == _probed ? _probeCid.Cid : _peerCid;
            var size = SealControl(now, PacketKind.Ack, buffer, frames.Written, cid);
            transmit = new(next.To, size, size);
            return size > 0;
        }

        return false;
    }
}
