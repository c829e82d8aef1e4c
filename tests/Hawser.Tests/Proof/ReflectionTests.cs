using Hawser.Proof;
using Hawser.Tests.Sim;
using Xunit;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>Method 2: a client's own connections to two web servers, into which a hub puts a request.</summary>
public class ReflectionTests
{
    private static readonly HostPort Client = At("203.0.113.7:40000");
    private static readonly Reflector Alice = new(At("198.51.100.7:80"), "reflect.example.org", "alice"), Bob = new(At("192.0.2.80:80"), "r.example.net", "bob"),
        Again = new(At("198.51.100.8:80"), "two.example.org", "alice");

    private readonly ProofWorld _world = new();
    private readonly SimRandom _random = new(11);
    private readonly ReflectionProof _proof;
    private readonly Dictionary<HostPort, SimWebServer> _servers = new() { [Alice.At] = new(Alice.At), [Bob.At] = new(Bob.At), [Again.At] = new(Again.At) };

    public ReflectionTests()
    {
        _proof = new(_random, [Alice, Bob, Again]);
        _world.Desk.Add(_proof);
        _world.Senders.Add(_proof);
    }

    [Fact]
    public void Who_reads_both_shares_at_his_own_port_gets_a_certificate_of_it()
    {
        var (first, second) = Connect(Alice, Bob);
        Assert.Equal((Client, Client), (first.Leaked.Client, second.Leaked.Client));
        var request = Request();
        Assert.Equal(AddressRefusal.None, _world.Desk.Ask(_world.Now, request, new LeakedConnections(first.Leaked, second.Leaked).Write(), out var told));
        Assert.Empty(told);
        Inject(first, second);
        Assert.Equal((ReflectionState.Found, ReflectionState.Found), (first.State, second.State));
        Assert.True(ReflectionToken.TryJoin(first.Token, second.Token, out var challenge));
        Assert.Equal(AddressRefusal.None, _world.Desk.Answer(_world.Now, _world.Answer(request, challenge), out var certificate));
        Assert.Equal((AddressLevel.Port, AddressTransport.Tcp, Client), (certificate!.Level, certificate.Address.Transport, certificate.Address.At));
    }

    [Fact] // finding 6: a reflector's operator sees what is asked of it
    public void One_share_says_nothing_and_makes_no_challenge()
    {
        var challenge = StunId.Draw(_random);
        var (one, other) = ReflectionToken.Split(challenge, _random);
        var (another, _) = ReflectionToken.Split(challenge, _random);
        Assert.NotEqual(one, another);
        Assert.True(ReflectionToken.TryJoin(one, one, out var alone));
        Assert.NotEqual(challenge, alone);
        Assert.True(ReflectionToken.TryJoin(one, other, out var both));
        Assert.Equal(challenge, both);
        Assert.True(ReflectionToken.TryJoin(other, one, out both));
        Assert.Equal(challenge, both);
    }

    [Fact] // finding 6
    public void Two_reflectors_of_one_operator_are_refused()
    {
        var (first, second) = Connect(Alice, Again);
        Assert.Equal(AddressRefusal.Unsupported, Ask(first.Leaked, second.Leaked));
        Assert.Equal(AddressRefusal.Unsupported, Ask(first.Leaked, first.Leaked));
        Assert.False(_proof.TryTransmit(out _));
    }

    [Fact] // §9: options.ClientIP != destination refused; §1.5 b, c
    public void What_is_leaked_must_be_of_the_address_and_port_that_is_to_be_proved()
    {
        var (first, second) = Connect(Alice, Bob);
        Assert.Equal(AddressRefusal.Unsupported, Ask(first.Leaked with { Client = At("203.0.113.8:40000") }, second.Leaked));
        Assert.Equal(AddressRefusal.Unsupported, Ask(first.Leaked, second.Leaked with { Client = At("203.0.113.7:40001") }));
        Assert.Equal(AddressRefusal.Unsupported, Ask(first.Leaked with { Server = At("203.0.113.7:80") }, second.Leaked)); // ClientIP != ServerIP
        Assert.Equal(AddressRefusal.Unsupported, Ask(first.Leaked with { Server = At("198.51.100.7:81") }, second.Leaked)); // not one of the hub's list
        Assert.Equal(AddressRefusal.Unsupported, _world.Desk.Ask(_world.Now, Request() with { Address = new(Client, AddressTransport.Udp) }, new LeakedConnections(first.Leaked, second.Leaked).Write(), out _));
        Assert.False(_proof.TryTransmit(out _));
        Assert.Equal(AddressRefusal.None, Ask(first.Leaked, second.Leaked));
    }

    [Fact] // off by default
    public void Without_two_operators_it_is_not_served()
    {
        var alone = new ReflectionProof(_random, [Alice, Again]);
        Assert.False(alone.CanReach(_world.Now.Mono, new(Client, AddressTransport.Tcp)));
        Assert.False(new ReflectionProof(_random, []).CanReach(_world.Now.Mono, new(Client, AddressTransport.Tcp)));
    }

    [Fact]
    public void What_was_leaked_is_good_once()
    {
        var (first, second) = Connect(Alice, Bob);
        Assert.Equal(AddressRefusal.None, Ask(first.Leaked, second.Leaked));
        Assert.Equal(2, Sent().Count);
        _proof.Send(_world.Now.Mono, new(Client, AddressTransport.Tcp), StunId.Draw(_random));
        Assert.Empty(Sent());
    }

    [Fact] // a public web server is nobody's to be flooded with requests
    public void A_reflector_is_sent_sixty_requests_a_minute_whoever_asks()
    {
        var sent = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var at = At($"203.{i / 250}.{i % 250}.7:40000");
            var leaked = new LeakedConnections(new(Alice.At, at, 1, 2), new(Bob.At, at, 3, 4));
            _world.Desk.Ask(_world.Now, Request() with { Address = new(at, AddressTransport.Tcp) }, leaked.Write(), out _);
            sent += Sent().Count;
            _world.Wait(0.0599);
        }

        Assert.InRange(sent, 2, 2 * ReflectionProof.PerReflector);
    }

    [Fact] // finding 6: authorises one TCP 4-tuple
    public void A_lease_by_reflection_is_for_that_port_of_tcp_and_ends_without_more_of_it()
    {
        var (first, second) = Connect(Alice, Bob);
        Assert.True(_world.Senders.TryOpen(_world.Now, new(1), At("198.51.100.1:1"), out var session));
        var destination = new ProvenAddress(Client, AddressTransport.Tcp);
        Assert.Equal(SenderStatus.Okay, _world.Senders.Hello(_world.Now, new(1), destination, AddressMethod.RequestReflection, new LeakedConnections(first.Leaked, second.Leaked).Write()));
        Inject(first, second);
        Assert.True(ReflectionToken.TryJoin(first.Token, second.Token, out var challenge));
        var token = ConsentToken.Make(challenge, _world.HubKey, ProofWorld.HubAt, destination, session);
        Assert.Equal(SenderStatus.Okay, _world.Senders.Authorize(_world.Now, new(1), destination, token));
        List<LineId> ended = [];
        for (var i = 0; i < 40; i++)
        {
            _world.Wait(1);
            _world.Senders.Tick(_world.Now, ended);
        }

        Assert.Equal([new LineId(1)], ended);
        Assert.Empty(Sent());
    }

    [Fact]
    public void A_silent_reflector_a_refusal_and_one_that_does_not_reflect_are_told_apart()
    {
        _servers[Alice.At].IsUp = false;
        var client = new ReflectionClient(_world.Now, _random, Client, Alice, asks: true);
        Run(client);
        Assert.Equal((ReflectionState.Failed, "does not answer"), (client.State, client.Trouble));
        _servers[Alice.At].IsUp = true;
        _servers[Alice.At].TellsWhere = false;
        client = new(_world.Now, _random, Client, Alice, asks: true);
        Run(client);
        Assert.Equal((ReflectionState.Failed, "does not say as whom it sees us"), (client.State, client.Trouble));
        _servers[Alice.At].Reflects = false;
        client = new(_world.Now, _random, Client, Alice, asks: false);
        Run(client);
        Assert.Equal(ReflectionState.Ready, client.State);
        Carry(client, ReflectionRequest.Packet(client.Leaked, Alice.Host, ReflectionToken.Split(default, _random).First));
        Assert.Equal((ReflectionState.Failed, "does not say back what it is asked"), (client.State, client.Trouble));
    }

    [Fact]
    public void Forged_packets_from_beside_the_way_do_not_move_a_client()
    {
        var client = new ReflectionClient(_world.Now, _random, Client, Alice, asks: true);
        var buffer = new byte[100];
        var length = new TcpSegment(Alice.At, Client, 7, 7, TcpFlags.Reset | TcpFlags.Acknowledge).Write([], buffer);
        client.Receive(_world.Now, buffer.AsSpan(0, length));
        Assert.Equal(ReflectionState.Connecting, client.State);
        Run(client);
        Assert.Equal(ReflectionState.Ready, client.State);
        client.Receive(_world.Now, buffer.AsSpan(0, length));
        Assert.Equal(ReflectionState.Ready, client.State);
    }

    [Fact]
    public void A_request_whose_last_byte_went_ahead_is_read_as_one()
    {
        var (first, _) = Connect(Alice, Bob);
        var token = ReflectionToken.Split(StunId.Draw(_random), _random).First;
        Carry(first, ReflectionRequest.Packet(first.Leaked, Alice.Host, token));
        Assert.Equal(ReflectionRequest.TextOf(Alice.Host, token), _servers[Alice.At].Requests[^1]);
        Assert.Equal(token, first.Token);
    }

    private AddressRequest Request() => new(_world.Mine.Public, new(Client, AddressTransport.Tcp), AddressMethod.RequestReflection, default);

    private AddressRefusal Ask(LeakedConnection first, LeakedConnection second) => _world.Desk.Ask(_world.Now, Request(), new LeakedConnections(first, second).Write(), out _);

    private (ReflectionClient First, ReflectionClient Second) Connect(Reflector one, Reflector two)
    {
        var (first, second) = (new ReflectionClient(_world.Now, _random, Client, one, asks: true), new ReflectionClient(_world.Now, _random, Client, two, asks: true));
        Run(first);
        Run(second);
        Assert.Equal((ReflectionState.Ready, ReflectionState.Ready), (first.State, second.State));
        return (first, second);
    }

    private List<byte[]> Sent()
    {
        List<byte[]> sent = [];
        while (_proof.TryTransmit(out var packet)) sent.Add(packet);
        return sent;
    }

    private void Inject(ReflectionClient first, ReflectionClient second)
    {
        var sent = Sent();
        Assert.Equal(2, sent.Count);
        Carry(first, sent[0]);
        Carry(second, sent[1]);
    }

    private void Carry(ReflectionClient client, byte[] packet)
    {
        foreach (var answer in _servers[client.Reflector.At].Receive(packet)) client.Receive(_world.Now, answer);
        Run(client);
    }

    // Until there is nothing more to say, or only time would help and did not.
    private void Run(ReflectionClient client)
    {
        for (var turn = 0; turn < 100; turn++)
        {
            while (client.TryTransmit(out var packet))
                foreach (var answer in _servers[client.Reflector.At].Receive(packet)) client.Receive(_world.Now, answer);
            if (client.NextWakeup == Instant.Never) return;
            _world.Wait(0.25);
            client.Tick(_world.Now);
        }
    }
}
