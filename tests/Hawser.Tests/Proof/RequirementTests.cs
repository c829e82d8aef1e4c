using Hawser.Proof;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Proof.ProofWorld;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>The three requirements of the proof of IP ownership, as what holds of every run.</summary>
public class RequirementTests
{
    private static readonly ProvenAddress Destination = new(Victim, AddressTransport.Udp);
    private readonly ProofWorld _world = new();
    private readonly List<LineId> _ended = [];

    [Fact]
    public void Active_engagement_a_lease_lives_by_fresh_challenges_and_never_outlives_the_last_answer_by_more_than_thirty_seconds()
    {
        Assert.Equal(TimeSpan.FromSeconds(30), SenderDesk.Lease);
        var session = Open(new(1));
        var (last, seen) = (_world.Now.Mono, new HashSet<StunId>());
        for (var tenth = 0; tenth < 3_000; tenth++)
        {
            var isThere = tenth < 1_500; // then it is gone, without a word
            if (isThere) _world.Solicit();
            _world.Wait(0.1);
            _world.Senders.Tick(_world.Now, _ended);
            foreach (var challenge in _world.Arrived())
            {
                Assert.True(seen.Add(challenge));
                if (!isThere) continue;
                Assert.Equal(SenderStatus.Okay, _world.Senders.Authorize(_world.Now, new(1), Destination, _world.Token(challenge, session)));
                last = _world.Now.Mono;
            }

            var may = _world.Senders.TryDeliver(_world.Now, new(1), 10, out _);
            Assert.Equal(_world.Now.Mono - last < SenderDesk.Lease, may);
        }

        Assert.InRange(seen.Count, 20, 60);
        Assert.Equal([new LineId(1)], _ended);
    }

    [Fact]
    public void Active_engagement_consent_that_is_taken_back_ends_every_lease_at_once()
    {
        Open(new(1));
        _world.Wait(6);
        _world.Senders.Revoke(Destination, _ended);
        Assert.False(_world.Senders.TryDeliver(_world.Now, new(1), 10, out _));
        Assert.Equal(0, _world.Senders.Leases);
    }

    [Fact]
    public void Ddos_resistance_a_victim_and_its_network_get_no_more_than_the_stated_challenges_from_all_desks_together()
    {
        var (ofVictim, ofNetwork) = (new List<double>(), new List<double>());
        for (var i = 0; i < 3_000; i++)
        {
            var at = new HostPort(Victim.Address, (ushort)(1 + i));
            if (i % 3 == 0) at = At($"203.0.113.{1 + i % 250}:9");
            _world.Desk.Ask(_world.Now, _world.Request(at, key: new(Hawser.Crypto.Sha256.Hash(BitConverter.GetBytes(i)))));
            if (_world.Senders.TryOpen(_world.Now, new((ulong)i), At($"198.51.{100 + i / 250}.{i % 250}:1"), out _))
                _world.Senders.Hello(_world.Now, new((ulong)i), new(at, AddressTransport.Udp), AddressMethod.ListeningSocket);
            while (_world.Listening.TryTransmit(out var to, out var datagram))
            {
                Assert.Equal(40, datagram.Length);
                ofNetwork.Add(_world.Now.Mono.Micros / 1e6);
                if (to.Address == Victim.Address) ofVictim.Add(_world.Now.Mono.Micros / 1e6);
            }

            _world.Wait(0.1);
        }

        Assert.All(ofVictim, from => Assert.InRange(ofVictim.Count(at => at >= from && at < from + 60), 1, ChallengeBudget.PerHost));
        Assert.All(ofNetwork, from => Assert.InRange(ofNetwork.Count(at => at >= from && at < from + 60), 1, ChallengeBudget.PerNetwork));
        Assert.NotEmpty(ofVictim);
    }

    [Theory, InlineData("203.0.113.7:54322", "Udp"), InlineData("203.0.113.8:54321", "Udp"), InlineData("203.0.113.7:54321", "Tcp")]
    public void Locality_nothing_but_the_very_address_port_and_transport_that_was_proved_is_authorised(string other, string transport)
    {
        var elsewhere = new ProvenAddress(At(other), Enum.Parse<AddressTransport>(transport));
        _world.Solicit();
        Assert.True(_world.Senders.TryOpen(_world.Now, new(1), At("198.51.100.9:1"), out var session));
        Assert.Equal(SenderStatus.Okay, _world.Senders.Hello(_world.Now, new(1), Destination, AddressMethod.ListeningSocket));
        var challenge = _world.Arrived().Single();
        var forged = ConsentToken.Make(challenge, _world.HubKey, HubAt, elsewhere, session);
        Assert.Equal(SenderStatus.Unauthorized, _world.Senders.Authorize(_world.Now, new(1), elsewhere, forged));
        Assert.False(_world.Senders.TryDeliver(_world.Now, new(1), 10, out _));
        Open(new(2));
        Assert.True(_world.Senders.TryDeliver(_world.Now, new(2), 10, out var to));
        Assert.Equal(Victim, to);
    }

    [Fact]
    public void What_reads_as_stun_is_not_delivered_as_it_would_be_taken_for_a_challenge()
    {
        Open(new(1));
        Assert.False(_world.Senders.TryDeliver(_world.Now, new(1), ListeningProof.Datagram(default(StunId) with { Bits = (UInt128)StunId.Cookie << 96 }, Victim), out _));
        Assert.True(_world.Senders.TryDeliver(_world.Now, new(1), "hello"u8, out _));
    }

    [Fact]
    public void A_destination_may_hand_in_the_token_of_the_sender_it_is_for_and_of_no_other()
    {
        _world.Solicit();
        Assert.True(_world.Senders.TryOpen(_world.Now, new(1), At("198.51.100.9:1"), out var session));
        _world.Senders.Hello(_world.Now, new(1), Destination, AddressMethod.ListeningSocket);
        var challenge = _world.Arrived().Single();
        Assert.True(_world.Senders.TryTakeNotice(out var notice));
        Assert.Equal((Destination, session, SenderNotice.DigestOf(challenge)), (notice.Destination, notice.Session, notice.Digest));
        Assert.True(_world.Senders.IsRight(_world.Now, new(1), Destination, _world.Token(challenge, session)));
        Assert.False(_world.Senders.IsRight(_world.Now, new(1), Destination, _world.Token(challenge, default)));
        Assert.False(_world.Senders.IsRight(_world.Now, new(1), Destination with { Transport = AddressTransport.Tcp }, _world.Token(challenge, session)));
        Assert.False(_world.Senders.IsRight(_world.Now, new(2), Destination, _world.Token(challenge, session)));
    }

    private Token16 Open(LineId line)
    {
        _world.Solicit();
        Assert.True(_world.Senders.TryOpen(_world.Now, line, At("198.51.100.9:1"), out var session));
        Assert.Equal(SenderStatus.Okay, _world.Senders.Hello(_world.Now, line, Destination, AddressMethod.ListeningSocket));
        Assert.Equal(SenderStatus.Okay, _world.Senders.Authorize(_world.Now, line, Destination, _world.Token(_world.Arrived().Single(), session)));
        return session;
    }
}
