using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Node;
using Hawser.Tests.Rendezvous;
using Hawser.Tests.Sim;
using Xunit;
using static Hawser.Tests.Sim.Dependence;

namespace Hawser.Tests.Node;

/// <summary>Two nodes, a hub, NATs, in virtual time: the whole journey of a dial.</summary>
public class NodeMachineTests
{
    private static readonly SimLink Clean = new(TimeSpan.FromMilliseconds(20), TimeSpan.Zero);
    private static readonly SimLink Rough = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(10), Loss: 0.1, Duplication: 0.05);
    private static readonly TimeSpan NatExpiry = TimeSpan.FromSeconds(60);

    private readonly SimRandom _random = new(1);
    private SimNetwork _network = null!;
    private SimHub _hub = null!;
    private SimNode _anna = null!, _bert = null!;

    public static TheoryData<Dependence, Dependence, Dependence, Dependence, RouteKind> NatPairs() => new()
    {
        { EndpointIndependent, AddressAndPortDependent, EndpointIndependent, AddressAndPortDependent, RouteKind.Udp },
        { EndpointIndependent, EndpointIndependent, AddressAndPortDependent, AddressAndPortDependent, RouteKind.Udp },
        { AddressAndPortDependent, AddressAndPortDependent, EndpointIndependent, EndpointIndependent, RouteKind.Udp },
        { EndpointIndependent, AddressAndPortDependent, AddressAndPortDependent, AddressAndPortDependent, RouteKind.Relay },
        { AddressAndPortDependent, AddressAndPortDependent, AddressAndPortDependent, AddressAndPortDependent, RouteKind.Relay },
    };

    [Theory, MemberData(nameof(NatPairs))]
    public void A_dial_takes_the_best_path_that_the_NATs_allow(
        Dependence mapA, Dependence filterA, Dependence mapB, Dependence filterB, RouteKind expected)
    {
        Build(Clean, Nat("192.0.2.1:0", mapA, filterA), Nat("198.51.100.1:0", mapB, filterB));
        Dial();
        Assert.Equal(expected, _anna.Last<NodeEvent.DialDone>()?.Happened.Route.Kind);
        Echoes();
        Assert.Equal(expected is RouteKind.Relay, _hub.Machine.BytesRelayed > 0);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void A_dial_arrives_on_a_rough_link(ulong seed)
    {
        Build(Rough, Cone("192.0.2.1:0"), Cone("198.51.100.1:0"), seed);
        Dial(patience: TimeSpan.FromSeconds(60));
        Assert.NotNull(_anna.Last<NodeEvent.DialDone>());
        Echoes();
    }

    [Fact]
    public void A_guest_is_introduced_by_the_hub_of_the_peer()
    {
        Build(Clean, Cone("192.0.2.1:0"), Cone("198.51.100.1:0"), keepA: false);
        Dial();
        Assert.Equal(RouteKind.Udp, _anna.Last<NodeEvent.DialDone>()?.Happened.Route.Kind);
        Echoes();
    }

    [Fact]
    public void A_guest_that_is_relayed_stays_so_for_as_long_as_it_talks()
    {
        Build(Clean, Symmetric("192.0.2.1:0"), Symmetric("198.51.100.1:0"), keepA: false);
        Dial();
        Assert.Equal(RouteKind.Relay, _anna.Last<NodeEvent.DialDone>()?.Happened.Route.Kind);
        Run(TimeSpan.FromMinutes(10));
        Echoes();
    }

    [Fact]
    public void Who_is_absent_and_who_does_not_want_us_look_the_same()
    {
        Build(Clean, Cone("192.0.2.1:0"), Cone("198.51.100.1:0"));
        _bert.Welcomes = false;
        Dial();
        Dial(key: DhKeyPair.Generate(_random).Public);
        var failures = _anna.Told.OfType<NodeEvent.DialFailed>().Select(f => f.Reason).ToArray();
        Assert.Equal([DialFailure.AbsentOrNotForUs, DialFailure.AbsentOrNotForUs], failures);
        Assert.Empty(_bert.Told.OfType<NodeEvent.PeerUp>());
    }

    [Fact]
    public void Only_direct_will_do_where_it_is_asked_for()
    {
        Build(Clean, Symmetric("192.0.2.1:0"), Symmetric("198.51.100.1:0"));
        Dial(via: DialVia.Direct);
        Assert.Equal(DialFailure.NoPath, _anna.Last<NodeEvent.DialFailed>()?.Reason);
    }

    [Fact]
    public void A_relay_is_taken_without_punching_where_it_is_asked_for()
    {
        Build(Clean, Cone("192.0.2.1:0"), Cone("198.51.100.1:0"));
        Dial(via: DialVia.Relay);
        Assert.Equal(RouteKind.Relay, _anna.Last<NodeEvent.DialDone>()?.Happened.Route.Kind);
        Assert.DoesNotContain(_anna.Told.OfType<NodeEvent.DialStaged>(), s => s.Stage is DialStage.Punching);
        Echoes();
    }

    [Fact]
    public void Nothing_to_try_and_no_hub_are_told_apart()
    {
        Build(Clean, Cone("192.0.2.1:0"), Cone("198.51.100.1:0"));
        _anna.Machine.StartDial(_network.Now, new() { Key = _bert.Key.Public });
        Run(TimeSpan.FromSeconds(1));
        Assert.Equal(DialFailure.NowhereToTry, _anna.Last<NodeEvent.DialFailed>()?.Reason);

        var nobody = new HubTarget(DhKeyPair.Generate(_random).Public, [PunchPair.At("203.0.113.9:65430")]);
        _anna.Machine.StartDial(_network.Now, new() { Key = _bert.Key.Public, Hubs = [nobody] });
        Run(TimeSpan.FromSeconds(30));
        Assert.Equal(DialFailure.NoHub, _anna.Last<NodeEvent.DialFailed>()?.Reason);
    }

    [Fact]
    public void An_address_and_a_key_are_enough_without_any_hub()
    {
        _network = new(1, Clean);
        _bert = new(_network, null, PunchPair.At("203.0.113.2:5000"), _random);
        _anna = new(_network, Cone("192.0.2.1:0"), PunchPair.At("10.0.0.2:5000"), _random);
        _anna.Machine.StartDial(_network.Now, new() { Key = _bert.Key.Public, Addresses = [PunchPair.At("203.0.113.2:5000")] });
        Run(TimeSpan.FromSeconds(5));
        Assert.NotNull(_anna.Last<NodeEvent.DialDone>());
        Echoes();
    }

    [Fact]
    public void A_node_that_starts_with_an_ID_answers_to_it()
    {
        Assert.True(PlainId.TryParse("0a9jj39f7a", out var id));
        _network = new(1, Clean);
        _bert = new(_network, null, PunchPair.At("203.0.113.2:5000"), _random, id);
        _anna = new(_network, Cone("192.0.2.1:0"), PunchPair.At("10.0.0.2:5000"), _random);
        _anna.Machine.StartDial(_network.Now, new() { Key = _bert.Key.Public, Id = id, Addresses = [PunchPair.At("203.0.113.2:5000")] });
        Run(TimeSpan.FromSeconds(5));
        Assert.NotNull(_anna.Last<NodeEvent.DialDone>());
    }

    [Fact]
    public void A_line_that_breaks_is_called_again_and_the_node_is_present_as_before()
    {
        Build(Clean, Cone("192.0.2.1:0"), Cone("198.51.100.1:0"));
        _hub.Machine.Shutdown(_network.Now);
        Run(TimeSpan.FromSeconds(10));
        Assert.NotNull(_bert.Last<NodeEvent.HubDown>());
        Assert.Equal(2, _hub.Machine.Present);
        Dial();
        Assert.NotNull(_anna.Last<NodeEvent.DialDone>());
    }

    [Fact]
    public void A_cancelled_dial_says_nothing_more()
    {
        Build(Clean, Cone("192.0.2.1:0"), Cone("198.51.100.1:0"));
        var number = _anna.Machine.StartDial(_network.Now, new() { Key = _bert.Key.Public, Hubs = [_hub.Target] });
        _anna.Machine.CancelDial(_network.Now, number);
        Run(TimeSpan.FromSeconds(20));
        Assert.Null(_anna.Last<NodeEvent.DialDone>());
        Assert.Null(_anna.Last<NodeEvent.DialFailed>());
    }

    [Fact]
    public void The_same_seed_makes_the_same_journey()
    {
        Assert.Equal(Trace(7), Trace(7));
        Assert.NotEqual(Trace(7), Trace(8));

        static IReadOnlyList<string> Trace(ulong seed)
        {
            var test = new NodeMachineTests();
            test.Build(Rough, test.Cone("192.0.2.1:0"), test.Cone("198.51.100.1:0"), seed);
            test.Dial();
            return test._network.Trace;
        }
    }

    private void Build(SimLink link, SimNat natA, SimNat natB, ulong seed = 1, bool keepA = true)
    {
        _network = new(seed, link);
        _hub = new(_network, PunchPair.At("203.0.113.1:65430"), _random);
        _anna = new(_network, natA, PunchPair.At("10.0.0.2:5000"), _random);
        _bert = new(_network, natB, PunchPair.At("10.1.0.2:5000"), _random);
        if (keepA) _anna.Machine.KeepHub(_network.Now, _hub.Target with { SignOn = SigningKey.Generate(_random) });
        _bert.Machine.KeepHub(_network.Now, _hub.Target with { SignOn = SigningKey.Generate(_random) });
        Run(TimeSpan.FromSeconds(5));
        Assert.NotNull(_bert.Last<NodeEvent.HubUp>());
    }

    private void Dial(DialVia via = DialVia.Any, DhPublicKey? key = null, TimeSpan? patience = null)
    {
        _anna.Machine.StartDial(_network.Now, new() { Key = key ?? _bert.Key.Public, Hubs = [_hub.Target], Via = via });
        Run(patience ?? TimeSpan.FromSeconds(20));
    }

    private void Echoes()
    {
        _anna.Say(_network.Now, _anna.Last<NodeEvent.DialDone>()!.Happened.Connection, "ahoy"u8);
        Run(TimeSpan.FromSeconds(5));
        Assert.Equal("ahoy"u8.ToArray(), _anna.Heard);
    }

    private void Run(TimeSpan duration) => _network.Run(duration);

    private SimNat Cone(string at) => Nat(at, EndpointIndependent, AddressAndPortDependent);

    private SimNat Symmetric(string at) => Nat(at, AddressAndPortDependent, AddressAndPortDependent);

    private SimNat Nat(string at, Dependence mapping, Dependence filtering) =>
        new(_random, PunchPair.At(at).Address, mapping, filtering, NatExpiry);
}
