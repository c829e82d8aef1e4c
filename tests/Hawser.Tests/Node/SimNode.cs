using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Node;
using Hawser.Session.Tcp;
using Hawser.Tests.Sim;
using Hawser.Transport;

namespace Hawser.Tests.Node;

/// <summary>A node with a host who answers its questions at once: solves puzzles, lets in whom it is told to, echoes.</summary>
internal sealed class SimNode : IDatagramMachine
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    public SimNode(SimNetwork network, SimNat? nat, HostPort inside, SimRandom random, PlainId id = default)
    {
        Key = DhKeyPair.Generate(random);
        Machine = new(network.Now, random, new() { Key = Key, Id = id, Boot = 1, LocalAddresses = [inside] });
        network.Add(inside, nat, this);
    }

    public DhKeyPair Key { get; }

    public NodeMachine Machine { get; }

    /// <summary>Its sockets for TCP; null: there are none.</summary>
    public SimTcpSide? Tcp
    {
        get;
        set
        {
            field = value;
            field!.Channels = Machine.Tcp;
        }
    }

    /// <summary>Its network drops all datagrams.</summary>
    public bool HasNoUdp { get; set; }

    /// <summary>Whether callers get in.</summary>
    public bool Welcomes { get; set; } = true;

    public List<NodeEvent> Told { get; } = [];

    /// <summary>What came back on a stream that <see cref="Say"/> opened.</summary>
    public List<byte> Heard { get; } = [];

    public Instant NextWakeup => Tcp is { } tcp ? Instant.Earlier(Machine.NextWakeup, tcp.NextWakeup) : Machine.NextWakeup;

    public T? Last<T>()
        where T : NodeEvent => Told.OfType<T>().LastOrDefault();

    public void Tick(Moment now)
    {
        Machine.Tick(now);
        Answer(now);
    }

    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        if (HasNoUdp) return;
        Machine.Receive(now, from, datagram);
        Answer(now);
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        do
        {
            if (Machine.TryTransmit(now, buffer, out transmit)) continue;
            Answer(now);
            if (!Machine.TryTransmit(now, buffer, out transmit)) return false;
        }
        while (HasNoUdp);

        Answer(now);
        return true;
    }

    public void Say(Moment now, ConnectionId peer, ReadOnlySpan<byte> bytes)
    {
        var stream = Machine.Channels.OpenStream(now, peer);
        Machine.Channels.Write(now, peer, stream, bytes);
    }

    private void Answer(Moment now)
    {
        Tcp?.Work(now);
        while (Tcp is null && Machine.Tcp.TryTakeOrder(out var order))
            if (order.Kind is TcpOrderKind.Dial) Machine.Tcp.Closed(now, order.Line); // this network knows no TCP
        while (Machine.TryTake(out var happened))
        {
            Told.Add(happened);
            switch (happened)
            {
                case NodeEvent.SolveWanted solve when Puzzle.TrySolve(solve.Puzzle, 0, 1 << 20, out var x):
                    Machine.Endpoint.Solved(now, solve.Number, x);
                    break;
                case NodeEvent.CallerNamed named:
                    Machine.Channels.AnswerKey(now, named.Connection, Welcomes ? named.Name.Key : null);
                    break;
                case NodeEvent.CallerProved proved: Machine.Channels.Accept(now, proved.Connection, []); break;
                case NodeEvent.IntroductionAsked asked: Machine.AnswerIntroduction(now, asked.Number, Welcomes); break;
                case NodeEvent.Passed { Happened: EndpointEvent.StreamOpened opened }: Echo(now, opened.Connection, opened.Stream); break;
                case NodeEvent.Passed { Happened: EndpointEvent.StreamReadable readable }: Echo(now, readable.Connection, readable.Stream); break;
            }
        }

        Tcp?.Work(now);
    }

    // The side that was called sends back what it gets; the caller keeps it.
    private void Echo(Moment now, ConnectionId peer, uint stream)
    {
        var length = Machine.Channels.Read(now, peer, stream, _buffer, out _);
        if (Told.OfType<NodeEvent.PeerUp>().Any(up => up.Happened.Connection == peer))
            Machine.Channels.Write(now, peer, stream, _buffer.AsSpan(0, length));
        else
            Heard.AddRange(_buffer.AsSpan(0, length));
    }
}
