using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net.Peers;
using Hawser.Net.Pump;
using Hawser.Net.Relations;
using Hawser.Net.Services;
using Hawser.Net.Sockets;
using Hawser.Net.Store;
using Hawser.Service;
using Hawser.Transport;
using Hawser.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Net;

/// <summary>
/// A node inside another program: dials peers by address and channel key, and serves them what it exposes. It needs
/// no hub and no store.
/// </summary>
/// <example><code>
/// await using var node = HawserNode.Start(new() { Secret = secret });
/// node.Expose("web", "tcp:127.0.0.1:8080", "anyone");
/// await using var peer = await node.DialAsync(address, key);
/// await using var stream = await peer.OpenStreamAsync("echo");
/// </code></example>
public sealed partial class HawserNode : IAsyncDisposable
{
    private const int SolveSlice = 1 << 14; // tries between two looks at whether we are to stop
    private const int MaxUnclaimed = 1024; // peers that came and that nobody took from Incoming

    private readonly DhKeyPair _key;
    private readonly MachinePump<Endpoint, EndpointEvent> _pump;
    private readonly EndpointAccess<Endpoint, EndpointEvent> _access;
    private readonly PeerTable _peers;
    private readonly ServiceHost _services;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _rules = new();
    private readonly Channel<Peer> _incoming = Channel.CreateBounded<Peer>(
        new BoundedChannelOptions(MaxUnclaimed) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _events;

    private HawserNode(HawserNodeOptions options)
    {
        _key = new(Bytes32.Read(options.Secret));
        var socket = options.Socket ?? new UdpSocket(new HostPort(0, 0));
        Local = socket.Local;
        var inbox = options.Inbox is { } folder ? new FileInbox(folder, options.InboxQuota) : null;
        _services = new(new TargetConnector(options.Clock), inbox, options.Clock, options.Log);
        _pump = new(
            new Endpoint(options.Clock.GetMoment(), SystemEntropy.Shared, new() { Key = _key }), socket, options.Clock, options.Log);
        _access = new(_pump, static endpoint => endpoint);
        _peers = new(_access);
        _store = options.Book is { } book ? NodeStore.OpenFile(book) : null;
        _known = new(_key.Public, UserSecret(options), _store ?? (IRelationBook)new MemoryBook(),
            async (address, key, cancel) => await DialAsync(address, key.ToString(), cancel), options.Clock, options.Log);
        _events = HandleEventsAsync();
    }

    /// <summary>Binds and begins to answer those who have a scope: somebody for whom something is exposed.</summary>
    public static HawserNode Start(HawserNodeOptions options) => new(options);

    /// <summary>Our channel key, in base64url: what others need to dial us.</summary>
    public string Key => _key.Public.ToString();

    /// <summary>The address that the socket is bound to.</summary>
    public HostPort Local { get; }

    /// <summary>Peers that dialled us.</summary>
    public ChannelReader<Peer> Incoming => _incoming.Reader;

    /// <summary>All peers that we are connected to.</summary>
    public IEnumerable<Peer> Peers => _peers.All;

    /// <summary>Called for every file that came into the inbox, when it is durable.</summary>
    public Action<ReceivedFile>? FileReceived
    {
        get => (_services.Arrivals as ArrivalCalls)?.Received;
        set => _services.Arrivals = new ArrivalCalls(value);
    }

    /// <summary>Offers a service, in place of one of the same name.</summary>
    /// <param name="name">What peers call it.</param>
    /// <param name="target"><c>tcp:HOST:PORT</c>, <c>unix:PATH</c>, or <c>builtin</c> for echo and file.</param>
    /// <param name="who">Channel keys as <c>key:…</c>, or <c>anyone</c>; nobody may use it until named.</param>
    public void Expose(string name, string target, params ReadOnlySpan<string> who)
    {
        if (!ServiceName.TryParse(name, out var parsed)) throw new ArgumentException("This is no name of a service.", nameof(name));
        if (!Target.TryParse(target, out var behind)) throw new ArgumentException("This is no target.", nameof(target));
        var allowed = new List<Who>();
        foreach (var one in who)
            allowed.Add(Who.TryParse(one, out var parsedWho) ? parsedWho! : throw new ArgumentException($"{one} is nobody.", nameof(who)));
        lock (_rules) _services.Exposures = _services.Exposures.With(new(parsed, behind!, allowed));
    }

    /// <summary>Takes an offer back; streams that are open stay.</summary>
    public void Withdraw(string name)
    {
        if (!ServiceName.TryParse(name, out var parsed)) return;
        lock (_rules) _services.Exposures = _services.Exposures.Without(parsed);
    }

    /// <summary>Connects to a peer at an address. The peer has to prove the key; ours has to have a scope there.</summary>
    /// <exception cref="HawserException">With the reason why not.</exception>
    public async Task<Peer> DialAsync(HostPort address, string key, CancellationToken cancel = default)
    {
        if (!DhPublicKey.TryParse(key, out var hostKey)) throw new ArgumentException("This is no channel key.", nameof(key));
        var dial = new Dial(this, new()
        {
            Route = Route.Udp(address), HostKey = hostKey, Letter = HandshakeLetter.N, Name = new(_key.Public),
        });
        _pump.Feed(dial, static (endpoint, now, dial) =>
        {
            dial.Id = endpoint.Connect(now, dial.Request);
            dial.Opened = dial.Node._peers.Expect(dial.Id);
        });
        try
        {
            return await dial.Opened!.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            _access.Feed(dial.Id, static (endpoint, now, id) => endpoint.Close(now, id, CloseReason.SelfDisconnect));
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var peer in _peers.All) await peer.DisposeAsync();
        await _known.DisposeAsync();
        _pump.Dispose();
        await _events;
        _store?.Dispose();
    }

    private async Task HandleEventsAsync()
    {
        Exception? failure = null;
        try
        {
            await foreach (var happened in _pump.Events.ReadAllAsync()) Handle(happened);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            failure = e;
        }

        _peers.Abandon(failure);
        _incoming.Writer.TryComplete(failure);
    }

    private void Handle(EndpointEvent happened)
    {
        if (_peers.Dispatch(happened, out var opened))
        {
            if (opened is null) return;
            _known.Mail.Attach(new PeerChannel(opened));
            _ = _services.ServeAsync(opened, () => CallerOf(opened.ChannelKey), _stop.Token);
            if (!opened.Dialled) _incoming.Writer.TryWrite(opened);
            return;
        }

        switch (happened)
        {
            case EndpointEvent.SolveWanted wanted:
                _ = Task.Run(() => Solve(wanted), _stop.Token);
                break;
            case EndpointEvent.KeyWanted wanted:
                DhPublicKey? key = wanted.Name.IsKey && HasScope(wanted.Name.Key) ? wanted.Name.Key : null;
                _access.Feed((wanted.Connection, key), static (endpoint, now, a) => endpoint.AnswerKey(now, a.Connection, a.key));
                break;
            case EndpointEvent.Requested request:
                _access.Feed((request.Connection, HasScope(request.PeerKey)), static (endpoint, now, a) =>
                {
                    if (a.Item2) endpoint.Accept(now, a.Connection, default);
                    else endpoint.Refuse(now, a.Connection);
                });
                break;
        }
    }

    private void Solve(EndpointEvent.SolveWanted wanted)
    {
        for (uint from = 0; !_stop.IsCancellationRequested && from < uint.MaxValue - SolveSlice; from += SolveSlice)
        {
            if (!Puzzle.TrySolve(wanted.Puzzle, from, SolveSlice, out var x)) continue;
            _pump.Feed((wanted.Number, x), static (endpoint, now, a) => endpoint.Solved(now, a.Number, a.x));
            return;
        }
    }

    private bool HasScope(DhPublicKey key) => _known.Knows(key) || _services.Exposures.HasScope(CallerOf(key));

    private static Caller CallerOf(DhPublicKey key) => new(key, null, false);

    private sealed class Dial(HawserNode node, ConnectRequest request)
    {
        public HawserNode Node => node;

        public ConnectRequest Request => request;

        public ConnectionId Id { get; set; }

        public Task<Peer>? Opened { get; set; }
    }
}

/// <summary>What a node is started with.</summary>
public sealed record HawserNodeOptions
{
    /// <summary>32 random bytes, kept secret and kept: the channel key is made of them.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>The node's from here on; null: a UDP socket at a free port of all addresses.</summary>
    public IDatagramSocket? Socket { get; init; }

    /// <summary>32 random bytes, kept secret and kept: the user that tallies are signed by. Null: made of <see cref="Secret"/>.</summary>
    public byte[]? UserSecret { get; init; }

    /// <summary>A file, made if it is not there, that keeps tallies and messages; null: they last as long as the node.</summary>
    public string? Book { get; init; }

    /// <summary>Where received files go; null: none are taken.</summary>
    public string? Inbox { get; init; }

    /// <summary>Bytes that the inbox may hold.</summary>
    public long InboxQuota { get; init; } = 64L << 30;

    /// <summary>The clock of everything.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where it logs to.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;
}
