using Hawser.Handshake;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>What a host does with packets 0 and 3, cheapest check first. Spec: connect.md §5.</summary>
internal sealed partial class ConnectHost
{
    private void Challenge(Moment now, in Route from, in ChallengeRequest request, ReadOnlySpan<byte> datagram)
    {
        if (request.KnowsKey ? !ChallengeRequest.HasMac(datagram, _macKey) : !_options.OpenToStrangers)
        {
            Drop(ConnectDrop.Stranger);
            return;
        }

        if (request.NonceH != 0 && _introductions.Find(now.Mono, request.NonceI)?.NonceH != request.NonceH)
        {
            Drop(ConnectDrop.NotIntroduced);
            return;
        }

        if (!_answers.TryCount(now.Mono, RateSketch.NetworkOf(from.Remote)))
        {
            Drop(ConnectDrop.RateLimited);
            return;
        }

        var epoch = _epochs[0];
        var (ic, cookie) = epoch.Challenge(from, request.NonceI);
        var response = new ChallengeResponse(
            request.NonceI, ic, epoch.NonceH, epoch.Difficulty, cookie,
            request.KnowsKey ? null : _options.Key.Public, epoch.ResponseData);
        Send(new(from, response));
    }

    private void Consider(Moment now, in Route from, in ConnectCall call)
    {
        if (Refusal(now, from, call, out var epoch, out var request) is { } reason)
        {
            Drop(reason);
            return;
        }

        var masked = (stackalloc byte[PlainId.Size]);
        call.MaskedId.CopyTo(masked);
        ConnectCall.Mask(_macKey, call.NonceI, call.NonceH, masked);
        var isNamed = PlainId.TryRead(masked, out var dialled);
        if (isNamed ? !Ids.Contains(dialled) : masked.ContainsAnyExcept((byte)0))
        {
            Drop(ConnectDrop.NotOurId);
            return;
        }

        var offered = new SpanReader(call.Settings);
        Settings.TryTake(ref offered, out var settings);
        if (Settings.Choose(settings, _options.Settings) is not { } chosen)
        {
            Drop(ConnectDrop.NoCommonCipher);
            return;
        }

        var prologue = PrologueOf(now, call, dialled, epoch);
        var exchange = call.Letter switch
        {
            HandshakeLetter.I => HostExchange.OpenI(_options.Key, prologue, call.First),
            HandshakeLetter.N => HostExchange.OpenN(_options.Key, prologue, call.First, call.Second),
        };
        if (exchange is null)
        {
            Drop(ConnectDrop.NotOpened);
            return;
        }

        var cid = new SpanReader(call.CidI);
        Cid.TryTake(ref cid, out var cidI);
        var attempt = new Attempt(++_lastNumber, request, from, epoch, call.NonceI, call.Letter, cidI, chosen, exchange);
        if (call.Letter is HandshakeLetter.I && !epoch.TryBurn(call.NonceI))
        {
            Drop(ConnectDrop.Replayed);
            return;
        }

        _attempts.Add(attempt.Number, attempt);
        _byRequest.Add(request, attempt.Number);
        if (call.Letter is HandshakeLetter.I)
        {
            Request(now, attempt);
            return;
        }

        Extend(attempt, now.Mono + KeyTimeout);
        var name = exchange.Name!.Value;
        if (_options.KeyOf is { } keyOf) AnswerKey(now, attempt.Number, keyOf(name));
        else _events.Enqueue(new ConnectEvent.KeyWanted(attempt.Number, name));
    }

    // The checks that need no DH. A request that passes them has used its one turn.
    private ConnectDrop? Refusal(
        Moment now, in Route from, in ConnectCall call, out ConnectEpoch epoch, out Token16 request)
    {
        request = default;
        var nonceH = call.NonceH;
        var age = _epochs.FindIndex(e => e.NonceH == nonceH);
        epoch = _epochs[Math.Max(age, 0)];
        if (age < 0) return ConnectDrop.UnknownEpoch;
        if (epoch.Challenge(from, call.NonceI) != (call.Ic, call.Cookie)) return ConnectDrop.BadCookie;
        if (age > 1) // it was ours, and too slow: 21 bytes spare it the wait
        {
            if (_answers.TryCount(now.Mono, RateSketch.NetworkOf(from.Remote)))
                Send(new(from, default, new ConnectReject(call.NonceI, call.NonceH, ConnectReject.Again, []).ToArray()));
            return ConnectDrop.UnknownEpoch;
        }

        if (call.Difficulty != epoch.Difficulty) return ConnectDrop.WrongDifficulty;
        var puzzle = call.Puzzle;
        var digest = puzzle.Digest(call.X);
        request = Token16.Read(digest[^Token16.Size..]);
        if (_byRequest.TryGetValue(request, out var number))
        {
            Resend(now, _attempts[number]);
            return ConnectDrop.Duplicate;
        }

        if (epoch.HasSeen(request) || epoch.IsBurned(call.NonceI)) return ConnectDrop.Replayed;
        if (Puzzle.LeadingZeros(digest) < puzzle.Difficulty) return ConnectDrop.PuzzleUnsolved;
        epoch.Load++;
        if (!_hosts.TryCount(now.Mono, RateSketch.HostOf(from.Remote))
            || !_networks.TryCount(now.Mono, RateSketch.NetworkOf(from.Remote))) return ConnectDrop.RateLimited;
        if (_attempts.Count >= MaxAttempts || !epoch.HasRoom) return ConnectDrop.NoRoom;
        epoch.See(request);
        return null;
    }

    private byte[] PrologueOf(Moment now, in ConnectCall call, in PlainId dialled, ConnectEpoch epoch) =>
        new DatagramPrologue
        {
            Version = ChallengeRequest.Version,
            Genesis = dialled.IsNone ? default : _options.Genesis,
            Letter = call.Letter,
            DialledId = dialled,
            NonceI = call.NonceI,
            NonceH = call.NonceH,
            Ic = call.Ic,
            Difficulty = call.Difficulty,
            HostHash = epoch.HostHash,
            Settings = call.Settings,
            CidI = call.CidI,
            IntroducedHash = _introductions.Find(now.Mono, call.NonceI)?.Hash ?? default,
        }.ToArray();
}
