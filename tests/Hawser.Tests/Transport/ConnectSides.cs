using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;

namespace Hawser.Tests.Transport;

/// <summary>An initiator whose puzzles are solved at once, and which remembers how it ended.</summary>
internal sealed class CallingSide(ConnectInitiator inner) : IDatagramMachine
{
    public ConnectInitiator Inner => inner;

    public Established? Value { get; private set; }

    public ConnectFailure? Failure { get; private set; }

    public int Puzzles { get; private set; }

    /// <summary>Off: the puzzles stay, to be solved by hand.</summary>
    public bool Solves { get; init; } = true;

    public List<ConnectEvent.SolveWanted> Wanted { get; } = [];

    public Instant NextWakeup => inner.NextWakeup;

    public void Tick(Moment now) { inner.Tick(now); Drain(now); }

    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        inner.Receive(now, from, datagram);
        Drain(now);
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit) =>
        inner.TryTransmit(now, buffer, out transmit);

    public void Solve(Moment now, ConnectEvent.SolveWanted wanted)
    {
        if (!Puzzle.TrySolve(wanted.Puzzle, 0, 1 << 20, out var x)) throw new InvalidOperationException("unsolved");
        inner.Solved(now, wanted.Number, x);
    }

    private void Drain(Moment now)
    {
        while (inner.TryTake(out var happened))
        {
            if (happened is ConnectEvent.SolveWanted wanted)
            {
                Puzzles++;
                Wanted.Add(wanted);
                if (Solves) Solve(now, wanted);
            }
            else if (happened is ConnectEvent.Completed done)
            {
                Value = Value is null ? done.Value : throw new InvalidOperationException("twice");
            }
            else if (happened is ConnectEvent.Failed failed)
            {
                Failure = failed.Reason;
            }
        }
    }
}

/// <summary>A host that knows some names, lets in whoever proves one, and remembers all that happened.</summary>
internal sealed class AnsweringSide(ConnectHost inner) : IDatagramMachine
{
    public ConnectHost Inner => inner;

    public Dictionary<PeerName, DhPublicKey> Known { get; } = [];

    public List<Established> Values { get; } = [];

    public List<ConnectEvent.Requested> Requests { get; } = [];

    public bool Refuses { get; init; }

    public byte[] AcceptData { get; init; } = [1, 2, 3];

    public Instant NextWakeup => inner.NextWakeup;

    public void Tick(Moment now) { inner.Tick(now); Drain(now); }

    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        inner.Receive(now, from, datagram);
        Drain(now);
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit) =>
        inner.TryTransmit(now, buffer, out transmit);

    private void Drain(Moment now)
    {
        while (inner.TryTake(out var happened))
        {
            if (happened is ConnectEvent.KeyWanted asked)
                inner.AnswerKey(now, asked.Number, Known.TryGetValue(asked.Name, out var key) ? key : null);
            else if (happened is ConnectEvent.Requested requested)
                Answer(now, requested);
            else if (happened is ConnectEvent.Completed done)
                Values.Add(done.Value);
        }
    }

    private void Answer(Moment now, ConnectEvent.Requested requested)
    {
        Requests.Add(requested);
        if (Refuses) inner.Refuse(now, requested.Number);
        else inner.Accept(now, requested.Number, AcceptData);
    }
}

/// <summary>Both, with nothing between them but the test's hand.</summary>
internal sealed class ConnectSides
{
    public static readonly HostPort HostAddress = HostPort.Read([192, 0, 2, 1], 1);
    public static readonly HostPort CallerAddress = HostPort.Read([198, 51, 100, 7], 2);
    public static readonly PlainId HostId = Id("0a9jj39f7a");
    public static readonly PlainId CallerId = Id("0b600zz001");

    public readonly DhKeyPair HostKey = new(Sha256.Hash("host"u8));
    public readonly DhKeyPair CallerKey = new(Sha256.Hash("caller"u8));

    public ConnectSides(
        ulong seed = 1, HandshakeLetter letter = HandshakeLetter.N, Func<ConnectRequest, ConnectRequest>? change = null,
        bool refuses = false, bool solves = true, Func<ConnectOptions, ConnectOptions>? hostOptions = null,
        byte[]? acceptData = null)
    {
        HostEntropy = new(new SimRandom(seed));
        CallerEntropy = new(new SimRandom(~seed));
        var options = new ConnectOptions { Key = HostKey, Genesis = Sha256.Hash("genesis"u8) };
        Host = new(new(Now, HostEntropy, hostOptions?.Invoke(options) ?? options) { Ids = [HostId] })
        {
            Refuses = refuses,
            AcceptData = acceptData ?? [1, 2, 3],
        };
        Host.Known[new(CallerId)] = CallerKey.Public;
        Host.Known[new(CallerKey.Public)] = CallerKey.Public;
        var request = new ConnectRequest
        {
            Route = Route.Udp(HostAddress),
            HostKey = HostKey.Public,
            Letter = letter,
            Name = new(CallerId),
            DialledId = letter is HandshakeLetter.N ? HostId : default,
            ConnectData = letter is HandshakeLetter.I ? "ticket"u8.ToArray() : [],
        };
        Request = change?.Invoke(request) ?? request;
        Caller = NewCaller(CallerEntropy, solves);
    }

    public Moment Now { get; private set; } = new(new(0), DateTimeOffset.UnixEpoch);

    public RecordedEntropy HostEntropy { get; }

    public RecordedEntropy CallerEntropy { get; }

    public ConnectRequest Request { get; }

    public CallingSide Caller { get; }

    public AnsweringSide Host { get; }

    public CallingSide NewCaller(IEntropy entropy, bool solves = true) => new(new(
        Now, entropy, new() { Key = CallerKey, Genesis = Sha256.Hash("genesis"u8) }, Request)) { Solves = solves };

    /// <summary>What the caller wants sent now.</summary>
    public List<byte[]> FromCaller() => Sent(Caller);

    /// <summary>What the host wants sent now.</summary>
    public List<byte[]> FromHost() => Sent(Host);

    public void ToHost(byte[] datagram) => Host.Receive(Now, Route.Udp(CallerAddress), datagram.ToArray());

    public void ToHost(byte[] datagram, HostPort from) => Host.Receive(Now, Route.Udp(from), datagram.ToArray());

    public void ToCaller(byte[] datagram) => Caller.Receive(Now, Route.Udp(HostAddress), datagram.ToArray());

    public void Wait(TimeSpan time)
    {
        Now = new(Now.Mono + time, Now.Utc + time);
        Caller.Tick(Now);
        Host.Tick(Now);
    }

    /// <summary>Packets 0 and 1; gives packet 3 once it is solved.</summary>
    public byte[] Packet3()
    {
        ToHost(FromCaller().Single());
        ToCaller(FromHost().Single());
        return FromCaller().Single();
    }

    public static PlainId Id(string text) => PlainId.TryParse(text, out var id) ? id : throw new FormatException(text);

    private List<byte[]> Sent(IDatagramMachine machine)
    {
        var (sent, buffer) = (new List<byte[]>(), new byte[2_000]);
        while (machine.TryTransmit(Now, buffer, out var transmit)) sent.Add(buffer[..transmit.Length]);
        return sent;
    }
}
