using Hawser.Proof;
using Hawser.Tests.Sim;
using Xunit;
using static Hawser.Tests.Proof.ProofWorld;

namespace Hawser.Tests.Proof;

/// <summary>The client of method 1 against the server, by datagrams alone.</summary>
public class ListeningProverTests
{
    private readonly ProofWorld _world = new();
    private readonly StunServer _server;
    private readonly ListeningProver _client;
    private readonly byte[] _in = new byte[StunMessage.MaxSize], _out = new byte[StunMessage.MaxSize];
    private int _trips;

    public ListeningProverTests()
    {
        _server = new(new SimRandom(5), HubAt, proof: _world.Listening);
        _client = new(_world.Now, new SimRandom(6), HubAt, StunPatience.Short);
    }

    [Fact]
    public void In_two_round_trips_it_has_shown_its_cookie_and_the_third_brings_the_challenge()
    {
        Exchange();
        Assert.Equal((ListeningProver.State.Shown, Victim, 2), (_client.Now, _client.Mapped, _trips));
        Assert.True(_world.Listening.IsSolicited(_world.Now.Mono, new(Victim, AddressTransport.Udp)));
        var request = _world.Request();
        Assert.Equal(AddressRefusal.None, _world.Desk.Ask(_world.Now, request));
        Challenge();
        Assert.Equal(ListeningProver.State.Challenged, _client.Now);
        Assert.Equal(AddressRefusal.None, _world.Desk.Answer(_world.Now, _world.Answer(request, _client.Challenge), out var certificate));
        Assert.Equal(AddressLevel.Port, certificate!.Level);
    }

    [Fact]
    public void Who_does_not_ask_for_a_cookie_gets_none_and_who_shows_an_old_one_gets_the_new()
    {
        Assert.Null(Answer(new()).Cookie);
        var cookie = _world.Listening.CookieOf(Victim);
        Assert.Equal(cookie, Answer(new(Cookie: 0)).Cookie);
        Assert.Equal(cookie, Answer(new(Cookie: cookie + 1)).Cookie);
        Assert.False(_world.Listening.IsSolicited(_world.Now.Mono, new(Victim, AddressTransport.Udp)));

        StunMessage Answer(StunAsk ask)
        {
            var request = StunQuery.Make(StunId.Of(new byte[12]), ask);
            Assert.True(_server.TryAnswer(_world.Now.Mono, Victim, default, request, _out, out var reply));
            Assert.True(StunMessage.TryRead(_out.AsSpan(0, reply.Length), out var answer));
            return answer;
        }
    }

    [Fact]
    public void A_server_that_is_silent_is_noticed_within_three_seconds()
    {
        for (var i = 0; i < 30 && _client.Now is ListeningProver.State.Asking; i++)
        {
            while (_client.TryTransmit(_world.Now, _in, out _)) { }
            _world.Wait(0.1);
            _client.Tick(_world.Now);
        }

        Assert.Equal(ListeningProver.State.Silent, _client.Now);
    }

    [Fact] // §1.5 g
    public void A_challenge_from_elsewhere_or_for_another_mapping_is_dropped()
    {
        Exchange();
        var challenge = StunId.Of(new byte[12]);
        _client.Receive(_world.Now, HubAt with { Port = 3479 }, ListeningProof.Datagram(challenge, Victim));
        _client.Receive(_world.Now, HubAt, ListeningProof.Datagram(challenge, Victim with { Port = 1 }));
        _client.Receive(_world.Now, HubAt, [.. ListeningProof.Datagram(challenge, Victim), 0]);
        Assert.Equal((ListeningProver.State.Shown, 3), (_client.Now, _client.Dropped));
    }

    [Fact]
    public void After_a_minute_it_has_to_show_itself_again_and_can()
    {
        Exchange();
        _world.Wait(61);
        Assert.False(_world.Listening.IsSolicited(_world.Now.Mono, new(Victim, AddressTransport.Udp)));
        _client.Refresh(_world.Now);
        Exchange();
        Assert.True(_world.Listening.IsSolicited(_world.Now.Mono, new(Victim, AddressTransport.Udp)));
    }

    private void Exchange()
    {
        while (_client.TryTransmit(_world.Now, _in, out var length))
        {
            _trips++;
            if (_server.TryAnswer(_world.Now.Mono, Victim, default, _in.AsSpan(0, length), _out, out var reply)) _client.Receive(_world.Now, HubAt, _out.AsSpan(0, reply.Length));
        }
    }

    private void Challenge()
    {
        while (_world.Listening.TryTransmit(out _, out var datagram)) _client.Receive(_world.Now, HubAt, datagram);
    }
}
