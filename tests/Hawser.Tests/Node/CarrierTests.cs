using Hawser.Crypto;
using Hawser.Node;
using Hawser.Tests.Rendezvous;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Sim.Dependence;

namespace Hawser.Tests.Node;

/// <summary>Nodes where UDP does not get through, and nodes that connect to each other at the same time.</summary>
public class CarrierTests
{
    private static readonly HostPort HubAt = PunchPair.At("203.0.113.1:65430");
    private static readonly HostPort AnnaAt = PunchPair.At("192.0.2.7:5000"), BertAt = PunchPair.At("198.51.100.7:5000");

    private readonly SimRandom _random = new(1);
    private readonly SimNetwork _network = new(1, new(TimeSpan.FromMilliseconds(20), TimeSpan.Zero));
    private readonly SimTcp _tcp = new(TimeSpan.FromMilliseconds(20));
    private SimHub _hub = null!;
    private SimNode _anna = null!, _bert = null!;

    [Fact]
    public void Two_nodes_without_UDP_both_behind_NATs_meet_through_the_hub_by_TCP()
    {
        BehindNats(annaHasUdp: false, bertHasUdp: false);
        Dial();
        Assert.Equal(RouteKind.Relay, Done(_anna).Route.Kind);
        Echoes();
        Assert.True(_hub.Machine.BytesRelayed > 0);
        Run(TimeSpan.FromMinutes(5)); // and it lasts
        Echoes();
    }

    [Theory, InlineData(true, false), InlineData(false, true)]
    public void A_node_without_UDP_and_one_with_it_meet_through_the_hub(bool annaHasUdp, bool bertHasUdp)
    {
        BehindNats(annaHasUdp, bertHasUdp);
        Dial();
        Assert.Equal(RouteKind.Relay, Done(_anna).Route.Kind);
        Echoes();
    }

    [Fact]
    public void A_guest_without_UDP_is_relayed_for_as_long_as_it_talks()
    {
        BehindNats(annaHasUdp: false, bertHasUdp: true, annaSignsOn: false);
        Dial();
        Assert.Equal(RouteKind.Relay, Done(_anna).Route.Kind);
        Run(TimeSpan.FromMinutes(5));
        Echoes();
    }

    [Theory, InlineData(RouteKind.Udp), InlineData(RouteKind.Line)]
    public void Of_two_that_connect_to_each_other_at_once_both_keep_the_same_channel(RouteKind carrier)
    {
        InTheOpen(carrier);
        ConnectBoth();
        Assert.Equal(2, Standing(_anna).Count);
        Assert.Equal(Best(_anna).Exporter, Best(_bert).Exporter);
        Assert.All(Standing(_anna), info => Assert.Equal(carrier, info.Route.Kind));
        OpenOn(_anna, Best(_anna).Exporter); // TCP would end this one too

        Run(TimeSpan.FromMinutes(3));
        Assert.Equal(Best(_anna).Exporter, Assert.Single(Standing(_anna)).Exporter);
        Assert.Equal(Best(_anna).Exporter, Assert.Single(Standing(_bert)).Exporter);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Of_one_channel_by_UDP_and_one_by_TCP_both_keep_the_one_by_UDP(bool annaDialsTcp)
    {
        InTheOpen(RouteKind.Line);
        var (first, second) = annaDialsTcp ? (_anna, _bert) : (_bert, _anna);
        Connect(first);
        Assert.Equal(RouteKind.Line, Assert.Single(Standing(_anna)).Route.Kind);
        (_anna.HasNoUdp, _bert.HasNoUdp) = (false, false); // another network, say
        Connect(second);
        Assert.Equal([RouteKind.Udp, RouteKind.Line], Standing(_anna).Select(info => info.Route.Kind).Order());
        Assert.Equal(RouteKind.Udp, Best(_anna).Route.Kind);
        Assert.Equal(Best(_anna).Exporter, Best(_bert).Exporter);
        OpenOn(_anna, Best(_anna).Exporter);

        Run(TimeSpan.FromMinutes(3));
        Assert.Equal(RouteKind.Udp, Assert.Single(Standing(_anna)).Route.Kind);
        Assert.Equal(RouteKind.Udp, Assert.Single(Standing(_bert)).Route.Kind);
    }

    [Theory, InlineData(RouteKind.Udp), InlineData(RouteKind.Line)]
    public void The_other_channel_stays_while_something_is_open_on_it(RouteKind carrier)
    {
        InTheOpen(carrier);
        ConnectBoth();
        OpenOn(_anna, Best(_anna).Exporter);
        var worse = Standing(_anna).Single(info => info.Exporter != Best(_anna).Exporter);
        var (id, stream) = OpenOn(_anna, worse.Exporter);
        Run(TimeSpan.FromMinutes(10));
        Assert.Equal(2, Standing(_anna).Count);

        _anna.Machine.Channels.Reset(_network.Now, id, stream);
        Run(TimeSpan.FromMinutes(3));
        Assert.Single(Standing(_anna));
        Assert.Single(Standing(_bert));
    }

    [Fact]
    public void Only_the_host_of_the_other_channel_ends_it()
    {
        InTheOpen(RouteKind.Udp);
        ConnectBoth();
        var worse = Standing(_anna).Single(info => info.Exporter != Best(_anna).Exporter);
        var annaDialled = _anna.Machine.Channels.Describe(Done(_anna).Connection)!.Exporter == worse.Exporter;
        var ended = 0;
        for (var step = 0; step < 180 && ended == 0; step++)
        {
            Run(TimeSpan.FromSeconds(1));
            // Who dialled it would have to have closed it before the host knew.
            if (Standing(annaDialled ? _bert : _anna).Count == 1) ended = 1;
            else Assert.Equal(2, Standing(annaDialled ? _anna : _bert).Count);
        }

        Assert.Equal(1, ended);
    }

    private void BehindNats(bool annaHasUdp, bool bertHasUdp, bool annaSignsOn = true)
    {
        _hub = new(_network, HubAt, _random) { Tcp = _tcp.Add(HubAt, listens: true) };
        _anna = new(_network, Nat("192.0.2.1:0"), PunchPair.At("10.0.0.2:5000"), _random) { Tcp = _tcp.Add(PunchPair.At("192.0.2.1:0"), false), HasNoUdp = !annaHasUdp };
        _bert = new(_network, Nat("198.51.100.1:0"), PunchPair.At("10.1.0.2:5000"), _random) { Tcp = _tcp.Add(PunchPair.At("198.51.100.1:0"), false), HasNoUdp = !bertHasUdp };
        if (annaSignsOn) _anna.Machine.KeepHub(_network.Now, _hub.Target with { SignOn = SigningKey.Generate(_random) });
        _bert.Machine.KeepHub(_network.Now, _hub.Target with { SignOn = SigningKey.Generate(_random) });
        Run(TimeSpan.FromSeconds(10));
        Assert.Equal(!bertHasUdp, _bert.Last<NodeEvent.HubUp>()!.ByTcp);
    }

    private void InTheOpen(RouteKind carrier)
    {
        _anna = new(_network, null, AnnaAt, _random) { Tcp = _tcp.Add(AnnaAt, true), HasNoUdp = carrier is RouteKind.Line };
        _bert = new(_network, null, BertAt, _random) { Tcp = _tcp.Add(BertAt, true), HasNoUdp = carrier is RouteKind.Line };
    }

    private void ConnectBoth()
    {
        StartDial(_anna);
        StartDial(_bert);
        Run(TimeSpan.FromSeconds(10));
    }

    private void Connect(SimNode from)
    {
        StartDial(from);
        Run(TimeSpan.FromSeconds(10));
    }

    private void StartDial(SimNode from)
    {
        var (to, at) = from == _anna ? (_bert, BertAt) : (_anna, AnnaAt);
        from.Machine.StartDial(_network.Now, new() { Key = to.Key.Public, Addresses = [at] });
    }

    private void Dial()
    {
        _anna.Machine.StartDial(_network.Now, new() { Key = _bert.Key.Public, Hubs = [_hub.Target] });
        Run(TimeSpan.FromSeconds(40));
    }

    private void Echoes()
    {
        _anna.Heard.Clear();
        _anna.Say(_network.Now, Done(_anna).Connection, "ahoy"u8);
        Run(TimeSpan.FromSeconds(5));
        Assert.Equal("ahoy"u8.ToArray(), _anna.Heard);
    }

    private (ConnectionId, uint) OpenOn(SimNode node, Bytes32 exporter)
    {
        var id = Connections(node).Single(id => node.Machine.Channels.Describe(id)?.Exporter == exporter);
        var stream = node.Machine.Channels.OpenStream(_network.Now, id);
        node.Machine.Channels.Write(_network.Now, id, stream, "x"u8);
        Run(TimeSpan.FromSeconds(1));
        return (id, stream);
    }

    private static EndpointEvent.Established Done(SimNode node) => node.Last<NodeEvent.DialDone>()!.Happened;

    private static IEnumerable<ConnectionId> Connections(SimNode node) => node.Told.OfType<NodeEvent.DialDone>().Select(done => done.Happened.Connection)
        .Concat(node.Told.OfType<NodeEvent.PeerUp>().Select(up => up.Happened.Connection));

    private static List<ConnectionInfo> Standing(SimNode node) => [.. Connections(node).Select(node.Machine.Channels.Describe).OfType<ConnectionInfo>()];

    private static ConnectionInfo Best(SimNode node) => Standing(node).Aggregate((a, b) => Hawser.Session.ChannelChoice.IsBetter(a, b) ? a : b);

    private void Run(TimeSpan duration) => _network.Run(duration);

    private SimNat Nat(string at) => new(_random, PunchPair.At(at).Address, AddressAndPortDependent, AddressAndPortDependent, TimeSpan.FromSeconds(60));
}
