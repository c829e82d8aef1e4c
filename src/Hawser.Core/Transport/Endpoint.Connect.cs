using System.Buffers.Binary;
using Hawser.Crypto;

namespace Hawser.Transport;

internal sealed partial class Endpoint
{
    private readonly Dictionary<ConnectionId, ConnectInitiator> _attempts = [];
    private readonly Dictionary<long, (ConnectionId Attempt, long Number)> _puzzles = [];
    private readonly Dictionary<long, ConnectionId> _idsOfHost = [];
    private readonly Dictionary<ConnectionId, long> _numbersOfHost = [];
    private readonly List<ConnectionId> _ended = [];
    private long _lastPuzzle;

    /// <summary>Starts to connect. Established or Closed follows.</summary>
    public ConnectionId Connect(Moment now, ConnectRequest request)
    {
        var id = new ConnectionId(++_lastId);
        var attempt = new ConnectInitiator(now, _entropy, _options, request);
        _attempts.Add(id, attempt);
        HearAttempt(now, id, attempt);
        return id;
    }

    /// <summary>Answers SolveWanted; too late is no harm.</summary>
    public void Solved(Moment now, long number, uint x)
    {
        if (!_puzzles.Remove(number, out var puzzle) || !_attempts.TryGetValue(puzzle.Attempt, out var attempt)) return;
        attempt.Solved(now, puzzle.Number, x);
        HearAttempt(now, puzzle.Attempt, attempt);
        ForgetEnded();
    }

    /// <summary>Answers KeyWanted; null is silence.</summary>
    public void AnswerKey(Moment now, ConnectionId id, DhPublicKey? key)
    {
        if (!_numbersOfHost.TryGetValue(id, out var number)) return;
        _host.AnswerKey(now, number, key);
        if (key is null) ForgetHost(number);
        HearHost(now);
    }

    /// <summary>Answers Requested with yes. Established follows when the initiator's first packet comes.</summary>
    public void Accept(Moment now, ConnectionId id, ReadOnlySpan<byte> acceptData)
    {
        if (!_numbersOfHost.TryGetValue(id, out var number)) return;
        _host.Accept(now, number, acceptData);
        HearHost(now);
    }

    /// <summary>Answers Requested with a sealed no.</summary>
    public void Refuse(Moment now, ConnectionId id)
    {
        if (!_numbersOfHost.TryGetValue(id, out var number)) return;
        _host.Refuse(now, number);
        ForgetHost(number);
    }

    /// <summary>Answers Requested with silence, as a void ticket deserves.</summary>
    public void Ignore(Moment now, ConnectionId id)
    {
        if (!_numbersOfHost.TryGetValue(id, out var number)) return;
        _host.Ignore(number);
        ForgetHost(number);
    }

    private void TickAttempts(Moment now)
    {
        foreach (var (id, attempt) in _attempts)
        {
            if (attempt.NextWakeup > now.Mono) continue;
            attempt.Tick(now);
            HearAttempt(now, id, attempt);
        }

        ForgetEnded();
    }

    private void ReceiveAttempt(Moment now, in Route from, Span<byte> datagram)
    {
        var nonce = BinaryPrimitives.ReadUInt64BigEndian(datagram[1..]);
        foreach (var (id, attempt) in _attempts)
        {
            if (attempt.NonceI != nonce) continue;
            attempt.Receive(now, from, datagram);
            HearAttempt(now, id, attempt);
            ForgetEnded();
            return;
        }

        Dropped.Add(DropReason.UnknownConnection);
    }

    private void HearAttempt(Moment now, ConnectionId id, ConnectInitiator attempt)
    {
        while (attempt.TryTake(out var happened))
        {
            switch (happened)
            {
                case ConnectEvent.SolveWanted wanted:
                    _puzzles.Add(++_lastPuzzle, (id, wanted.Number));
                    _events.Add(new EndpointEvent.SolveWanted(id, _lastPuzzle, wanted.Puzzle, wanted.ResponseData));
                    break;
                case ConnectEvent.Completed completed:
                    _ended.Add(id);
                    Attach(now, id, completed.Value);
                    break;
                case ConnectEvent.Failed failed:
                    _ended.Add(id);
                    _events.Add(new EndpointEvent.Closed(id, ReasonOf(failed.Reason)));
                    break;
                default: throw new InvalidOperationException($"no initiator tells {happened}");
            }
        }
    }

    private void ForgetEnded()
    {
        foreach (var id in _ended) ForgetAttempt(id);
        _ended.Clear();
    }

    private void ForgetAttempt(ConnectionId id)
    {
        _attempts.Remove(id);
        foreach (var (number, puzzle) in _puzzles)
            if (puzzle.Attempt == id) _puzzles.Remove(number);
    }

    private void HearHost(Moment now)
    {
        while (_host.TryTake(out var happened))
        {
            switch (happened)
            {
                case ConnectEvent.KeyWanted wanted:
                    _events.Add(new EndpointEvent.KeyWanted(IdOf(wanted.Number), wanted.Name));
                    break;
                case ConnectEvent.Requested requested:
                    _events.Add(new EndpointEvent.Requested(
                        IdOf(requested.Number), requested.Route, requested.PeerKey, requested.Name, requested.Letter,
                        requested.ConnectData));
                    break;
                case ConnectEvent.Completed completed:
                    var id = IdOf(completed.Number);
                    ForgetHost(completed.Number);
                    Attach(now, id, completed.Value, completed.Number);
                    break;
                case ConnectEvent.Expired expired:
                    if (_idsOfHost.TryGetValue(expired.Number, out var void_))
                        _events.Add(new EndpointEvent.Closed(void_, CloseReason.Timeout));
                    ForgetHost(expired.Number);
                    break;
                default: throw new InvalidOperationException($"no host tells {happened}");
            }
        }
    }

    private ConnectionId IdOf(long number)
    {
        if (_idsOfHost.TryGetValue(number, out var id)) return id;
        id = new(++_lastId);
        _idsOfHost.Add(number, id);
        _numbersOfHost.Add(id, number);
        return id;
    }

    private void ForgetHost(long number)
    {
        if (_idsOfHost.Remove(number, out var id)) _numbersOfHost.Remove(id);
    }

    private void Attach(Moment now, ConnectionId id, Established origin, long hostNumber = 0)
    {
        if (origin.LocalCid.Length > 0 && _byCid.ContainsKey(origin.LocalCid.Value))
        {
            _events.Add(new EndpointEvent.Closed(id, CloseReason.ProtocolError));
            return;
        }

        WatchSecrets?.Invoke(origin);
        var connection = new Connection(now, SetupOf(id, origin), _entropy, _events);
        var attached = new Attached(connection, origin) { HostNumber = hostNumber };
        _connections.Add(id, attached);
        AddCid(now, attached, origin.LocalCid);
        _byNonces[(origin.NonceI, origin.NonceH)] = attached;
        if (hostNumber == 0) Supersede(now, attached);
        Touch(now, attached);
    }

    private ConnectionSetup SetupOf(ConnectionId id, Established origin) => new()
    {
        Id = id,
        IsInitiator = origin.Role is ConnectRole.Initiator,
        Route = origin.Route,
        Aead = origin.Settings.First,
        SendSecret = origin.Secrets.Send,
        ReceiveSecret = origin.Secrets.Receive,
        LocalCid = origin.LocalCid,
        PeerCid = origin.PeerCid,
        IsWide = origin.Settings.Wide,
        Cids = this,
        NonceI = origin.NonceI,
        NonceH = origin.NonceH,
        Watch = Watch is { } watch ? (before, after) => watch(id, before, after) : null,
        Window = origin.Settings.Window,
        TagSize = origin.Settings.TagSize,
        Congestion = _options.Congestion,
        Announcement = new(id, origin.Route, origin.PeerKey, origin.AcceptData),
        Rtt = origin.RoundTrip ?? ConnectionSetup.GuessedRtt,
    };

    private static CloseReason ReasonOf(ConnectFailure failure) => failure switch
    {
        ConnectFailure.PuzzleTooHard or ConnectFailure.PuzzleUnsolved => CloseReason.FailedPuzzle,
        ConnectFailure.Refused => CloseReason.Refused,
        _ => CloseReason.Timeout,
    };
}
