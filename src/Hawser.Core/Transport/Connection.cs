namespace Hawser.Transport;

/// <summary>
/// A connection after its handshake: datagrams with exactly one verdict each, and reliable streams above the same
/// packets. Spec: transport.md.
/// </summary>
internal sealed partial class Connection : IDisposable
{
    public const int MaxPacket = 1_200; // transport.md §6
    public const int RelayPrefix = 17; // transport.md §6

    private readonly ConnectionSetup _setup;
    private readonly IEntropy _entropy;
    private readonly EventQueue _events;
    private readonly SealingKeys _seal;
    private readonly OpeningKeys _open;
    private readonly SendWindow _sent;
    private readonly ReceiveRanges _received;
    private readonly RttEstimator _rtt;
    private Congestion? _congestion; // from the first bytes of a stream on
    private readonly Pacer _pacer = new();
    private long _sentCounter; // of control and close packets
    private long _receivedCounter;
    private long _failedTags;
    private long _inFlight;

    public Connection(Moment now, ConnectionSetup setup, IEntropy entropy, EventQueue events)
    {
        (_setup, _entropy, _events, Route) = (setup, entropy, events, setup.Route);
        _seal = new(setup.Aead, setup.SendSecret, setup.LastSent);
        _open = new(setup.Aead, setup.ReceiveSecret, setup.LastReceived);
        _sent = new(setup.LastSent);
        _received = new(setup.LastReceived);
        _rtt = new(setup.Rtt);
        _local = new(setup.LocalCid);
        (_peerCid, _peerKnows) = (setup.PeerCid, setup.LastReceived);
        EstablishedAt = now.Mono;
        _silenceAt = now.Mono + PingInterval;
        if (!setup.IsInitiator) return;
        BecomeOpen(now.Mono);
        _isPingDue = true; // tells the host that its answer came
        _greetAt = now.Mono + GreetInterval;
        events.Add(setup.Announcement);
    }

    public ConnectionState State { get; private set; } = ConnectionState.HalfOpen;

    public ConnectionId Id => _setup.Id;

    public ConnectionSetup Setup => _setup;

    public Route Route { get; private set; }

    public Instant EstablishedAt { get; private set; }

    public long CongestionWindow => _congestion?.Window ?? Congestion.InitialWindow;

    public long InFlight => _inFlight;

    public TimeSpan Rtt => _rtt.Smoothed;

    public DropCounts Dropped { get; } = new();

    public long BytesIn { get; private set; }

    public long BytesOut { get; private set; }

    public long PacketsIn { get; private set; }

    public long PacketsOut { get; private set; }

    public long PacketsLost { get; private set; }

    /// <summary>Bytes of the largest packet on the route.</summary>
    private int PacketSize => Route.Kind is RouteKind.Relay ? MaxPacket - RelayPrefix : _pathSize;

    public void Dispose()
    {
        _seal.Dispose();
        _open.Dispose();
    }

    private void BecomeOpen(Instant now)
    {
        Become(ConnectionState.Open);
        if (_setup.Cids is not null) _sparesAt = now + SpareDelay;
    }

    private void Become(ConnectionState state)
    {
        _setup.Watch?.Invoke(State, state);
        State = state;
    }
}

/// <summary>States of transport.md §7.</summary>
internal enum ConnectionState
{
    /// <summary>A host that has answered and heard nothing sealed yet.</summary>
    HalfOpen,
    Open,

    /// <summary>Over for its owner; the peer is being told.</summary>
    Closing,
    Gone,
}
