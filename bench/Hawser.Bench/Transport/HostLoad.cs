using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net;
using Hawser.Transport;

namespace Hawser.Bench.Transport;

/// <summary>What a host's core does with handshakes, without a socket: initiators at as many made-up addresses.</summary>
internal sealed class HostLoad
{
    private const int Group = 2_000;
    private const int Turn = 100; // handshakes
    private static readonly Route At = Route.Udp(HostPort.Read([192, 0, 2, 1], 1));

    private readonly DhKeyPair _key = DhKeyPair.Generate(SystemEntropy.Shared);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Endpoint _host;

    public HostLoad() => _host = new(new(new Instant(1_000_000), DateTimeOffset.UnixEpoch), SystemEntropy.Shared, new() { Key = _key, IdleDifficulty = 0 });

    public Endpoint Host => _host;

    // Time stands still, or a slow machine would let the cookies get old; Elapse moves it.
    private Moment Now { get; set; } = new(new Instant(1_000_000), DateTimeOffset.UnixEpoch);

    /// <summary>Connection requests that are ready to be sent, each with who sends it.</summary>
    public List<(Endpoint Initiator, Route From, byte[] Packet)> Prepare(int count, HandshakeLetter letter, int from)
    {
        var ready = new List<(Endpoint, Route, byte[])>();
        for (var i = from; i < from + count; i++)
        {
            var key = DhKeyPair.Generate(SystemEntropy.Shared);
            var initiator = new Endpoint(Now, SystemEntropy.Shared, new() { Key = key });
            initiator.Connect(Now, new() { Route = At, HostKey = _key.Public, Letter = letter, Name = letter is HandshakeLetter.N ? new(key.Public) : default });
            var route = Route.Udp(Address(i));
            Pass(initiator, _host, route);
            Pass(_host, initiator, At);
            while (initiator.TryTake(out var happened))
            {
                if (happened is not EndpointEvent.SolveWanted wanted) continue;
                Puzzle.TrySolve(wanted.Puzzle, 0, 1 << 20, out var x);
                initiator.Solved(Now, wanted.Number, x);
            }

            if (!initiator.TryTransmit(Now, _buffer, out var transmit)) throw new BenchException("an initiator has nothing to send");
            ready.Add((initiator, route, _buffer.AsSpan(0, transmit.Length).ToArray()));
        }

        return ready;
    }

    /// <summary>The host's part of one handshake; the answer stays in the buffer.</summary>
    public int Answer(Route from, byte[] request)
    {
        _host.Receive(Now, from, request);
        while (_host.TryTake(out var happened))
        {
            switch (happened)
            {
                case EndpointEvent.KeyWanted wanted: _host.AnswerKey(Now, wanted.Connection, wanted.Name.Key); break;
                case EndpointEvent.Requested asked: _host.Accept(Now, asked.Connection, default); break;
            }
        }

        return _host.TryTransmit(Now, _buffer, out var transmit) ? transmit.Length : throw new BenchException("the host did not answer");
    }

    /// <summary>Gives the answer to the initiator, and what that says to the host: then both are open.</summary>
    public void Finish(Endpoint initiator, Route from, int answer)
    {
        initiator.Receive(Now, At, _buffer.AsSpan(0, answer));
        Pass(initiator, _host, from);
        Pass(_host, initiator, At);
        while (_host.TryTake(out _)) { }
    }

    /// <summary>
    /// Handshakes in a second of one core, and what its key agreements alone allow: four (by key: five) and a new key for each.
    /// Both in turns, since a machine that others use is now fast and now slow.
    /// </summary>
    public static (double Handshakes, double Agreements) Handshakes(HandshakeLetter letter, int count)
    {
        var load = new HostLoad();
        foreach (var (_, from, packet) in load.Prepare(count, letter, 0)) load.Answer(from, packet); // warms it up
        load = new();
        var ready = load.Prepare(count, letter, 0).ConvertAll(r => (r.From, r.Packet));
        GC.Collect(); // what initiators are is no work of the host's
        var (own, other) = (DhKeyPair.Generate(SystemEntropy.Shared), DhKeyPair.Generate(SystemEntropy.Shared));
        var (handshakes, agreements) = (TimeSpan.Zero, TimeSpan.Zero);
        var each = letter is HandshakeLetter.I ? 4 : 5;
        foreach (var turn in ready.Chunk(Turn))
        {
            handshakes += Cpu(() =>
            {
                foreach (var (from, packet) in turn) load.Answer(from, packet);
            });
            agreements += Cpu(() =>
            {
                for (var i = 0; i < turn.Length; i++)
                {
                    DhKeyPair.Generate(SystemEntropy.Shared);
                    for (var j = 0; j < each; j++) own.TryAgree(other.Public, out _);
                }
            });
        }

        return (count / handshakes.TotalSeconds, count / agreements.TotalSeconds);
    }

    private static TimeSpan Cpu(Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        work();
        return Environment.CpuUsage.TotalTime - before;
    }

    /// <summary>Challenge requests answered in a second of one core, each of another address.</summary>
    public static double Challenges(int count)
    {
        var load = new HostLoad();
        var request = ChallengeRequest.Sealed(1, 0, ChallengeRequest.MacKey(load._key.Public));
        load.Ask(request, 0, 20_000);
        return count / Cpu(() => load.Ask(request, 20_000, count)).TotalSeconds;
    }

    /// <summary>
    /// Bytes of the process that each of so many idle connections at a host takes, minutes after the handshake: both
    /// sides have pinged each other many times, and what a handshake leaves behind has gone.
    /// </summary>
    public static double IdleBytes(int count)
    {
        var first = new HostLoad();
        Rest(Establish(first, count)); // what is there once: compiled code, and what the collector keeps at hand
        var load = new HostLoad();
        var before = Resident();
        Rest(Establish(load, count));
        var after = Resident();
        GC.KeepAlive(load);
        GC.KeepAlive(first);
        return (after - before) / (double)count;

        static void Rest((HostLoad Load, Dictionary<Route, Endpoint> Initiators) all)
        {
            for (var i = 0; i < 180; i++) all.Load.Elapse(all.Initiators, TimeSpan.FromSeconds(1));
            for (var i = 0; i < 10; i++) all.Load.Elapse(all.Initiators, TimeSpan.FromMilliseconds(50));
            all.Initiators.Clear(); // theirs is not counted
        }
    }

    private static (HostLoad Load, Dictionary<Route, Endpoint> Initiators) Establish(HostLoad load, int count)
    {
        var initiators = new Dictionary<Route, Endpoint>();
        for (var at = 0; at < count; at += Group)
        {
            foreach (var (initiator, route, packet) in load.Prepare(Math.Min(Group, count - at), HandshakeLetter.N, at))
            {
                load.Finish(initiator, route, load.Answer(route, packet));
                initiators.Add(route, initiator);
            }

            load.Elapse(initiators, TimeSpan.FromSeconds(1.1));
        }

        return (load, initiators);
    }

    // All that is due in this time.
    private void Elapse(Dictionary<Route, Endpoint> initiators, TimeSpan time)
    {
        Now = new(Now.Mono + time, Now.Utc);
        for (var round = 0; round < 4; round++)
        {
            _host.Tick(Now);
            while (_host.TryTransmit(Now, _buffer, out var transmit))
            {
                if (initiators.TryGetValue(transmit.To, out var initiator)) initiator.Receive(Now, At, _buffer.AsSpan(0, transmit.Length));
            }

            foreach (var (route, initiator) in initiators)
            {
                initiator.Tick(Now);
                Pass(initiator, _host, route);
            }

            Now = new(Now.Mono + TimeSpan.FromMilliseconds(2), Now.Utc); // acknowledgements wait for one
        }

        while (_host.TryTake(out _)) { }
    }

    private static long Resident()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, true, true);
            GC.WaitForPendingFinalizers();
        }

        Memory.Trim();
        return Memory.Used();
    }

    private void Ask(byte[] request, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            _host.Receive(Now, Route.Udp(Address(i)), request);
            _host.TryTransmit(Now, _buffer, out _);
        }
    }

    private void Pass(Endpoint from, Endpoint to, Route route)
    {
        while (from.TryTransmit(Now, _buffer, out var transmit))
        {
            foreach (var range in new Segments(transmit.Length, transmit.Segment)) to.Receive(Now, route, _buffer.AsSpan(range));
        }
    }

    // One in each /24, so that no budget of an address is spent.
    private static HostPort Address(int number) => HostPort.Read([(byte)(10 + (number >> 16)), (byte)((number >> 8) & 0xFF), (byte)(number & 0xFF), 1], 4_000);
}
