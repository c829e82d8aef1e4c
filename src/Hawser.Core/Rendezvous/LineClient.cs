using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>What a line is opened with.</summary>
internal sealed record LineSetup
{
    public required LineIdentity Identity { get; init; }

    /// <summary>Ours; its public half is the identity's member.</summary>
    public required DhKeyPair ChannelKey { get; init; }

    /// <summary>Null on a guest's line, which is for asking only.</summary>
    public SigningKey? SignOn { get; init; }

    /// <summary>The key that a hub certifies at our address; null: nobody's, and a hub that wants to know does nothing for us.</summary>
    public SigningKey? AddressKey { get; init; }

    /// <summary>What carries the line.</summary>
    public AddressTransport Transport { get; init; } = AddressTransport.Udp;

    /// <summary>Higher after every start of the node.</summary>
    public ulong Boot { get; init; }
}

/// <summary>
/// The node's end of a line to a hub: keeps it present there, asks to be introduced, and is asked.
/// Spec: rendezvous.md §5.
/// </summary>
internal sealed class LineClient : IMachine<LineEvent>
{
    public const int MaxOutstanding = Switchboard.MaxOutstandingPerLine;
    public const int MaxCalls = 32; // rendezvous.md §6
    public static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(25);
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly LineSetup _setup;
    private readonly IntroductionGuard _guard;
    private readonly IEntropy _entropy;
    private readonly Dictionary<ulong, (IntroductionAsk Ask, Instant Due)> _asks = [];
    private readonly Dictionary<ulong, Called> _calls = [];
    private readonly Queue<byte[]> _outbox = new();
    private readonly Queue<LineEvent> _events = new();
    private Instant _keepAliveDue;
    private ulong _number;
    private uint _sent, _echoed;
    private HostPort _observed;

    public LineClient(Moment now, LineSetup setup, IntroductionGuard guard, IEntropy entropy)
    {
        (_setup, _guard, _entropy) = (setup, guard, entropy);
        _keepAliveDue = now.Mono + KeepAliveInterval;
        if (setup.SignOn is null) return;
        State = LineState.Greeting;
        Say(setup.Identity.Sign(setup.SignOn, setup.Boot));
    }

    public LineState State { get; private set; } = LineState.Guest;

    /// <summary>Messages that were malformed, not authentic, replayed or out of place.</summary>
    public long Dropped { get; private set; }

    public Instant NextWakeup
    {
        get
        {
            if (State is LineState.Gone or LineState.Dismissed) return Instant.Never;
            var next = _keepAliveDue;
            foreach (var (_, due) in _asks.Values) next = Instant.Earlier(next, due);
            foreach (var call in _calls.Values) next = Instant.Earlier(next, call.Due);
            return next;
        }
    }

    /// <summary>Asks for an introduction; the number returns in Ready or Refused.</summary>
    public ulong Ask(Moment now, IntroductionWish wish)
    {
        var number = ++_number;
        if (_asks.Count >= MaxOutstanding || State is LineState.Dismissed or LineState.Gone)
        {
            _events.Enqueue(new LineEvent.Refused(number));
            return number;
        }

        var ask = new IntroductionAsk(now, _setup, wish, _entropy);
        if (ask.Blob.Length == 0)
        {
            _events.Enqueue(new LineEvent.Refused(number));
            return number;
        }

        _asks.Add(number, (ask, now.Mono + Lifetime));
        Say(new LineMessage.Request(number, wish.Target, wish.Relay, ask.Blob));
        return number;
    }

    /// <summary>Lets the peer of an <see cref="LineEvent.Asked"/> know where we are.</summary>
    public void Allow(Moment now, ulong number, HostPort[] candidates, bool relay)
    {
        if (!_calls.TryGetValue(number, out var called) || called.Introduction is not null) return;
        var secret = default(Bytes32);
        _entropy.Fill(secret);
        var nonceH = DrawNonce();
        var call = called.Call;
        Say(new LineMessage.Reply(number, relay, call.Answer(nonceH, secret, candidates, _entropy)));
        called.Introduction = new()
        {
            Role = IntroductionRole.Host,
            Peer = call.Peer,
            Candidates = call.Candidates,
            Secret = secret,
            NonceI = call.NonceI,
            NonceH = nonceH,
            Expires = now.Mono + Lifetime,
        };
    }

    /// <summary>Says nothing: the hub refuses in its own time, as it would if we were absent.</summary>
    public void Deny(Moment now, ulong number) => _calls.Remove(number);

    public void Tick(Moment now)
    {
        if (now.Mono < NextWakeup) return;
        foreach (var (number, (_, due)) in _asks.Where(a => a.Value.Due <= now.Mono).ToArray())
        {
            _asks.Remove(number);
            _events.Enqueue(new LineEvent.Refused(number));
        }

        foreach (var (number, called) in _calls.Where(c => c.Value.Due <= now.Mono).ToArray()) _calls.Remove(number);
        if (now.Mono >= _keepAliveDue) KeepAlive(now);
    }

    /// <summary>Takes one frame of the control stream.</summary>
    public void Receive(Moment now, ReadOnlySpan<byte> frame)
    {
        if (State is LineState.Gone || !LineMessage.TryRead(frame, out var message))
        {
            Dropped++;
            return;
        }

        switch (message)
        {
            case LineMessage.Observed observed:
                _observed = observed.Address;
                _events.Enqueue(new LineEvent.Observed(observed.Address));
                break;
            case LineMessage.AddressAsk ask when _setup.AddressKey is { } key && _observed.Port != 0:
                // To answer is to consent: a hub that only holds the line open learns nothing.
                var request = new AddressRequest(key.Public, new(_observed, _setup.Transport), AddressMethod.Direct, AddressCertificate.AudienceOf(ask.Prover));
                Say(new LineMessage.AddressReply(AddressAnswer.Sign(key, request, ask.Challenge, _setup.Identity.Genesis, ask.Prover)));
                break;
            case LineMessage.AddressGrant grant when grant.Certificate.Key == _setup.AddressKey?.Public && grant.Certificate.Address.At == _observed:
                _events.Enqueue(new LineEvent.Certified(grant.Certificate));
                break;
            case LineMessage.Welcome welcome when State is LineState.Greeting && welcome.Boot == _setup.Boot:
                State = LineState.Present;
                _events.Enqueue(new LineEvent.Present());
                break;
            case LineMessage.Displaced displaced when State is LineState.Greeting && displaced.Boot < _setup.Boot:
                _events.Enqueue(new LineEvent.Displaced());
                break;
            case LineMessage.Goodbye goodbye when State is LineState.Greeting or LineState.Present:
                State = LineState.Dismissed;
                _events.Enqueue(new LineEvent.Dismissed(goodbye.Verdict));
                break;
            case LineMessage.KeepAlive alive when alive.Number <= _sent: _echoed = Math.Max(_echoed, alive.Number); break;
            case LineMessage.Call call: Receive(now, call); break;
            case LineMessage.Answer answer: Receive(now, answer); break;
            case LineMessage.Delivered delivered: Receive(delivered); break;
            case LineMessage.Refusal refusal when _asks.Remove(refusal.Number):
                _events.Enqueue(new LineEvent.Refused(refusal.Number));
                break;
            default: Dropped++; break;
        }
    }

    public bool TryTransmit(Span<byte> buffer, out int length)
    {
        var found = _outbox.TryDequeue(out var message);
        message?.CopyTo(buffer);
        length = message?.Length ?? 0;
        return found;
    }

    public bool TryTake([NotNullWhen(true)] out LineEvent? happened) => _events.TryDequeue(out happened);

    private void Receive(Moment now, LineMessage.Call message)
    {
        if (State is not LineState.Present || _calls.Count >= MaxCalls || _calls.ContainsKey(message.Number)
            || !_guard.MayOpen(now)
            || !IntroductionCall.TryOpen(_setup, message.Blob, out var call)
            || !_guard.IsFresh(now, call.Sent, call.Digest))
        {
            Dropped++;
            return;
        }

        _calls.Add(message.Number, new(call, now.Mono + Lifetime));
        _events.Enqueue(new LineEvent.Asked(message.Number, call.Peer, call.ClaimedId, call.Ticket));
    }

    private void Receive(Moment now, LineMessage.Answer message)
    {
        if (!_asks.Remove(message.Number, out var asked) || !asked.Ask.TryOpen(message.Blob, out var answer))
        {
            Dropped++;
            if (asked.Ask is not null) _events.Enqueue(new LineEvent.Refused(message.Number));
            return;
        }

        _events.Enqueue(new LineEvent.Ready(message.Number, new()
        {
            Role = IntroductionRole.Initiator,
            Peer = asked.Ask.Target,
            Candidates = answer.Candidates,
            Secret = answer.Secret,
            NonceI = asked.Ask.NonceI,
            NonceH = answer.NonceH,
            Allocation = message.Allocation,
            Expires = now.Mono + Lifetime,
        }));
    }

    private void Receive(LineMessage.Delivered message)
    {
        if (!_calls.TryGetValue(message.Number, out var called) || called.Introduction is not { } introduction)
        {
            Dropped++;
            return;
        }

        _calls.Remove(message.Number);
        _events.Enqueue(new LineEvent.Ready(message.Number, introduction with { Allocation = message.Allocation }));
    }

    private void KeepAlive(Moment now)
    {
        if (_sent - _echoed >= 2)
        {
            State = LineState.Gone;
            _events.Enqueue(new LineEvent.Silent());
            return;
        }

        Say(new LineMessage.KeepAlive(++_sent));
        _keepAliveDue = now.Mono + KeepAliveInterval;
    }

    private ulong DrawNonce()
    {
        Span<byte> bytes = stackalloc byte[8];
        do _entropy.Fill(bytes); while (BinaryPrimitives.ReadUInt64BigEndian(bytes) == 0);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private void Say(LineMessage message) => _outbox.Enqueue(message.ToArray());

    private sealed class Called(IntroductionCall call, Instant due)
    {
        public IntroductionCall Call => call;

        public Instant Due => due;

        /// <summary>Once we have answered: usable when the hub has passed the answer on.</summary>
        public Introduction? Introduction { get; set; }
    }
}
