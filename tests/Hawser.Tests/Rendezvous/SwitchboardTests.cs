using Hawser.Crypto;
using Hawser.Rendezvous;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Rendezvous;

public class SwitchboardTests
{
    private readonly SwitchboardWorld _world = new();

    [Fact]
    public void A_member_hears_where_it_is_seen_and_that_it_is_present()
    {
        var pi = _world.Join("192.0.2.1:5000");
        Assert.Equal([new LineEvent.Observed(pi.Address), new LineEvent.Present()], pi.Heard);
        Assert.Equal(1, _world.Hub.Present);
        _world.Hub.Closed(_world.Now, pi.Line);
        Assert.Equal(0, _world.Hub.Present);
    }

    [Fact]
    public void Who_has_not_signed_on_is_told_so()
    {
        _world.SignedOn = _ => false;
        var stranger = _world.Join("192.0.2.1:5000");
        Assert.Equal(new LineEvent.Dismissed(LineVerdict.NotSignedOn), stranger.Heard[^1]);
        Assert.Equal(0, _world.Hub.Present);
    }

    [Fact]
    public void A_hello_of_another_line_is_worth_nothing()
    {
        var pi = _world.Join("192.0.2.1:5000");
        var hello = _world.Tapped.First(t => t.ToHub).Frame;
        var thief = _world.Join("192.0.2.9:5000", guest: true);
        _world.Hub.Receive(_world.Now, thief.Line, hello);
        _world.Settle();
        Assert.Equal(LineState.Guest, thief.Client.State);
        Assert.Equal((1, LineState.Present), (_world.Hub.Present, pi.Client.State));
    }

    [Theory, InlineData(1, 2), InlineData(3, 3), InlineData(2, 1)]
    public void Of_two_with_one_identity_the_one_that_booted_last_stays(ulong first, ulong second)
    {
        var old = _world.Join("192.0.2.1:5000", first);
        var young = _world.Join("192.0.2.2:5000", second, old.Key);
        var (stays, goes) = second >= first ? (young, old) : (old, young);
        Assert.Equal(LineState.Present, stays.Client.State);
        Assert.Equal(new LineEvent.Dismissed(LineVerdict.Superseded), goes.Heard[^1]);
        Assert.Equal(1, _world.Hub.Present);
    }

    [Theory, InlineData(1UL, 2UL, false), InlineData(7UL, (5UL << 32) + 1, true), InlineData((5UL << 32) + 9, (6UL << 32) + 1, true), InlineData((5UL << 32) + 1, (5UL << 32) + 2, false)]
    public void A_restored_node_hears_of_the_one_it_was_copied_from(ulong first, ulong second, bool told)
    {
        var old = _world.Join("192.0.2.1:5000", first);
        var young = _world.Join("192.0.2.2:5000", second, old.Key);
        Assert.Equal(told, young.Heard.Contains(new LineEvent.Displaced()));
        Assert.Equal(LineState.Present, young.Client.State);
        Assert.Equal(new LineEvent.Dismissed(LineVerdict.Superseded), old.Heard[^1]);
        // The copy that was told to stop does not come back in, however often it is started.
        var again = _world.Join("192.0.2.1:5000", first + 5, old.Key);
        Assert.Equal(told, again.Client.State is LineState.Dismissed);
    }

    [Theory, InlineData(false, false), InlineData(true, false), InlineData(false, true)]
    public void An_introduction_gives_both_the_same_secret_and_each_the_other(bool guest, bool byTicket)
    {
        var pi = _world.Join("192.0.2.1:5000");
        var laptop = _world.Join("198.51.100.1:6000", guest: guest);
        var ticket = byTicket ? new byte[] { 1, 2, 3 } : [];
        pi.Policy = asked => asked.Peer == laptop.Key.Public && asked.Ticket.SequenceEqual(ticket);

        laptop.Ask(_world.Now, pi.Key.Public, ticket);
        _world.Settle();

        var (a, b) = (laptop.Introduced!, pi.Introduced!);
        Assert.Equal((IntroductionRole.Initiator, IntroductionRole.Host), (a.Role, b.Role));
        Assert.Equal((pi.Key.Public, laptop.Key.Public), (a.Peer, b.Peer));
        Assert.Equal((a.Secret, a.NonceI, a.NonceH), (b.Secret, b.NonceI, b.NonceH));
        Assert.Equal([pi.Address], a.Candidates);
        Assert.Equal([laptop.Address], b.Candidates);
        Assert.NotEqual(a.Allocation, b.Allocation);
    }

    [Fact]
    public void Absent_and_not_for_you_are_one_answer_after_one_delay()
    {
        var pi = _world.Join("192.0.2.1:5000"); // lets nobody in
        var laptop = _world.Join("198.51.100.1:6000");
        var nobody = DhKeyPair.Generate(_world.Random).Public;
        var asked = _world.Now.Mono;

        foreach (var target in new[] { pi.Key.Public, nobody, laptop.Key.Public }) laptop.Ask(_world.Now, target);
        _world.Advance(Switchboard.Patience - TimeSpan.FromMicroseconds(1));
        Assert.DoesNotContain(laptop.Heard, e => e is LineEvent.Refused);
        _world.Advance(TimeSpan.FromMicroseconds(1));

        Assert.Equal(3, laptop.Heard.OfType<LineEvent.Refused>().Count());
        Assert.Equal(Switchboard.Patience, _world.Now.Mono - asked);
        var refusals = _world.Tapped.Where(t => !t.ToHub && t.Frame[0] == 25).ToArray();
        Assert.Equal(3, refusals.Length);
        Assert.All(refusals, r => Assert.Equal(9, r.Frame.Length));
    }

    [Fact]
    public void Nobody_is_introduced_in_anothers_name()
    {
        var pi = _world.Join("192.0.2.1:5000");
        var friend = DhKeyPair.Generate(_world.Random);
        pi.Policy = asked => asked.Peer == friend.Public;

        // The thief names the friend's key in N, but has not the key that K would need.
        var thief = _world.Join("192.0.2.9:5000", claimed: friend, guest: true);
        thief.Ask(_world.Now, pi.Key.Public);
        _world.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(thief.Introduced);
        Assert.Null(pi.Introduced);
    }

    [Fact]
    public void A_request_that_was_heard_before_or_elsewhere_gets_nothing()
    {
        var pi = _world.Join("192.0.2.1:5000");
        var laptop = _world.Join("198.51.100.1:6000");
        pi.Policy = _ => true;
        laptop.Ask(_world.Now, pi.Key.Public);
        _world.Settle();
        var request = _world.Tapped.Single(t => t.ToHub && t.Frame[0] == 21).Frame;

        var thief = _world.Join("192.0.2.9:5000", guest: true);
        _world.Hub.Receive(_world.Now, thief.Line, request); // at once
        _world.Advance(TimeSpan.FromHours(1));
        _world.Hub.Receive(_world.Now, thief.Line, request); // when it is forgotten, and stale
        _world.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(pi.Heard.OfType<LineEvent.Asked>());
        Assert.Single(pi.Heard.OfType<LineEvent.Ready>());

        var elsewhere = new SwitchboardWorld(2);
        var moved = elsewhere.Join("192.0.2.1:5000", key: pi.Key);
        moved.Policy = _ => true;
        var other = elsewhere.Join("192.0.2.9:5000", guest: true);
        elsewhere.Hub.Receive(elsewhere.Now, other.Line, request);
        elsewhere.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(moved.Heard.OfType<LineEvent.Asked>());
    }

    [Fact]
    public void What_the_hub_alters_opens_for_neither()
    {
        var random = new SimRandom(3);
        for (var i = 0; i < 40; i++)
        {
            var world = new SwitchboardWorld((ulong)i);
            var pi = world.Join("192.0.2.1:5000");
            var laptop = world.Join("198.51.100.1:6000");
            pi.Policy = _ => true;
            world.Passes = Altering(world, laptop, pi, i % 2 == 0 ? (byte)22 : (byte)24, random);
            laptop.Ask(world.Now, pi.Key.Public);
            world.Advance(TimeSpan.FromSeconds(10));
            Assert.Null(laptop.Introduced);
        }
    }

    [Fact]
    public void A_host_answers_only_calls_that_were_made_to_it()
    {
        var pi = _world.Join("192.0.2.1:5000");
        var laptop = _world.Join("198.51.100.1:6000");
        var thief = _world.Join("192.0.2.9:5000");
        laptop.Ask(_world.Now, pi.Key.Public);
        _world.Settle();
        var call = _world.Tapped.Single(t => !t.ToHub && t.Frame[0] == 22).Frame;
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(call.AsSpan(1));
        _world.Hub.Receive(_world.Now, thief.Line, new LineMessage.Reply(number, true, [1]).ToArray());
        _world.Settle();
        Assert.DoesNotContain(_world.Tapped, t => !t.ToHub && t.Frame[0] == 24);
    }

    [Fact]
    public void A_flood_of_requests_reaches_the_host_as_a_trickle()
    {
        var pi = _world.Join("192.0.2.1:5000");
        for (var i = 0; i < 10; i++)
        {
            var guest = _world.Join($"198.51.100.{i + 1}:6000", guest: true);
            for (var n = 0UL; n < 1_000; n++)
                _world.Hub.Receive(_world.Now, guest.Line, new LineMessage.Request(n, pi.Key.Public, true, [1]).ToArray());
        }

        _world.Settle();
        Assert.InRange(_world.Tapped.Count(t => !t.ToHub && t.Frame[0] == 22), 1, Switchboard.CallsPerMinute);
    }

    [Fact]
    public void A_relay_is_made_only_when_both_want_it()
    {
        foreach (var (asks, gives) in new[] { (false, true), (true, false), (true, true) })
        {
            var world = new SwitchboardWorld();
            var pi = world.Join("192.0.2.1:5000");
            var laptop = world.Join("198.51.100.1:6000");
            (pi.Policy, pi.WantsRelay) = (_ => true, gives);
            laptop.Ask(world.Now, pi.Key.Public, relay: asks);
            world.Settle();
            Assert.Equal(asks && gives ? 1 : 0, world.Relay.Count);
            Assert.Equal(asks && gives, laptop.Introduced!.Allocation != 0);
            Assert.Equal(asks && gives, pi.Introduced!.Allocation != 0);
        }
    }

    [Fact]
    public void A_line_that_echoes_nothing_is_given_up()
    {
        var pi = _world.Join("192.0.2.1:5000");
        _world.Advance(TimeSpan.FromMinutes(10));
        Assert.DoesNotContain(pi.Heard, e => e is LineEvent.Silent);
        _world.Passes = (_, toHub, _) => !toHub;
        _world.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(new LineEvent.Silent(), pi.Heard[^1]);
    }

    // The frame is replaced by one with a flipped bit in its sealed part.
    private static Func<LineId, bool, byte[], bool> Altering(
        SwitchboardWorld world, SwitchboardWorld.Member a, SwitchboardWorld.Member b, byte kind, SimRandom random) =>
        (line, toHub, frame) =>
        {
            if (toHub || frame[0] != kind) return true;
            var header = kind == 22 ? 9 : 17;
            var altered = frame.ToArray();
            altered[header + random.Next(altered.Length - header)] ^= (byte)(1 << random.Next(8));
            (line == a.Line ? a : b).Client.Receive(world.Now, altered);
            return false;
        };
}
