namespace Hawser.Proof;

/// <summary>What a survey works with.</summary>
internal sealed record NatSurveySetup
{
    /// <summary>The server; with a second address it can tell all there is to know.</summary>
    public required HostPort Server { get; init; }

    /// <summary>Another server, elsewhere, for when the first has no second address.</summary>
    public HostPort? Second { get; init; }

    /// <summary>The machine's own addresses; the ports are those of the sockets, in order.</summary>
    public required IReadOnlyList<UInt128> Own { get; init; }

    public required IReadOnlyList<ushort> Ports { get; init; }

    /// <summary>After how long an idle mapping is tried, ascending; each wants a socket of its own.</summary>
    public IReadOnlyList<TimeSpan> Lifetimes { get; init; } = [];

    /// <summary>Sockets that a survey needs.</summary>
    public static int SocketsFor(int lifetimes) => NatSurvey.PlainSockets + lifetimes;
}

/// <summary>
/// Finds out how the way to the outside maps and filters (RFC 5780), with several sockets towards one server.
/// Spec: stun.md §5.3.
/// </summary>
internal sealed class NatSurvey(Moment start, IEntropy entropy, NatSurveySetup setup)
{
    /// <summary>In the words of the page.</summary>
    public enum State { Mapping, Filtering, Comparing, Waiting, Done }

    public const int PlainSockets = 5; // stun.md §6: one is surveyed, four show the pattern of ports

    private readonly List<Test> _tests = [];
    private readonly Queue<(int Socket, HostPort To, byte[] Bytes)> _outbox = new();
    private readonly Instant[] _mappedAt = new Instant[NatSurveySetup.SocketsFor(setup.Lifetimes.Count)];
    private Test[] _plain = [];
    private Test? _otherBoth, _otherPort, _compareAddress, _comparePort, _secondServer;
    private Test?[] _lives = [];
    private StunId _hairpin;
    private bool _heardHairpin, _begun;

    public State Now { get; private set; } = State.Mapping;

    public NatReport? Report { get; private set; }

    public Instant NextWakeup
    {
        get
        {
            if (!_begun) return start.Mono;
            var next = Instant.Never;
            foreach (var test in _tests) next = Instant.Earlier(next, test.Query.NextWakeup);
            for (var i = 0; i < _lives.Length; i++)
                if (_lives[i] is null && MappedPort(PlainSockets + i) is not null) next = Instant.Earlier(next, DueOf(i));
            return Now is State.Done ? Instant.Never : next;
        }
    }

    public void Tick(Moment now)
    {
        if (!_begun) Begin(now.Mono);
        foreach (var test in _tests) test.Query.Tick(now.Mono);
        Advance(now.Mono);
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out int socket, out HostPort to, out int length)
    {
        foreach (var test in _tests)
        {
            if (!test.Query.TryTransmit(now.Mono, buffer, out length)) continue;
            (socket, to) = (test.Socket, test.Query.To);
            return true;
        }

        if (_outbox.TryDequeue(out var next))
        {
            next.Bytes.CopyTo(buffer);
            (socket, to, length) = (next.Socket, next.To, next.Bytes.Length);
            return true;
        }

        (socket, to, length) = (0, default, 0);
        return false;
    }

    public void Receive(Moment now, int socket, in HostPort from, ReadOnlySpan<byte> datagram)
    {
        if (!StunMessage.TryRead(datagram, out var message)) return;
        if (message.Kind is StunKind.Request) _heardHairpin |= socket == 0 && message.Id == _hairpin && _hairpin != default;
        foreach (var test in _tests)
        {
            if (test.Listens != socket || !test.Query.TryTake(from, message)) continue;
            if (test.Query.Ask == default) _mappedAt[socket] = now.Mono;
            break;
        }

        Advance(now.Mono);
    }

    private void Begin(Instant now)
    {
        _begun = true;
        _plain = [.. Enumerable.Range(0, _mappedAt.Length).Select(socket => Add(now, socket, setup.Server, default))];
        if (setup.Second is { } second) _secondServer = Add(now, 0, second, default);
    }

    // Filtering comes before the mappings are compared: what is sent to the server's other places opens the way for them.
    private void Advance(Instant now)
    {
        while (Now is not State.Done && Step(now)) { }
    }

    private bool Step(Instant now)
    {
        switch (Now)
        {
            case State.Mapping when _plain.Take(PlainSockets).All(test => test.IsOver):
                if (_plain[0].Mapped is not { } mapped) return Finish();
                Now = State.Filtering;
                _otherBoth = Add(now, 0, setup.Server, new(StunChange.Address | StunChange.Port));
                _otherPort = Add(now, 0, setup.Server, new(StunChange.Port));
                _hairpin = StunId.Draw(entropy);
                var request = StunQuery.Make(_hairpin, default);
                for (var i = 0; i < 2; i++) _outbox.Enqueue((1, mapped, request)); // a lost one is no answer
                return true;
            case State.Filtering when _otherBoth!.IsOver && _otherPort!.IsOver:
                Now = State.Comparing;
                if (_plain[0].Query.Answer.Other is { } other)
                {
                    _compareAddress = Add(now, 0, other with { Port = setup.Server.Port }, default);
                    _comparePort = Add(now, 0, other, default);
                }

                return true;
            case State.Comparing when (_compareAddress?.IsOver ?? true) && (_comparePort?.IsOver ?? true) && (_secondServer?.IsOver ?? true):
                Now = State.Waiting;
                _lives = new Test?[setup.Lifetimes.Count];
                return true;
            case State.Waiting:
                for (var i = 0; i < _lives.Length; i++)
                {
                    if (_lives[i] is null && MappedPort(PlainSockets + i) is { } port && DueOf(i) <= now)
                        _lives[i] = Add(now, 1, setup.Server, new(ResponsePort: port), PlainSockets + i);
                }

                for (var i = 0; i < _lives.Length; i++)
                    if (MappedPort(PlainSockets + i) is not null && _lives[i] is not { IsOver: true }) return false;
                return Finish();
            case State.Mapping or State.Filtering or State.Comparing or State.Done:
                return false;
            default:
                throw new InvalidOperationException($"{Now}");
        }
    }

    private bool Finish()
    {
        Now = State.Done;
        Report = new(_plain[0].Mapped, MappingOf(), FilteringOf(), PortsOf(), HairpinOf(), Lives()?.AtLeast, Lives()?.Before);
        return true;
    }

    private NatMapping MappingOf()
    {
        if (_plain[0].Mapped is not { } first) return NatMapping.Unknown;
        if (first.Port == setup.Ports[0] && setup.Own.Contains(first.Address)) return NatMapping.NoNat;
        if (_compareAddress?.Mapped is { } second)
        {
            if (second == first) return NatMapping.EndpointIndependent;
            if (_comparePort?.Mapped is not { } third) return NatMapping.Unknown;
            return third == second ? NatMapping.AddressDependent : NatMapping.AddressAndPortDependent;
        }

        // Another server shows whether the mapping is the same elsewhere, and not why if it is not.
        if (_secondServer?.Mapped is not { } elsewhere) return NatMapping.Unknown;
        return elsewhere == first ? NatMapping.EndpointIndependent : NatMapping.AddressAndPortDependent;
    }

    private NatFiltering FilteringOf()
    {
        if (_otherBoth is null || _otherPort is null) return NatFiltering.Unknown;
        if (_otherBoth.Mapped is not null) return NatFiltering.EndpointIndependent;
        var canBoth = _plain[0].Query.Answer.Other is not null && _otherBoth.Query.Now is StunQuery.State.TimedOut;
        if (_otherPort.Mapped is not null) return canBoth ? NatFiltering.AddressDependent : NatFiltering.Unknown;
        return canBoth && _otherPort.Query.Now is StunQuery.State.TimedOut ? NatFiltering.AddressAndPortDependent : NatFiltering.Unknown;
    }

    private NatPorts PortsOf()
    {
        var seen = new List<(ushort Inside, ushort Outside)>();
        for (var i = 0; i < PlainSockets; i++)
            if (_plain[i].Mapped is { } mapped) seen.Add((setup.Ports[i], mapped.Port));
        if (seen.Count < PlainSockets) return NatPorts.Unknown;
        if (seen.TrueForAll(pair => pair.Inside == pair.Outside)) return NatPorts.Preserved;
        var outside = seen.Select(pair => (int)pair.Outside).Order().ToArray();
        return outside[^1] - outside[0] < 4 * PlainSockets ? NatPorts.Sequential : NatPorts.Random;
    }

    private bool? HairpinOf() => _hairpin == default ? null : _heardHairpin;

    private (TimeSpan? AtLeast, TimeSpan? Before)? Lives()
    {
        TimeSpan? atLeast = null, before = null;
        for (var i = 0; i < _lives.Length; i++)
        {
            switch (_lives[i]?.Query.Now)
            {
                case StunQuery.State.Answered: atLeast = setup.Lifetimes[i]; break;
                case StunQuery.State.TimedOut: before ??= setup.Lifetimes[i]; break;
                case StunQuery.State.Refused or StunQuery.State.Asking or null: break;
                default: throw new InvalidOperationException();
            }
        }

        return (atLeast, before < atLeast ? null : before);
    }

    private Instant DueOf(int life) => _mappedAt[PlainSockets + life] + setup.Lifetimes[life];

    private ushort? MappedPort(int socket) => _plain[socket].Mapped is { } mapped && mapped.Address == _plain[0].Mapped?.Address ? mapped.Port : null;

    private Test Add(Instant now, int socket, HostPort to, StunAsk ask, int? listens = null)
    {
        var test = new Test(socket, listens ?? socket, new(now, entropy, to, ask, StunPatience.Short));
        _tests.Add(test);
        return test;
    }

    private sealed record Test(int Socket, int Listens, StunQuery Query)
    {
        public bool IsOver => Query.Now is not StunQuery.State.Asking;

        public HostPort? Mapped => Query.Now is StunQuery.State.Answered ? Query.Answer.Mapped : null;
    }
}
