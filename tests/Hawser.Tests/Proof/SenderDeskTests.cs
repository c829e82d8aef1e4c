using Hawser.Proof;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Proof.ProofWorld;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>Leases: what may leave, for where, and until when.</summary>
public class SenderDeskTests
{
    private static readonly LineId Line = new(1);
    private static readonly ProvenAddress Destination = new(Victim, AddressTransport.Udp);
    private static readonly HostPort Sender = At("198.51.100.9:4000");
    private readonly ProofWorld _world = new();
    private readonly List<LineId> _ended = [];

    [Fact]
    public void Packets_go_to_the_proved_address_while_the_client_renews()
    {
        var session = Lease();
        for (var second = 0; second < 120; second++)
        {
            _world.Solicit();
            _world.Wait(1);
            _world.Senders.Tick(_world.Now, _ended);
            foreach (var challenge in _world.Arrived())
                Assert.Equal(SenderStatus.Okay, _world.Senders.Authorize(_world.Now, Line, Destination, _world.Token(challenge, session)));
            Assert.True(_world.Senders.TryDeliver(_world.Now, Line, 100, out var to));
            Assert.Equal(Victim, to);
        }

        Assert.Empty(_ended);
    }

    [Fact] // §9: lease ends within 30 s after client stops answering
    public void A_lease_ends_thirty_seconds_after_the_client_has_gone()
    {
        Lease();
        var delivered = 0;
        for (var second = 0; second < 60; second++)
        {
            if (_world.Senders.TryDeliver(_world.Now, Line, 100, out _)) delivered++;
            _world.Wait(1);
            _world.Senders.Tick(_world.Now, _ended);
        }

        Assert.Equal(30, delivered);
        Assert.Equal([Line], _ended);
        Assert.Equal(SenderState.Closed, _world.Senders.StateOf(Line));
        Assert.Equal(0, _world.Senders.Leases);
    }

    [Theory, InlineData("203.0.113.8:54321"), InlineData("203.0.113.7:1")] // §1.5 a, §9
    public void To_authorise_another_destination_is_refused_and_closes(string other)
    {
        var session = Challenged(out var challenge);
        Assert.Equal(SenderStatus.Unauthorized, _world.Senders.Authorize(_world.Now, Line, new(At(other), AddressTransport.Udp), _world.Token(challenge, session)));
        Assert.Equal(SenderState.Closed, _world.Senders.StateOf(Line));
    }

    [Fact] // §1.5 e, §9
    public void A_token_works_once_and_for_its_own_session()
    {
        var session = Challenged(out var challenge);
        Assert.NotEqual(_world.Token(challenge, session), _world.Token(challenge, default));
        Assert.Equal(SenderStatus.Okay, _world.Senders.Authorize(_world.Now, Line, Destination, _world.Token(challenge, session)));
        Assert.Equal(SenderStatus.Unauthorized, _world.Senders.Authorize(_world.Now, Line, Destination, _world.Token(challenge, session)));
    }

    [Fact] // finding 5
    public void The_bare_challenge_authorises_nothing()
    {
        Challenged(out var challenge);
        Span<byte> bare = stackalloc byte[16];
        challenge.CopyTo(bare);
        Assert.Equal(SenderStatus.Unauthorized, _world.Senders.Authorize(_world.Now, Line, Destination, Token16.Read(bare)));
    }

    [Fact] // §9: TTL+1
    public void A_token_is_too_late_after_thirty_seconds()
    {
        var session = Challenged(out var challenge);
        _world.Wait(30);
        Assert.Equal(SenderStatus.Unauthorized, _world.Senders.Authorize(_world.Now, Line, Destination, _world.Token(challenge, session)));
    }

    [Theory, InlineData("Direct"), InlineData("WebNotary")] // finding 6
    public void What_proves_a_host_only_leases_nothing(string method)
    {
        _world.Direct.Consent(new(9), Victim);
        Assert.True(_world.Senders.TryOpen(_world.Now, Line, Sender, out _));
        Assert.Equal(SenderStatus.Unsupported, _world.Senders.Hello(_world.Now, Line, Destination, Enum.Parse<AddressMethod>(method)));
    }

    [Fact] // §1.6: after 3 failures from one sender address, ignore for 60 s
    public void A_sender_that_failed_three_times_is_ignored_for_a_minute()
    {
        for (var i = 0u; i < 3; i++)
        {
            Assert.True(_world.Senders.TryOpen(_world.Now, new(i), Sender, out _));
            Assert.Equal(SenderStatus.Unauthorized, _world.Senders.Hello(_world.Now, new(i), new(At("10.0.0.1:1"), AddressTransport.Udp), AddressMethod.ListeningSocket));
        }

        Assert.False(_world.Senders.TryOpen(_world.Now, new(9), Sender, out _));
        Assert.True(_world.Senders.TryOpen(_world.Now, new(10), At("198.51.100.10:1"), out _));
        _world.Wait(60);
        Assert.True(_world.Senders.TryOpen(_world.Now, new(9), Sender, out _));
    }

    [Fact]
    public void A_thousand_senders_make_the_hub_send_a_victim_no_more_than_three_packets_a_minute()
    {
        var arrived = new List<double>();
        for (var i = 0; i < 3_000; i++)
        {
            var line = new LineId((ulong)i);
            if (_world.Senders.TryOpen(_world.Now, line, At($"198.51.{100 + i / 250}.{i % 250}:1"), out _))
                _world.Senders.Hello(_world.Now, line, Destination with { At = Victim with { Port = (ushort)(1 + i % 3) } }, AddressMethod.ListeningSocket);
            while (_world.Listening.TryTransmit(out _, out _)) arrived.Add(_world.Now.Utc.ToUnixTimeMilliseconds() / 1000.0);
            _world.Wait(0.1);
            _world.Senders.Tick(_world.Now, _ended);
        }

        Assert.All(arrived, from => Assert.InRange(arrived.Count(at => at >= from && at < from + 60), 1, 3));
        Assert.InRange(arrived.Count, 5, 15); // 300 s
    }

    [Theory, InlineData(0), InlineData(1_401)]
    public void A_payload_of_no_or_too_many_bytes_stays(int length)
    {
        Lease();
        Assert.False(_world.Senders.TryDeliver(_world.Now, Line, length, out _));
    }

    [Fact] // L6: a consenting laptop must not be able to drown its café
    public void A_lease_carries_so_many_bytes_a_second_and_its_network_so_many_for_all()
    {
        Lease();
        var bytes = 0;
        for (var ms = 0; ms < 10_000; ms++)
        {
            while (_world.Senders.TryDeliver(_world.Now, Line, 1_000, out _)) bytes += 1_000;
            _world.Wait(0.001);
        }

        Assert.InRange(bytes, 9 * SenderDesk.LeaseBytes, 12 * SenderDesk.LeaseBytes);
    }

    [Fact]
    public void A_destination_that_wants_no_more_is_sent_no_more()
    {
        Lease();
        _world.Senders.Revoke(Destination, _ended);
        Assert.False(_world.Senders.TryDeliver(_world.Now, Line, 100, out _));
        Assert.Equal([Line], _ended);
    }

    private Token16 Challenged(out StunId challenge)
    {
        Assert.True(_world.Senders.TryOpen(_world.Now, Line, Sender, out var session));
        Assert.Equal(SenderStatus.Okay, _world.Senders.Hello(_world.Now, Line, Destination, AddressMethod.ListeningSocket));
        challenge = Assert.Single(_world.Arrived());
        return session;
    }

    private Token16 Lease()
    {
        var session = Challenged(out var challenge);
        Assert.Equal(SenderStatus.Okay, _world.Senders.Authorize(_world.Now, Line, Destination, _world.Token(challenge, session)));
        return session;
    }
}
