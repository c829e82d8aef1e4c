using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Rendezvous;
using Xunit;

namespace Hawser.Tests.Rendezvous;

/// <summary>A hub that asks who is at an address before it introduces or relays.</summary>
public class LineProofTests
{
    private static readonly SigningKey Admin = new(Sha256.Hash("admin"u8)), Ann = new(Sha256.Hash("ann"u8)), Bob = new(Sha256.Hash("bob"u8));
    private static readonly RoutingId AdminId = RoutingId.TryParse("0a9-jj39f7a", out var id) ? id : default;
    private readonly SwitchboardWorld _world = new(1, new(AdminId, Admin, AllowsLoopback: false));

    [Fact]
    public void Every_line_gets_a_certificate_of_where_it_is_that_anybody_can_check()
    {
        var ann = _world.Join("203.0.113.7:5000", addressKey: Ann);
        var certificate = ann.Heard.OfType<LineEvent.Certified>().Single().Certificate;
        Assert.Equal((ann.Address, AddressTransport.Udp, AddressLevel.Host), (certificate.Address.At, certificate.Address.Transport, certificate.Level));
        Assert.Null(certificate.FaultOf(_world.Now.Utc, SwitchboardWorld.Genesis, Admin.Public, AddressCertificate.AudienceOf(AdminId), Ann.Public, AddressLevel.Host));
    }

    [Fact]
    public void Two_who_have_proved_their_addresses_are_introduced_and_relayed()
    {
        var (ann, bob) = (_world.Join("203.0.113.7:5000", addressKey: Ann), _world.Join("198.51.100.9:5000", addressKey: Bob));
        bob.Policy = _ => true;
        ann.Ask(_world.Now, bob.Key.Public);
        _world.Settle();
        Assert.NotEqual(0UL, ann.Introduced!.Allocation);
    }

    [Fact]
    public void Who_proves_nothing_is_neither_introduced_nor_told_why_and_nobody_is_called_for_him()
    {
        var (mute, bob) = (_world.Join("203.0.113.7:5000"), _world.Join("198.51.100.9:5000", addressKey: Bob));
        bob.Policy = _ => true;
        var number = mute.Ask(_world.Now, bob.Key.Public);
        _world.Settle();
        Assert.Empty(bob.Heard.OfType<LineEvent.Asked>());
        _world.Advance(Switchboard.Patience);
        Assert.Contains(new LineEvent.Refused(number), mute.Heard);
    }

    [Fact]
    public void A_request_that_comes_before_the_proof_waits_for_it()
    {
        var bob = _world.Join("198.51.100.9:5000", addressKey: Bob);
        bob.Policy = _ => true;
        byte[]? late = null;
        _world.Passes = (_, toHub, frame) =>
        {
            if (!toHub || frame[0] != 29) return true;
            late = frame;
            return false;
        };
        var ann = _world.Join("203.0.113.7:5000", addressKey: Ann, guest: true);
        ann.Ask(_world.Now, bob.Key.Public);
        _world.Settle();
        Assert.Null(ann.Introduced);
        _world.Passes = (_, _, _) => true;
        _world.Hub.Receive(_world.Now, ann.Line, late);
        _world.Settle();
        Assert.NotNull(ann.Introduced);
    }

    [Fact]
    public void Nobody_is_relayed_to_who_has_not_proved_his_address()
    {
        var (ann, mute) = (_world.Join("203.0.113.7:5000", addressKey: Ann), _world.Join("198.51.100.9:5000"));
        mute.Policy = _ => true;
        ann.Ask(_world.Now, mute.Key.Public);
        _world.Settle();
        Assert.Equal(0UL, ann.Introduced!.Allocation);
        Assert.Equal(0, _world.Relay.Count);
    }

    [Fact]
    public void A_certificate_is_renewed_in_time_and_a_move_asks_for_another()
    {
        var ann = _world.Join("203.0.113.7:5000", addressKey: Ann);
        _world.Advance(AddressCertificate.Life * 3);
        var given = ann.Heard.OfType<LineEvent.Certified>().Select(happened => happened.Certificate.Issued).ToArray();
        Assert.All(given.Zip(given.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, TimeSpan.FromSeconds(1), AddressCertificate.Life - TimeSpan.FromMinutes(2)));
        Assert.InRange(given.Length, 4, 5);
        _world.Hub.Moved(_world.Now, ann.Line, PunchPair.At("203.0.113.99:1"));
        _world.Settle();
        Assert.Equal(PunchPair.At("203.0.113.99:1"), ann.Heard.OfType<LineEvent.Certified>().Last().Certificate.Address.At);
    }

    [Fact] // finding 5: the answer names the address, and serves once
    public void An_answer_of_another_address_or_to_another_challenge_certifies_nothing()
    {
        var replies = new List<byte[]>();
        _world.Passes = (_, toHub, frame) =>
        {
            if (!toHub || frame[0] != 29) return true;
            replies.Add(frame);
            return false;
        };
        var (ann, eve) = (_world.Join("203.0.113.7:5000", addressKey: Ann), _world.Join("198.51.100.9:5000", addressKey: Bob));
        _world.Hub.Receive(_world.Now, eve.Line, replies[0]);
        _world.Hub.Receive(_world.Now, ann.Line, replies[1]);
        _world.Settle();
        Assert.Equal(0, _world.Hub.Certified);
        _world.Hub.Receive(_world.Now, ann.Line, replies[0]);
        _world.Hub.Receive(_world.Now, ann.Line, replies[0]);
        Assert.Equal(1, _world.Hub.Certified);
    }

    [Fact]
    public void Inside_a_private_network_nothing_is_asked_for()
    {
        var (ann, bob) = (_world.Join("10.0.0.7:5000"), _world.Join("192.168.1.9:5000"));
        bob.Policy = _ => true;
        ann.Ask(_world.Now, bob.Key.Public);
        _world.Settle();
        Assert.NotNull(ann.Introduced);
        Assert.DoesNotContain(_world.Tapped, tapped => tapped.Frame[0] == 28);
    }
}
