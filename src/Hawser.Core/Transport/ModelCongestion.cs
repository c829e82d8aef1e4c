namespace Hawser.Transport;

/// <summary>
/// Keeps about as much under way as the path holds: the highest rate of delivery of the last rounds times the shortest
/// round trip. After the idea of BBR (Cardwell and others, 2016); single losses do not slow it, a round full of them does.
/// </summary>
internal sealed class ModelCongestion : Congestion
{
    private const double StartGain = 2.89; // 2 ÷ ln 2: doubles each round
    private const int Rounds = 10; // transport.md §6
    private const double HighLoss = 0.10; // transport.md §6
    private const double Backoff = 0.85;
    private const int MinRoundPackets = 20; // fewer say nothing about loss
    private static readonly double[] Gains = [1.25, 0.8, 1, 1, 1, 1, 1, 1];
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(2); // what acknowledgements and threads may be late
    private static readonly TimeSpan MinPhase = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan MinRttLife = TimeSpan.FromSeconds(10); // transport.md §6
    private static readonly TimeSpan ProbeRttTime = TimeSpan.FromMilliseconds(200);

    private readonly double[] _rates = new double[Rounds]; // highest of each round, bytes per microsecond
    private State _state;
    private double _rate; // highest of them
    private double _rateBefore; // when it last grew by a quarter
    private int _roundsWithoutGrowth;
    private int _round;
    private long _delivered, _nextRound;
    private Instant _deliveredAt, _sentAtOfNewest;
    private long _roundLost, _roundArrived;
    private SentPacket _newest; // of the acknowledgement at hand
    private bool _hasNewest;
    private TimeSpan _minRtt = TimeSpan.MaxValue;
    private Instant _minRttAt, _phaseAt, _probeRttUntil;
    private int _phase;

    private enum State { Start, Drain, Cruise, ProbeRtt }

    public override long Window
    {
        get
        {
            if (_rate == 0) return InitialWindow;
            var gain = _state switch { State.Start => StartGain, State.ProbeRtt => 0.5, _ => 2.0 };
            return Math.Max(_state is State.Start ? InitialWindow : MinWindow, (long)((gain * Held) + (_rate * Slack.TotalMicroseconds)));
        }
    }

    // What the path holds without a queue.
    private double Held => _rate * _minRtt.TotalMicroseconds;

    public override double PacingRate(RttEstimator rtt)
    {
        if (_rate == 0) return StartGain * InitialWindow / Math.Max(rtt.Smoothed.TotalMicroseconds, 1);
        return _rate * _state switch
        {
            State.Start => StartGain,
            State.Drain => 1 / StartGain,
            State.Cruise => Gains[_phase],
            _ => 1,
        };
    }

    public override void OnSent(ref SentPacket packet, long inFlight, bool isHeldBack)
    {
        if (inFlight == 0) _deliveredAt = _sentAtOfNewest = packet.At; // an idle time is no slow delivery
        (packet.DeliveredBefore, packet.DeliveredAt, packet.NewestSentAt) = (_delivered, _deliveredAt, _sentAtOfNewest);
        packet.IsHeldBack = isHeldBack;
    }

    public override void OnArrived(in SentPacket packet, Instant now, RttEstimator rtt, bool isHeldBack)
    {
        _delivered += packet.Size;
        _deliveredAt = now;
        _roundArrived++;
        if (_hasNewest && packet.DeliveredBefore < _newest.DeliveredBefore) return;
        (_newest.At, _newest.DeliveredBefore, _newest.DeliveredAt, _newest.NewestSentAt, _newest.IsHeldBack) =
            (packet.At, packet.DeliveredBefore, packet.DeliveredAt, packet.NewestSentAt, packet.IsHeldBack || isHeldBack);
        _hasNewest = true;
    }

    public override void OnAcknowledged(Instant now, RttEstimator rtt)
    {
        if (!_hasNewest) return;
        _hasNewest = false;
        _sentAtOfNewest = _newest.At;
        NoteRtt(now, rtt.Latest);
        if (_newest.DeliveredBefore >= _nextRound) TurnRound();
        NoteRate(now);
        Advance(now);
    }

    public override void OnLost(in SentPacket packet, Instant now) => _roundLost++;

    public override void Collapse() => Restart();

    public override void Reset()
    {
        Restart();
        _minRtt = TimeSpan.MaxValue;
    }

    private void Restart()
    {
        Array.Clear(_rates);
        (_state, _rate, _rateBefore, _roundsWithoutGrowth) = (State.Start, 0, 0, 0);
    }

    private void NoteRtt(Instant now, TimeSpan sample)
    {
        if (sample <= _minRtt) (_minRtt, _minRttAt) = (sample, now);
        if (now - _minRttAt < MinRttLife || _state is not State.Cruise) return;
        (_state, _probeRttUntil, _minRtt, _minRttAt) = (State.ProbeRtt, now + ProbeRttTime, sample, now);
    }

    private void NoteRate(Instant now)
    {
        var sending = _newest.At - _newest.NewestSentAt;
        var arriving = now - _newest.DeliveredAt;
        var took = sending > arriving ? sending : arriving;
        if (took < _minRtt || took <= TimeSpan.Zero) return; // several answers at once say nothing
        var rate = (_delivered - _newest.DeliveredBefore) / took.TotalMicroseconds;
        if (!_newest.IsHeldBack && rate <= _rate) return; // there was no more to send
        ref var best = ref _rates[_round % Rounds];
        best = Math.Max(best, rate);
        _rate = Math.Max(_rate, rate);
    }

    private void TurnRound()
    {
        _nextRound = _delivered;
        var seen = _roundLost + _roundArrived;
        var isLossy = seen >= MinRoundPackets && _roundLost > HighLoss * seen;
        (_roundLost, _roundArrived) = (0, 0);
        _round++;
        _rates[_round % Rounds] = 0;
        if (isLossy)
        {
            for (var i = 0; i < Rounds; i++) _rates[i] *= Backoff;
            if (_state is State.Start) _state = State.Drain;
        }

        var highest = 0.0;
        foreach (var rate in _rates) highest = Math.Max(highest, rate);
        if (highest > 0) _rate = highest;
        else _rates[_round % Rounds] = _rate; // rounds without a measurement: what was known is as good as any
        if (_state is not State.Start) return;
        if (_rate >= _rateBefore * 1.25) (_rateBefore, _roundsWithoutGrowth) = (_rate, 0);
        else if (_newest.IsHeldBack && ++_roundsWithoutGrowth >= 3) _state = State.Drain;
    }

    private void Advance(Instant now)
    {
        switch (_state)
        {
            case State.Drain when now - _phaseAt > (_minRtt > MinPhase ? _minRtt : MinPhase) * 2: Cruise(now); break;
            case State.ProbeRtt when now >= _probeRttUntil: Cruise(now); break;
            case State.Cruise when now - _phaseAt >= (_minRtt > MinPhase ? _minRtt : MinPhase):
                (_phase, _phaseAt) = ((_phase + 1) % Gains.Length, now);
                break;
            case State.Start: _phaseAt = now; break;
            default: break;
        }
    }

    private void Cruise(Instant now) => (_state, _phase, _phaseAt) = (State.Cruise, 2, now);
}
