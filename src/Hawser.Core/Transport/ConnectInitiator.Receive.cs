using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>What an initiator does with packets 1, 2 and 4. Spec: connect.md §5.</summary>
internal sealed partial class ConnectInitiator
{
    /// <summary>A packet 1, and the packet 3 that answers it.</summary>
    private sealed class Challenge(ChallengeResponse response, InitiatorExchange exchange, byte[] packet)
    {
        public ChallengeResponse Response => response;

        public InitiatorExchange Exchange => exchange;

        public byte[] Packet => packet;

        public Puzzle Puzzle { get; } = new(
            response.Ic, response.NonceI, response.NonceH, ConnectCall.BindingOf(packet), response.Difficulty);

        /// <summary>0 until somebody was asked to solve it.</summary>
        public long Number { get; set; }

        public bool IsSolved { get; private set; }

        public void Solve(uint x)
        {
            ConnectCall.SetX(packet, x);
            IsSolved = true;
        }
    }

    private bool TryTakeChallenge(Moment now, ReadOnlySpan<byte> datagram)
    {
        if (!ChallengeResponse.TryRead(datagram, out var response) || response.NonceI != NonceI) return false;
        if (response.HostKey is { } key && key != _request.HostKey) return false; // before any work is done for it
        if (_challenges.Exists(c => IsSame(c.Response, response))) return true;
        if (response.Difficulty > Math.Min(_options.MaxDifficulty, Puzzle.MaxDifficulty))
        {
            _tooHard = true;
            return false;
        }

        if (_challenges.Count == MaxChallenges || Answer(response) is not { } challenge) return false;
        _challenges.Add(challenge);
        if (_tries == 1 && _challenges.Count == 1) _roundTrip = now.Mono - _askedAt;
        if (State is ConnectState.RequestingConnection) return true; // a spare
        if (State is ConnectState.RequestingChallenge)
            (State, _timer) = (ConnectState.Solving, now.Mono + SolveTimeout);
        Want(now, challenge);
        return true;
    }

    private bool TryTakeReject(ReadOnlySpan<byte> datagram)
    {
        if (!ConnectReject.TryRead(datagram, out var reject) || reject.NonceI != NonceI) return false;
        var nonceH = reject.NonceH;
        if (!_challenges.Exists(c => c.IsSolved && c.Response.NonceH == nonceH)) return false;
        if (reject.Reason == ConnectReject.Again)
        {
            _toldAgain = true; // heeded when the timer has run, if nothing better came
            return true;
        }

        foreach (var challenge in _challenges)
        {
            if (!challenge.Exchange.TryReadAnswer(reject.Message, out var payload, out _) || payload is not []) continue;
            Fail(ConnectFailure.Refused);
            return true;
        }

        return false;
    }

    private bool TryTakeAccept(ReadOnlySpan<byte> datagram)
    {
        if (!ConnectAccept.TryRead(datagram, out var accept) || accept.NonceI != NonceI) return false;
        foreach (var challenge in _challenges)
        {
            if (!challenge.IsSolved || challenge.Response.NonceH != accept.NonceH) continue;
            if (!challenge.Exchange.TryReadAnswer(accept.Message, out var bytes, out var secrets)) continue;
            if (!AcceptPayload.TryRead(bytes, out var payload) || !payload.Chosen.IsChoiceFrom(_options.Settings))
                return false; // proved to come from the host, which breaks the rules
            State = ConnectState.Open;
            _events.Enqueue(new ConnectEvent.Completed(0, new()
            {
                Role = ConnectRole.Initiator,
                Route = _request.Route,
                Secrets = secrets!,
                LocalCid = _cid,
                PeerCid = payload.CidH,
                Settings = payload.Chosen,
                PeerKey = _request.HostKey,
                Letter = _request.Letter,
                AcceptData = payload.Data.ToArray(),
                NonceI = NonceI,
                NonceH = accept.NonceH,
                RoundTrip = _roundTrip,
            }));
            return true;
        }

        return false;
    }

    private Challenge? Answer(ChallengeResponse response)
    {
        Span<byte> bytes = stackalloc byte[Settings.Size + 1 + Cid.MaxLength];
        var writer = new SpanWriter(bytes);
        _options.Settings.Write(ref writer);
        _cid.Write(ref writer);
        var (settings, cidI) = (bytes[..Settings.Size].ToArray(), bytes[Settings.Size..writer.Written].ToArray());
        var prologue = new DatagramPrologue
        {
            Version = ChallengeRequest.Version,
            Genesis = _request.DialledId.IsNone ? default : _options.Genesis,
            Letter = _request.Letter,
            DialledId = _request.DialledId,
            NonceI = response.NonceI,
            NonceH = response.NonceH,
            Ic = response.Ic,
            Difficulty = response.Difficulty,
            HostHash = ConnectEpoch.HashOf(_request.HostKey, response.ResponseData),
            Settings = settings,
            CidI = cidI,
            IntroducedHash = Introductions.Entry.HashOf(_request.IntroducedSecret),
        }.ToArray();
        var keys = _keys;
        _keys = null; // they serve once
        var exchange = _request.Letter switch
        {
            HandshakeLetter.I => InitiatorExchange.WithTicket(
                _entropy, _options.Key, _request.HostKey, prologue, _request.ConnectData, keys),
            HandshakeLetter.N => InitiatorExchange.ByName(
                _entropy, _options.Key, _request.HostKey, _request.Name, prologue, _request.ConnectData, keys),
        };
        if (exchange is null) return null;
        Span<byte> masked = stackalloc byte[PlainId.Size];
        _request.DialledId.CopyTo(masked);
        ConnectCall.Mask(_macKey, response.NonceI, response.NonceH, masked);
        return new(response, exchange, ConnectCall.Write(
            response, _request.Letter, masked, cidI, settings, exchange.First, exchange.Second));
    }

    private static bool IsSame(ChallengeResponse a, ChallengeResponse b) =>
        (a.Ic, a.NonceH, a.Difficulty, a.Cookie) == (b.Ic, b.NonceH, b.Difficulty, b.Cookie)
        && a.ResponseData.AsSpan().SequenceEqual(b.ResponseData);
}
