using System.Net;
using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;

namespace Hawser.Tests.Transport;

/// <summary>Two connections with made-up secrets on a simulated wire.</summary>
internal sealed class ConnectionPair
{
    public const ulong NonceI = 0x0102030405060708, NonceH = 0x1112131415161718;
    public static readonly HostPort AddressI = At("192.0.2.1:1000"), AddressH = At("198.51.100.1:2000");

    public ConnectionPair(
        ulong seed = 1, SimLink? link = null, Aead aead = Aead.Aes256Gcm, long lastI = 0, long lastH = 0,
        int window = 16_384, int tagSize = 16, CongestionKind congestion = CongestionKind.Model, bool isWide = true)
    {
        Network = new(seed, link ?? new(TimeSpan.FromMilliseconds(10), TimeSpan.Zero));
        var random = new SimRandom(seed);
        Bytes32 toH = default, toI = default;
        random.Fill(toH);
        random.Fill(toI);
        I = new(Network.Now, Setup(true, aead, toH, toI, lastI, lastH, window) with { TagSize = tagSize, Congestion = congestion, IsWide = isWide }, random);
        H = new(Network.Now, Setup(false, aead, toI, toH, lastH, lastI, window) with { TagSize = tagSize, Congestion = congestion, IsWide = isWide }, random);
        Network.Add(AddressI, null, I);
        Network.Add(AddressH, null, H);
    }

    public SimNetwork Network { get; }

    public ConnectionMachine I { get; }

    public ConnectionMachine H { get; }

    public Moment Now => Network.Now;

    public static ConnectionSetup Setup(
        bool initiator, Aead aead, Bytes32 send, Bytes32 receive, long lastSent, long lastReceived, int window)
    {
        var id = new ConnectionId(initiator ? 1u : 2u);
        var route = Route.Udp(initiator ? AddressH : AddressI);
        return new()
        {
            Id = id,
            IsInitiator = initiator,
            Route = route,
            Aead = aead,
            SendSecret = send,
            ReceiveSecret = receive,
            LocalCid = new(initiator ? 0xAAAAAAAAAAAAAAAA : 0xBBBBBBBBBBBBBBBB, 8),
            PeerCid = new(initiator ? 0xBBBBBBBBBBBBBBBB : 0xAAAAAAAAAAAAAAAA, 8),
            NonceI = NonceI,
            NonceH = NonceH,
            Window = window,
            LastSent = lastSent,
            LastReceived = lastReceived,
            Announcement = new(id, route, default, []),
        };
    }

    public void Run(int milliseconds) => Network.Run(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Open on both sides.</summary>
    public ConnectionPair Opened()
    {
        Run(1_000);
        for (var i = 0; i < 10 && H.Connection.State is ConnectionState.HalfOpen; i++) Run(300);
        return this;
    }

    public static HostPort At(string text) => HostPort.From(IPEndPoint.Parse(text));
}

/// <summary>A connection as the wire sees it: what an endpoint does around it, for one.</summary>
internal sealed class ConnectionMachine : IDatagramMachine
{
    private readonly EventQueue _events = new();

    public ConnectionMachine(Moment now, ConnectionSetup setup, IEntropy entropy) =>
        Connection = new(now, setup, entropy, _events);

    public Connection Connection { get; }

    /// <summary>All that it told so far.</summary>
    public List<EndpointEvent> Told { get; } = [];

    /// <summary>Sees each datagram before the connection, may change it; false drops it.</summary>
    public Func<byte[], bool>? Filter { get; set; }

    /// <summary>Takes part no more: something else speaks for the connection.</summary>
    public bool IsMuted { get; set; }

    public Instant NextWakeup => IsMuted ? Instant.Never : Connection.NextWakeup;

    public void Tick(Moment now)
    {
        Connection.Tick(now);
        Drain();
    }

    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        if (IsMuted) return;
        var bytes = datagram.ToArray();
        if (Filter?.Invoke(bytes) == false) return;
        if (ClosePacket.TryRead(bytes, out var header)) Connection.ReceiveClose(now, header, bytes);
        else Connection.Receive(now, from, bytes);
        Drain();
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        return !IsMuted && Connection.TryTransmit(now, buffer, out transmit);
    }

    public IEnumerable<T> All<T>()
        where T : EndpointEvent
    {
        Drain();
        return Told.OfType<T>();
    }

    private void Drain()
    {
        while (_events.TryTake(out var happened)) Told.Add(happened);
    }
}
