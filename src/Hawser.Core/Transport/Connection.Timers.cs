namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const int MaxSilentPings = 5; // transport.md §6
    private const int MaxBackoff = 3; // transport.md §6
    private const long RestMicros = 100_000; // transport.md §6: without a packet until memory is given back; a ping every few seconds is none to keep it for
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(5); // transport.md §6
    private static readonly TimeSpan HalfOpenLimit = TimeSpan.FromSeconds(5); // transport.md §6
    private static readonly TimeSpan GreetInterval = TimeSpan.FromMilliseconds(250); // transport.md §6
    private static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(5); // transport.md §6

    private const int SuspectPings = 3; // transport.md §6
    private static readonly TimeSpan SuspectInterval = TimeSpan.FromMilliseconds(500); // transport.md §6

    private Instant _suspectAt = Instant.Never; // when to ask a predecessor again, or to end it
    private int _suspectPings;
    private Instant _greetAt = Instant.Never; // an initiator pings until the host has heard it
    private Instant _silenceAt;
    private Instant _restAt = Instant.Never;
    private int _silentPings;
    private Instant _progressAt;
    private int _timeouts;
    private int _timeoutsSeen; // before the progress that is being judged

    public Instant NextWakeup => State switch
    {
        ConnectionState.HalfOpen => EstablishedAt + HalfOpenLimit,
        ConnectionState.Closing => _closeAt,
        ConnectionState.Gone => Instant.Never,
        _ => Instant.Earlier(
            Instant.Earlier(Instant.Earlier(_silenceAt, _suspectAt), Instant.Earlier(Instant.Earlier(_greetAt, TimeoutAt), _pacedUntil)),
            Instant.Earlier(
                Instant.Earlier(_isAckDue ? Instant.Never : _ackAt, Instant.Earlier(Instant.Earlier(JudgementAt, PathWakeup), _restAt)),
                Instant.Earlier(_sparesAt, _search?.EndsAt ?? Instant.Never))),
    };

    public void Tick(Moment now)
    {
        switch (State)
        {
            case ConnectionState.HalfOpen when now.Mono >= NextWakeup: End(CloseReason.Timeout); break;
            case ConnectionState.Closing: TickClosing(now.Mono); break;
            case ConnectionState.Open: TickOpen(now.Mono); break;
            default: break;
        }
    }

    /// <summary>How long a gap stays open: longer where packets were seen to overtake each other.</summary>
    private TimeSpan Reordering
    {
        get
        {
            var wanted = Math.Max(_rtt.Smoothed.Ticks / 4, _reorderingSeen.Ticks * 3 / 2);
            var most = Math.Max(_rtt.Smoothed.Ticks, TimeSpan.TicksPerMillisecond);
            return new(Math.Clamp(wanted, TimeSpan.TicksPerMillisecond, most));
        }
    }

    private Instant JudgementAt => _received.GapNoticed is var noticed && noticed == Instant.Never
        ? Instant.Never
        : noticed + Reordering;

    // An idle connection gives back what only traffic needs.
    private void Rest()
    {
        if (_sent.Count > 0 || _pending is { Count: > 0 }) return;
        _seal.Rest();
        _open.Rest();
        _sent.Rest();
        _received.Rest();
        _pending = null;
        _streams?.Rest();
        if (_pathPackets is { Count: 0 }) _pathPackets = null;
    }

    // When to ask about packets that nothing was heard of. A receiver may wait for a gap to close before it answers.
    private Instant TimeoutAt
    {
        get
        {
            if (_sent.Count == 0) return Instant.Never;
            var spread = _rtt.Variation * 4;
            var wait = _rtt.Smoothed + (spread > MinTimeout ? spread : MinTimeout) + MaxAckDelay;
            return _progressAt + (wait * (1 << Math.Min(_timeouts, MaxBackoff)));
        }
    }

    private void TickOpen(Instant now)
    {
        if (_received.Decide(now, Reordering)) _isAckDue = true;
        if (now >= _ackAt) _isAckDue = true;
        if (now >= _pacedUntil) _pacedUntil = Instant.Never;
        if (now >= _greetAt)
        {
            _greetAt = now + GreetInterval;
            _isPingDue = true;
        }

        if (now >= TimeoutAt)
        {
            _timeouts++;
            _progressAt = now;
            _isPingDue = true;
        }

        if (now >= _suspectAt && !TrySuspect(now))
        {
            End(CloseReason.Reconnecting);
            return;
        }

        if (now >= _restAt)
        {
            _restAt = Instant.Never;
            Rest();
        }

        TickPath(now);
        TickSearch(now);
        TickSpares(now);
        if (now < _silenceAt) return;
        if (_silentPings == MaxSilentPings)
        {
            End(CloseReason.Timeout);
            return;
        }

        _silentPings++;
        _silenceAt = now + PingInterval;
        _isPingDue = true;
    }

    /// <summary>
    /// The peer has made a new connection. It may keep this one as well; but if it has died and come back, nobody will
    /// answer here any more, and whoever waits for this one should not have to wait for the pings of silence.
    /// </summary>
    public void Suspect(Moment now)
    {
        if (State is not ConnectionState.Open || _suspectAt != Instant.Never) return;
        _suspectPings = 0;
        TrySuspect(now.Mono);
    }

    private bool TrySuspect(Instant now)
    {
        if (_suspectPings++ == SuspectPings) return false;
        _isPingDue = true;
        _suspectAt = now + (_rtt.Smoothed * 2 > SuspectInterval ? _rtt.Smoothed * 2 : SuspectInterval);
        return true;
    }

    private void NoteReordering(TimeSpan late)
    {
        if (late > _reorderingSeen) _reorderingSeen = late;
    }
}
