using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Hawser.Crypto;
using Hawser.Net.Peers;
using Hawser.Net.Pump;
using Hawser.Net.Services;
using Hawser.Net.Sockets;
using Hawser.Net.Tcp;
using Hawser.Node;
using Hawser.Transport;
using Hawser.Wire;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hosting;

/// <summary>The running machine of a node: pumps it, answers its questions, and serves the peers that come.</summary>
internal sealed partial class NodeRuntime : IAsyncDisposable
{
    private const int SolveSlice = 1 << 14; // tries between two looks at whether anybody still wants it

    private readonly MachinePump<NodeMachine, NodeEvent> _pump;
    private readonly TcpPump _tcp;
    private readonly ServiceHost _services;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _work = new();
    private readonly ConcurrentDictionary<DhPublicKey, HubState> _hubs = new();
    private readonly ConcurrentDictionary<DhPublicKey, Proof.AddressCertificate> _certificates = new(); // by hub
    private readonly ConcurrentDictionary<DhPublicKey, byte> _twinMet = new(); // hubs
    private readonly Task _events;
    private RuleBook _rules;

    /// <param name="listener">For TCP; null where its port was taken.</param>
    public NodeRuntime(NodeMachine machine, IDatagramSocket socket, ServiceHost services, RuleBook rules, IIdDirectory directory, ILogger log,
        System.Net.Sockets.Socket? listener = null)
    {
        (_services, _rules, Directory, _log, Local) = (services, rules, directory, log, socket.Local);
        services.Exposures = rules.Exposures;
        _pump = new(machine, socket, TimeProvider.System, log);
        Peers = new(new EndpointAccess<NodeMachine, NodeEvent>(_pump, static m => m.Channels));
        TcpNotes = new(TimeProvider.System, log);
        _tcp = new(new PumpGate<NodeMachine, NodeEvent>(_pump), machine.Tcp, listener, Noted, log);
        TcpPort = _tcp.Local?.Port;
        _pump.Drained += _tcp.Serve;
        _events = Task.Run(DealAsync);
    }

    public PeerTable Peers { get; }

    /// <summary>Somebody is connected by the ticket of this token.</summary>
    public event Action<Bytes32, Peer>? TicketPeerCame;

    /// <summary>Whether a key has a tally here: a scope besides what is exposed.</summary>
    public Func<DhPublicKey, bool>? HasTally { get; init; }

    /// <summary>Called for every connection that stands.</summary>
    public Action<Peer>? PeerCame { get; init; }

    /// <summary>Replaced when the node signs on to its first federation.</summary>
    public IIdDirectory Directory { get; set; }

    public HostPort Local { get; }

    /// <summary>Where TCP is listened on; null if it is not.</summary>
    public ushort? TcpPort { get; }

    public TcpNotes TcpNotes { get; }

    /// <summary>Ends when the socket has failed.</summary>
    public Task Ended => _events;

    public RuleBook Rules
    {
        get => Volatile.Read(ref _rules);
        set
        {
            Volatile.Write(ref _rules, value);
            _services.Exposures = value.Exposures;
        }
    }

    /// <summary>How the kept line to a hub does.</summary>
    public HubState? HubOf(in DhPublicKey key) => _hubs.GetValueOrDefault(key);

    /// <summary>STUN that came to this node's own port while that was awaited.</summary>
    public event Action<HostPort, byte[]>? StunCame;

    /// <summary>What a kept hub certifies of where this node is; it renews that in time. Null if it does not, or not yet.</summary>
    public Proof.AddressCertificate? CertificateOf(in DhPublicKey hub) => _certificates.GetValueOrDefault(hub);

    /// <summary>Where hubs see this node, each line's view.</summary>
    public IReadOnlyList<HostPort> Observed => Ask(static (machine, _) => machine.Observed.ToArray());

    /// <summary>Those of this machine's interfaces, with our port.</summary>
    public IReadOnlyList<HostPort> LocalAddresses => Ask(static (machine, _) => machine.LocalAddresses);

    /// <summary>Runs a command on the machine.</summary>
    public void Tell<T>(T argument, Action<NodeMachine, Moment, T> command) => _pump.Feed(argument, command);

    /// <summary>Asks the machine something.</summary>
    public TAnswer Ask<TAnswer>(Func<NodeMachine, Moment, TAnswer> question)
    {
        var answer = new StrongBox<TAnswer>();
        _pump.Feed((question, answer), static (machine, now, asked) => asked.answer.Value = asked.question(machine, now));
        return answer.Value!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Peers.All) await peer.DisposeAsync();
        await _stopping.CancelAsync();
        Tell(0, static (machine, now, _) => machine.Tcp.Shutdown(now)); // last words
        _pump.Dispose();
        _tcp.Dispose();
        await _events;
        await Task.WhenAll(_work.Keys);
        _stopping.Dispose();
    }

    private async Task DealAsync()
    {
        Exception? error = null;
        try
        {
            await foreach (var happened in _pump.Events.ReadAllAsync()) Deal(happened);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            error = e;
        }

        Peers.Abandon(error);
        AbandonDials();
    }

    private void Deal(NodeEvent happened)
    {
        switch (happened)
        {
            case NodeEvent.SolveWanted solve: Start(() => Solve(solve)); break;
            case NodeEvent.CallerNamed named: Start(() => AnswerAsync(named)); break;
            case NodeEvent.CallerProved proved: Answer(proved); break;
            case NodeEvent.IntroductionAsked asked: Start(() => AnswerAsync(asked)); break;
            case NodeEvent.HubUp up:
                _hubs[up.Hub] = new("up", up.Observed, _twinMet.ContainsKey(up.Hub) ? "the node that this one was copied from was here, and may still run: stop it for good" : null) { ByTcp = up.ByTcp };
                break;
            case NodeEvent.TwinMet met:
                _twinMet[met.Hub] = 0;
                _log.TwinMet();
                break;
            case NodeEvent.StunCame stun: StunCame?.Invoke(stun.From, stun.Datagram); break;
            case NodeEvent.AddressCertified certified: _certificates[certified.Hub] = certified.Certificate; break;
            case NodeEvent.HubDown down:
                if (down.Dismissed is Rendezvous.LineVerdict.Superseded) _log.Superseded();
                _hubs[down.Hub] = new(down.Dismissed is null ? "connecting" : "down", null, Say(down.Dismissed));
                break;
            case NodeEvent.DialStaged staged: Deal(staged); break;
            case NodeEvent.DialFailed failed: Deal(failed); break;
            case NodeEvent.DialDone done: Deal(done); break;
            case NodeEvent.PeerUp up:
                Bytes32? ticket = _ticketOf.TryGetValue(up.Happened.Connection, out var hash) ? hash : null;
                Meet(up.Happened.Connection);
                var came = Welcome(up.Happened);
                if (ticket is { } shown) TicketPeerCame?.Invoke(shown, came);
                break;
            case NodeEvent.Passed passed:
                if (passed.Happened is EndpointEvent.Closed closed) Forget(closed.Connection);
                Peers.Dispatch(passed.Happened, out _);
                break;
        }
    }

    private Peer Welcome(EndpointEvent.Established established)
    {
        Peers.Dispatch(established, out var peer);
        PeerArrived?.Invoke(peer!);
        PeerCame?.Invoke(peer!);
        Start(() => _services.ServeAsync(peer!, () => CallerOf(peer!), _stopping.Token));
        return peer!;
    }

    private Task Solve(NodeEvent.SolveWanted wanted)
    {
        for (var from = 0u; !_stopping.IsCancellationRequested && from <= uint.MaxValue - SolveSlice; from += SolveSlice)
        {
            if (!Puzzle.TrySolve(wanted.Puzzle, from, SolveSlice, out var x)) continue;
            Tell((wanted.Number, x), static (machine, now, solved) => machine.Endpoint.Solved(now, solved.Number, solved.x));
            break;
        }

        return Task.CompletedTask;
    }

    // Work beside the event loop, which must not wait for it.
    private void Start(Func<Task> work)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception e) when (e is HawserException or OperationCanceledException)
            {
                // Whoever waited was told.
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _log.WorkFailed(e);
            }
        });
        _work.TryAdd(task, 0);
        task.ContinueWith(done => _work.TryRemove(done, out _), TaskScheduler.Default);
    }

    private static string? Say(Rendezvous.LineVerdict? verdict) => verdict switch
    {
        null => null,
        Rendezvous.LineVerdict.Superseded => "another node with this identity has started or was restored since: this one keeps no line here any more; stop one of the two",
        _ => "the hub does not know this node: hawser signon, with the admin's link",
    };
}

/// <summary>A kept line, for <c>status</c>.</summary>
/// <param name="Line">up, connecting or down.</param>
internal sealed record HubState(string Line, HostPort? Observed, string? Trouble)
{
    /// <summary>Datagrams do not get through.</summary>
    public bool ByTcp { get; init; }
}
