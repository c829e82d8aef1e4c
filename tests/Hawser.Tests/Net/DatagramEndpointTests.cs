using System.Diagnostics.Metrics;
using System.Net;
using Hawser.Net;
using Hawser.Net.Datagrams;
using Hawser.Net.Sockets;
using Xunit;

namespace Hawser.Tests.Net;

public sealed class DatagramEndpointTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private readonly LoopbackNetwork _network = new();

    public void Dispose() => _patience.Dispose();

    [Theory, InlineData(""), InlineData("window=64;sig=12;aead=aes"), InlineData("aead=chacha;maxk=20")]
    public async Task A_datagram_goes_there_and_its_verdict_comes_back(string settings)
    {
        await using var host = await Listen(settings);
        await using var client = await Listen(settings);
        await using var connection = await client.ConnectAsync(At(host), host.Key, "who"u8.ToArray(), cancel: _patience.Token);
        Assert.Equal("welcome who", System.Text.Encoding.ASCII.GetString(connection.AcceptData.Span));
        var accepted = await host.AcceptAsync(_patience.Token);
        Assert.Equal(client.Key, accepted.Key);

        Assert.Equal(new SendResult(SendStatus.Sent, 1, 1), connection.Send("hello"u8));
        await foreach (var datagram in accepted.ReadDatagramsAsync(_patience.Token))
        {
            Assert.Equal("hello"u8.ToArray(), datagram.Bytes);
            break;
        }

        await foreach (var verdict in connection.ReadDeliveriesAsync(_patience.Token))
        {
            Assert.Equal(new Delivery(1, true), verdict);
            break;
        }

        accepted.Close(77);
        Assert.Equal(new ConnectionEnd(77), await connection.Closed.WaitAsync(_patience.Token));
        Assert.Equal(SendStatus.NotConnected, connection.Send([]).Status);
    }

    [Fact]
    public async Task Streams_are_pipes_and_streams()
    {
        await using var host = await Listen();
        await using var client = await Listen();
        await using var connection = await client.ConnectAsync(At(host), host.Key, cancel: _patience.Token);
        await using var stream = await connection.OpenStreamAsync(_patience.Token);
        await stream.Output.WriteAsync("ping"u8.ToArray(), _patience.Token);
        await stream.Output.CompleteAsync();

        var accepted = await host.AcceptAsync(_patience.Token);
        await using var other = await accepted.AcceptStreamAsync(_patience.Token);
        using var reader = new StreamReader(other, leaveOpen: true);
        Assert.Equal("ping", await reader.ReadToEndAsync(_patience.Token));
        await other.WriteAsync("pong"u8.ToArray(), _patience.Token);
        await other.CompleteWritesAsync(_patience.Token);

        var answer = await stream.Input.ReadAtLeastAsync(4, _patience.Token);
        Assert.Equal(4, answer.Buffer.Length);
    }

    [Fact]
    public async Task The_application_decides_on_both_sides()
    {
        await using var host = await Listen(decide: asked => asked.ConnectData.Length == 0 ? ConnectionDecision.Refuse : ConnectionDecision.Accept());
        await using var client = await Listen();
        var refused = await Assert.ThrowsAsync<HawserException>(() => client.ConnectAsync(At(host), host.Key, cancel: _patience.Token));
        Assert.Equal(Reason.Refused, refused.Reason);

        ChallengeAsked? seen = null;
        await using var picky = await DatagramEndpoint.ListenAsync(new()
        {
            Socket = _network.Bind(), AcceptChallenge = asked => (seen = asked) is null,
        });
        var givenUp = await Assert.ThrowsAsync<HawserException>(() => picky.ConnectAsync(At(host), host.Key, "x"u8.ToArray(), cancel: _patience.Token));
        Assert.Equal(Reason.Refused, givenUp.Reason);
        Assert.Equal(("told to all", host.Key), (System.Text.Encoding.ASCII.GetString(seen!.ResponseData.Span), seen.Key));
    }

    [Fact]
    public async Task An_attempt_can_be_cancelled()
    {
        await using var client = await Listen();
        using var cancel = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            client.ConnectAsync(new(IPAddress.Parse("192.0.2.1"), 9), client.Key, cancel: cancel.Token));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Datagrams_and_their_verdicts_allocate_nothing(bool offload)
    {
        var loopback = HostPort.Read([127, 0, 0, 1], 0);
        var sink = new Sink();
        await using var host = await DatagramEndpoint.ListenAsync(new()
        {
            Socket = new UdpSocket(loopback, offload), ProtocolSettings = "window=1024", Decide = static _ => ConnectionDecision.Accept(), Handler = sink,
        });
        await using var client = await DatagramEndpoint.ListenAsync(new() { Socket = new UdpSocket(loopback, offload), ProtocolSettings = "window=1024" });
        var counter = new Sink();
        await using var connection = await client.ConnectAsync(At(host), host.Key, handler: counter, cancel: _patience.Token);

        // A ring that grows once more and a lock that had to wait cost something now and then; what each packet cost would
        // show in every round.
        var least = long.MaxValue;
        var sender = new Thread(() =>
        {
            var batch = new byte[16 * 200];
            Pour(connection, batch, 30_000);
            for (var round = 0; round < 20 && (least > 0 || sink.LeastAllocated > 0); round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                Pour(connection, batch, Sink.Round);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        });
        sender.Start();
        sender.Join();
        Assert.InRange(least, 0, Sink.Round / 10);
        Assert.InRange(sink.LeastAllocated, 0, Sink.Round / 10);
    }

    [Fact]
    public async Task A_manual_endpoint_does_nothing_by_itself()
    {
        var clock = new ManualTimeProvider();
        var received = new Sink();
        using var host = new Owned(DatagramEndpoint.CreateManual(new()
        {
            Socket = _network.Bind(), Clock = clock, Handler = received, Decide = static _ => ConnectionDecision.Accept(),
        }));
        using var client = new Owned(DatagramEndpoint.CreateManual(new() { Socket = _network.Bind(), Clock = clock }));
        var dialled = client.Endpoint.ConnectAsync(At(host.Endpoint), host.Endpoint.Key);
        for (var frame = 0; frame < 20 && !dialled.IsCompleted; frame++)
        {
            Assert.False(dialled.IsCompleted);
            host.Endpoint.Poll();
            client.Endpoint.Poll();
            clock.Advance(TimeSpan.FromMilliseconds(16));
        }

        var connection = await dialled;
        connection.Send("a frame of a game"u8);
        Assert.Equal(0, received.Datagrams);
        host.Endpoint.Poll();
        Assert.Equal(1, received.Datagrams);
    }

    [Theory, InlineData("window=7"), InlineData("window=100"), InlineData("sig=11"), InlineData("aead=rot13"), InlineData("maxk=27"), InlineData("speed=9"), InlineData("window")]
    public async Task A_setting_that_is_none_is_refused_by_name(string settings)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Listen(settings));
        Assert.StartsWith($"{settings} is no setting", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statistics_and_meters_tell_what_happens()
    {
        using var meters = new Meters();
        await using var host = await Listen();
        await using var client = await DatagramEndpoint.ListenAsync(new() { Socket = _network.Bind(), Meters = meters });
        await using var connection = await client.ConnectAsync(At(host), host.Key, cancel: _patience.Token);
        await connection.SendAsync(new byte[100], _patience.Token);
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (meters.Owns(instrument.Meter)) l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(1, seen["hawser.connections"]);
        Assert.InRange(seen["hawser.connection.sent"], 100, 10_000);
        Assert.True(connection.GetStatistics() is { PacketsOut: > 0, MaxDatagram: > 1_000, Dropped.Count: 0 });
    }

    private Task<DatagramEndpoint> Listen(string settings = "", Func<ConnectionAsked, ConnectionDecision>? decide = null) => Task.Run(async () => await DatagramEndpoint.ListenAsync(new()
    {
        Socket = _network.Bind(), ProtocolSettings = settings, ResponseData = "told to all"u8.ToArray(),
        Decide = decide ?? (static asked => ConnectionDecision.Accept(System.Text.Encoding.ASCII.GetBytes($"welcome {System.Text.Encoding.ASCII.GetString(asked.ConnectData.Span)}"))),
    }));

    private static IPEndPoint At(DatagramEndpoint endpoint) => endpoint.Local.ToEndPoint();

    private static void Pour(Connection connection, byte[] batch, int count)
    {
        for (var sent = 0; sent < count;)
        {
            var result = connection.Send(batch, 200);
            if (result.Status is SendStatus.NotConnected) throw new IOException("the connection is over");
            sent += result.Taken;
            if (result.Taken == 0) Thread.Yield();
        }
    }

    private sealed class Sink : ConnectionHandler
    {
        public const int Round = 5_000; // datagrams

        private long _before;
        private int _thread;

        public int Datagrams { get; private set; }

        /// <summary>Bytes that the receiving thread allocated in the round with the least.</summary>
        public long LeastAllocated { get; private set; } = long.MaxValue;

        public override void Received(Connection connection, ulong sequence, ReadOnlySpan<byte> bytes)
        {
            if (++Datagrams % Round != 0) return;
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            if (_thread == Environment.CurrentManagedThreadId) LeastAllocated = Math.Min(LeastAllocated, allocated - _before);
            (_before, _thread) = (allocated, Environment.CurrentManagedThreadId);
        }
    }

    private sealed class Owned(DatagramEndpoint endpoint) : IDisposable
    {
        public DatagramEndpoint Endpoint => endpoint;

        public void Dispose() => endpoint.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _made = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _made.Add(meter);
            return meter;
        }

        public bool Owns(Meter meter) => _made.Contains(meter);

        public void Dispose() => _made.ForEach(meter => meter.Dispose());
    }
}
