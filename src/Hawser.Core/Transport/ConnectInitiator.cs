using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;

namespace Hawser.Transport;

/// <summary>
/// One outgoing attempt. What comes unsealed can be forged by who sees the nonce, so no such packet ends the attempt:
/// it goes on listening for a better one until its timers say so. Spec: connect.md §7.
/// </summary>
internal sealed partial class ConnectInitiator : IDatagramMachine, IMachine<ConnectEvent>
{
    private const int Tries = 4; // connect.md §6
    private const int MaxChallenges = 4;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(2_500);
    private static readonly TimeSpan SolveTimeout = TimeSpan.FromSeconds(30);

    private readonly IEntropy _entropy;
    private readonly ConnectOptions _options;
    private readonly ConnectRequest _request;
    private readonly HmacKey _macKey;
    private readonly Cid _cid;
    private readonly List<Challenge> _challenges = new(MaxChallenges);
    private readonly Queue<byte[]> _outbox = new();
    private readonly Queue<ConnectEvent> _events = new();
    private InitiatorKeys? _keys; // for the first challenge that comes
    private Instant _timer, _askedAt;
    private TimeSpan? _roundTrip;
    private long _lastNumber;
    private int _tries;
    private bool _startedAgain, _toldAgain, _tooHard;

    public ConnectInitiator(Moment now, IEntropy entropy, ConnectOptions options, ConnectRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.ConnectData.Length, ConnectOptions.MaxConnectData);
        (_entropy, _options, _request) = (entropy, options, request);
        _macKey = ChallengeRequest.MacKey(request.HostKey);
        _cid = options.DrawCid?.Invoke() ?? Cid.Draw(entropy, options.CidLength);
        Start(now);
    }

    public ConnectState State { get; private set; }

    /// <summary>What the host is to write on its packets.</summary>
    public Cid LocalCid => _cid;

    /// <summary>Packets 1, 2 and 4 that bear this nonce are for this attempt. A new start may change it.</summary>
    public ulong NonceI { get; private set; }

    /// <summary>Datagrams that were not of this attempt, or forged.</summary>
    public long Dropped { get; private set; }

    public Instant NextWakeup => State is ConnectState.Open or ConnectState.Failed ? Instant.Never : _timer;

    public void Tick(Moment now)
    {
        if (now.Mono < NextWakeup) return;
        switch (State)
        {
            case ConnectState.RequestingChallenge when _tries < Tries: Ask(now); break;
            case ConnectState.RequestingChallenge:
                Fail(_tooHard ? ConnectFailure.PuzzleTooHard : ConnectFailure.NoAnswer);
                break;
            case ConnectState.Solving: Fail(ConnectFailure.PuzzleUnsolved); break;
            case ConnectState.RequestingConnection when _toldAgain && !_startedAgain:
                _startedAgain = true;
                Start(now);
                break;
            case ConnectState.RequestingConnection when _tries < Tries: Call(now); break;
            case ConnectState.RequestingConnection: Fail(ConnectFailure.NotAccepted); break;
            case ConnectState.Open or ConnectState.Failed: break;
        }
    }

    /// <summary>Takes packets 1, 2 and 4.</summary>
    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        var taken = from == _request.Route && State is not (ConnectState.Open or ConnectState.Failed)
            && datagram is [var code, ..] && code switch
            {
                ChallengeResponse.Code => TryTakeChallenge(now, datagram),
                ConnectReject.Code => TryTakeReject(datagram),
                ConnectAccept.Code => TryTakeAccept(datagram),
                _ => false,
            };
        if (!taken) Dropped++;
    }

    /// <summary>Answers SolveWanted.</summary>
    public void Solved(Moment now, long number, uint x)
    {
        if (State is not (ConnectState.Solving or ConnectState.RequestingConnection)) return;
        if (_challenges.Find(c => c.Number == number) is not { IsSolved: false } challenge) return;
        if (!challenge.Puzzle.IsSolvedBy(x)) return;
        challenge.Solve(x);
        _outbox.Enqueue(challenge.Packet);
        if (State is ConnectState.RequestingConnection) return;
        (State, _tries, _timer) = (ConnectState.RequestingConnection, 1, now.Mono + RetryInterval);
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        var found = _outbox.TryDequeue(out var next);
        if (found) next.CopyTo(buffer);
        transmit = found ? new(_request.Route, next!.Length, next.Length) : default;
        if (!found && State is ConnectState.RequestingChallenge) // the question is on its way: time to work
            _keys ??= InitiatorKeys.Draw(() => _options.DrawKey?.Invoke(now.Mono) ?? DhKeyPair.Generate(_entropy), _request.Letter, _options.Key, _request.HostKey);
        return found;
    }

    public bool TryTake([NotNullWhen(true)] out ConnectEvent? happened) => _events.TryDequeue(out happened);

    private void Start(Moment now)
    {
        _challenges.Clear();
        (State, _tries, _toldAgain) = (ConnectState.RequestingChallenge, 0, false);
        NonceI = _request.NonceI != 0 ? _request.NonceI : ConnectNonce.Draw(_entropy);
        Ask(now);
    }

    private void Ask(Moment now)
    {
        _outbox.Enqueue(ChallengeRequest.Sealed(NonceI, _request.NonceH, _macKey));
        (_tries, _timer, _askedAt) = (_tries + 1, now.Mono + RetryInterval, now.Mono);
    }

    // Where the first challenge taken up leads nowhere, it may have been forged: the others get their turn as well.
    private void Call(Moment now)
    {
        foreach (var challenge in _challenges)
        {
            if (challenge.IsSolved) _outbox.Enqueue(challenge.Packet);
            else Want(now, challenge);
        }

        (_tries, _timer) = (_tries + 1, now.Mono + RetryInterval);
    }

    private void Want(Moment now, Challenge challenge)
    {
        if (challenge.Number != 0) return;
        challenge.Number = ++_lastNumber;
        var puzzle = challenge.Puzzle;
        if (puzzle.Difficulty <= _options.SolvesAtOnce && Puzzle.TrySolve(puzzle, 0, 64 << (int)puzzle.Difficulty, out var x)) Solved(now, challenge.Number, x);
        else _events.Enqueue(new ConnectEvent.SolveWanted(challenge.Number, challenge.Puzzle, challenge.Response.ResponseData));
    }

    private void Fail(ConnectFailure reason)
    {
        State = ConnectState.Failed;
        _events.Enqueue(new ConnectEvent.Failed(reason));
    }
}

/// <summary>Where an attempt stands.</summary>
internal enum ConnectState { RequestingChallenge, Solving, RequestingConnection, Open, Failed }
