using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Node;
using Hawser.Rendezvous;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Node;

public class HubMachineTests
{
    private static readonly HostPort HubAddress = Address("192.0.2.1:65430");
    private static readonly Bytes32 Genesis = Sha256.Hash("federation"u8);

    private readonly SimRandom _random = new(7);
    private readonly DhKeyPair _hubKey;
    private readonly HubMachine _hub;
    private readonly List<HubEvent> _told = [];
    private Moment _now = new(new(1_000_000), DateTimeOffset.UnixEpoch.AddYears(56));

    public HubMachineTests()
    {
        _hubKey = DhKeyPair.Generate(_random);
        _hub = new(_now, new() { Genesis = Genesis, ChannelKey = _hubKey }, _random);
    }

    [Fact]
    public void A_signed_on_node_is_present_and_introduced_to_one_that_asks()
    {
        var host = Join("198.51.100.1:4000", boot: 1);
        var guest = Join("198.51.100.2:5000", boot: null);
        Run();
        Assert.Equal((2, 1), (_hub.Lines, _hub.Present));
        Assert.Equal(LineState.Present, host.Line!.State);
        Assert.Contains(host.Heard, e => e is LineEvent.Observed { Address: var seen } && seen == host.Address);

        guest.Line!.Ask(_now, new() { Target = host.Key.Public, Candidates = [guest.Address] });
        Run();
        var asked = Assert.Single(host.Heard.OfType<LineEvent.Asked>());
        Assert.Equal(guest.Key.Public, asked.Peer);
        host.Line.Allow(_now, asked.Number, [host.Address], relay: true);
        Run();
        var ours = Assert.Single(guest.Heard.OfType<LineEvent.Ready>()).Introduction;
        var theirs = Assert.Single(host.Heard.OfType<LineEvent.Ready>()).Introduction;
        Assert.Equal(ours.Secret, theirs.Secret);

        // And where no direct path exists, the hub relays: from that address only.
        var packet = new byte[RelayPacket.HeaderSize + 5];
        new RelayPacket(ours.Allocation).Write(packet);
        "hello"u8.CopyTo(packet.AsSpan(RelayPacket.HeaderSize));
        Assert.True(_hub.TryForward(_now, guest.Address, packet.ToArray(), packet.Length, out var to));
        Assert.Equal(host.Address, to);
        Assert.False(_hub.TryForward(_now, Address("203.0.113.9:1"), packet, packet.Length, out _));
        Assert.Equal(1, _hub.RelayedPairs);
    }

    [Fact]
    public void A_guest_that_asks_nothing_goes_and_a_present_node_stays()
    {
        var host = Join("198.51.100.1:4000", boot: 1);
        Join("198.51.100.2:5000", boot: null);
        Run();
        for (var second = 0; second < 70; second++)
        {
            _now = new(_now.Mono + TimeSpan.FromSeconds(1), _now.Utc.AddSeconds(1));
            Run();
        }

        Assert.Equal(1, _hub.Lines);
        Assert.Equal(LineState.Present, host.Line!.State);
    }

    [Fact]
    public void Noise_from_strangers_makes_no_line()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var noise = new byte[_random.Next(1_300)];
            _random.Fill(noise);
            if (noise.Length > 0 && i % 2 == 0) noise[0] = (byte)_random.Next(10);
            _hub.Receive(_now, Route.Udp(Address("198.51.100.66:666")), noise);
        }

        Run();
        Assert.Equal((0, 0), (_hub.Lines, _hub.Present));
    }

    private Side Join(string address, ulong? boot)
    {
        var side = new Side(_now, Address(address), _hubKey.Public, boot, _random);
        _sides.Add(side);
        return side;
    }

    private readonly List<Side> _sides = [];

    // Passes datagrams until nobody has any, and lets each wake up when it wants to within this instant.
    private void Run()
    {
        var buffer = new byte[64 << 10];
        for (var quiet = false; !quiet;)
        {
            quiet = true;
            _hub.Tick(_now);
            while (_hub.TryTransmit(_now, buffer, out var transmit))
            {
                quiet = false;
                var to = _sides.Find(side => side.Address == transmit.To.Remote);
                foreach (var datagram in new Segments(transmit.Length, transmit.Segment))
                    to?.Endpoint.Receive(_now, Route.Udp(HubAddress), buffer.AsSpan(datagram));
            }

            while (_hub.TryTake(out var told))
            {
                quiet = false;
                _told.Add(told);
                if (told is HubEvent.SignOnWanted wanted) _hub.Admit(_now, wanted.Line, true);
            }

            foreach (var side in _sides)
            {
                side.Progress(_now);
                while (side.Endpoint.TryTransmit(_now, buffer, out var transmit))
                {
                    quiet = false;
                    foreach (var datagram in new Segments(transmit.Length, transmit.Segment))
                        _hub.Receive(_now, Route.Udp(side.Address), buffer.AsSpan(datagram));
                }
            }
        }
    }

    private static HostPort Address(string text) => HostPort.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    /// <summary>A node's end: an endpoint with one connection to the hub, and the line on its control stream.</summary>
    private sealed class Side
    {
        private readonly ConnectionId _connection;
        private readonly DhPublicKey _hub;
        private readonly ulong? _boot;
        private readonly SimRandom _random;
        private readonly Queue<byte[]> _messages = new();
        private readonly ControlChannel _channel;

        public Side(Moment now, HostPort address, DhPublicKey hub, ulong? boot, SimRandom random)
        {
            (Address, _hub, _boot, _random) = (address, hub, boot, random);
            Key = DhKeyPair.Generate(random);
            Endpoint = new(now, random, new() { Key = Key, Genesis = Genesis });
            _connection = Endpoint.Connect(now, new()
            {
                Route = Route.Udp(HubAddress), HostKey = hub, Letter = HandshakeLetter.N,
                Name = new(Key.Public),
            });
            _channel = new(_connection);
        }

        public HostPort Address { get; }

        public DhKeyPair Key { get; }

        public Endpoint Endpoint { get; }

        public LineClient? Line { get; private set; }

        public List<LineEvent> Heard { get; } = [];

        public void Progress(Moment now)
        {
            Endpoint.Tick(now);
            Line?.Tick(now);
            while (Endpoint.TryTake(out var happened))
            {
                if (happened is EndpointEvent.SolveWanted wanted)
                {
                    Assert.True(Puzzle.TrySolve(wanted.Puzzle, 0, int.MaxValue, out var x));
                    Endpoint.Solved(now, wanted.Number, x);
                }
                else if (happened is EndpointEvent.Established)
                {
                    var identity = new LineIdentity(Genesis, _hub, Key.Public, Endpoint.Describe(_connection)!.Exporter);
                    Line = new(now, new()
                    {
                        Identity = identity, ChannelKey = Key, Boot = _boot ?? 0,
                        SignOn = _boot is null ? null : SigningKey.Generate(_random),
                    }, new(now), _random);
                }
            }

            if (Line is null || Endpoint.Describe(_connection) is null) return; // not yet, or not any more
            Span<byte> buffer = stackalloc byte[LineMessage.MaxSize];
            Assert.True(_channel.TryPull(now, Endpoint, _messages));
            while (_messages.TryDequeue(out var message)) Line.Receive(now, message);
            while (Line.TryTransmit(buffer, out var length)) Assert.True(_channel.TrySend(now, Endpoint, buffer[..length]));

            while (Line.TryTake(out var heard)) Heard.Add(heard);
        }
    }
}
