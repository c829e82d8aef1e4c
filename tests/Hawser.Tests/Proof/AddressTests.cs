using Hawser.Crypto;
using Hawser.Proof;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Proof.ProofWorld;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>Address certificates: who gets one, who does not, and what it is good for.</summary>
public class AddressTests
{
    private readonly ProofWorld _world = new();

    [Fact]
    public void Who_is_there_and_holds_the_key_gets_a_certificate()
    {
        var certificate = Obtain(_world.Request());
        Assert.Equal(AddressLevel.Port, certificate.Level);
        Assert.Null(Fault(certificate, AddressLevel.Port));
        var bytes = certificate.ToArray();
        Assert.Equal(AddressCertificate.Size, bytes.Length);
        Assert.True(AddressCertificate.TryRead(bytes, out var again));
        Assert.Equal(certificate, again);
    }

    [Fact]
    public void The_challenge_is_the_datagram_of_the_page()
    {
        var challenge = StunId.Of([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        Assert.Equal("010100142112a442000102030405060708090a0b002000080001f523ea12d54580280004a8d3d16a",
            Convert.ToHexStringLower(ListeningProof.Datagram(challenge, Victim)));
        Assert.Equal(52, ListeningProof.Datagram(challenge, At("[2001:db8::1]:1")).Length);
    }

    [Fact] // security.md finding 5
    public void A_challenge_passed_on_by_a_friend_certifies_nothing_to_another_key()
    {
        var mallory = new SigningKey(Sha256.Hash("mallory"u8));
        var asked = _world.Request(key: mallory);
        Assert.Equal(AddressRefusal.None, _world.Desk.Ask(_world.Now, asked));
        var challenge = Assert.Single(_world.Arrived());
        // The victim signs for himself, as he always does: the words name the key that was asked for.
        Assert.Equal(AddressRefusal.Wrong, _world.Desk.Answer(_world.Now, _world.Answer(asked, challenge, _world.Mine), out var certificate));
        Assert.Null(certificate);
    }

    [Fact] // security.md finding 5
    public void A_consent_token_is_not_an_answer_and_the_bare_challenge_is_neither()
    {
        var request = _world.Request();
        _world.Desk.Ask(_world.Now, request);
        var challenge = Assert.Single(_world.Arrived());
        var forged = new byte[64];
        _world.Token(challenge, default).CopyTo(forged);
        Assert.Equal(AddressRefusal.Wrong, _world.Desk.Answer(_world.Now, new(request, challenge, Bytes64.Read(forged)), out _));
    }

    [Fact] // §1.5 e
    public void A_challenge_works_once()
    {
        var request = _world.Request();
        _world.Desk.Ask(_world.Now, request);
        var answer = _world.Answer(request, Assert.Single(_world.Arrived()));
        Assert.Equal(AddressRefusal.None, _world.Desk.Answer(_world.Now, answer, out _));
        Assert.Equal(AddressRefusal.NotOpen, _world.Desk.Answer(_world.Now, answer, out _));
    }

    [Fact] // §9: challenge at TTL+1
    public void A_challenge_is_too_late_after_thirty_seconds()
    {
        var request = _world.Request();
        _world.Desk.Ask(_world.Now, request);
        var answer = _world.Answer(request, Assert.Single(_world.Arrived()));
        _world.Wait(30);
        Assert.Equal(AddressRefusal.NotOpen, _world.Desk.Answer(_world.Now, answer, out _));
    }

    [Theory, InlineData("203.0.113.7:54322"), InlineData("203.0.113.8:54321")] // §1.5 a, b, m
    public void Another_address_or_port_than_the_proved_one_is_refused(string other)
    {
        _world.Desk.Ask(_world.Now, _world.Request());
        var challenge = Assert.Single(_world.Arrived());
        Assert.NotEqual(AddressRefusal.None, _world.Desk.Answer(_world.Now, _world.Answer(_world.Request(At(other)), challenge), out _));
    }

    [Fact]
    public void Another_audience_than_was_asked_for_is_refused()
    {
        _world.Desk.Ask(_world.Now, _world.Request());
        var challenge = Assert.Single(_world.Arrived());
        var other = _world.Request(audience: AddressCertificate.AudienceOf(_world.Prover));
        Assert.Equal(AddressRefusal.Wrong, _world.Desk.Answer(_world.Now, _world.Answer(other, challenge), out _));
    }

    [Fact] // §9: 4th challenge per minute to one victim not sent; finding 7: per host, not per port
    public void A_victim_gets_three_challenges_a_minute_whatever_ports_and_identities_are_named()
    {
        var sent = 0;
        for (var attacker = 0; attacker < 1_000; attacker++)
        {
            _world.Desk.Ask(_world.Now, _world.Request(At($"203.0.113.7:{1_024 + attacker}"), key: new(Sha256.Hash(BitConverter.GetBytes(attacker)))));
            while (_world.Listening.TryTransmit(out _, out _)) sent++;
            _world.Wait(0.0599);
        }

        Assert.InRange(sent, 1, ChallengeBudget.PerHost);
    }

    [Fact] // finding 7
    public void A_network_gets_thirty_and_a_hub_sends_a_thousand_a_minute()
    {
        var budget = new ChallengeBudget();
        Assert.Equal(30, Enumerable.Range(0, 256).Count(i => budget.TrySpend(new(0), At($"203.0.113.{i}:1"), false)));
        Assert.Equal(1_000 - 30, Enumerable.Range(0, 60_000).Count(i => budget.TrySpend(new(0), At($"198.{18 + i % 2}.{i / 2 % 256}.{i / 512}:1"), false)));
        Assert.False(budget.TrySpend(new(59_999_999), At("192.0.2.200:1"), false));
        Assert.True(budget.TrySpend(new(60_000_000), At("192.0.2.200:1"), false));
    }

    [Fact]
    public void As_many_hosts_as_may_hold_a_lease_are_asked_again_and_one_more_waits()
    {
        var budget = new ChallengeBudget();
        static HostPort Host(int number) => new(((UInt128)0xFFFF << 32) | (0x0B000000u + (uint)number), 1);
        for (var round = 0; round < 4; round++)
            Assert.True(Enumerable.Range(0, SenderDesk.MaxSenders).All(i => budget.TrySpend(new(10_000_000 * round), Host(i), true)));
        var last = new Instant(30_000_000);
        Assert.False(budget.TrySpend(last, Host(SenderDesk.MaxSenders), true));
        Assert.True(budget.TrySpend(last + TimeSpan.FromMinutes(1), Host(SenderDesk.MaxSenders), true));
    }

    [Fact] // finding 7: any stranger spends the victim's budget
    public void Who_is_there_proves_himself_though_strangers_have_spent_his_budget()
    {
        for (var i = 0; i < 10; i++) _world.Desk.Ask(_world.Now, _world.Request(key: new(Sha256.Hash([(byte)i]))));
        _world.Arrived();
        _world.Solicit();
        Assert.Null(Fault(Obtain(_world.Request()), AddressLevel.Port));
    }

    [Fact]
    public void A_forged_cookie_solicits_nothing()
    {
        _world.Listening.Asked(_world.Now.Mono, Victim, 42);
        Assert.False(_world.Listening.IsSolicited(_world.Now.Mono, _world.Request().Address));
        _world.Solicit();
        Assert.True(_world.Listening.IsSolicited(_world.Now.Mono, _world.Request().Address));
        _world.Wait(60);
        Assert.False(_world.Listening.IsSolicited(_world.Now.Mono, _world.Request().Address));
    }

    [Theory, InlineData("127.0.0.1:1"), InlineData("10.0.0.1:1"), InlineData("224.0.0.1:1"), InlineData("255.255.255.255:1"), InlineData("169.254.169.254:80"),
        InlineData("[::1]:1"), InlineData("[fe80::1]:1"), InlineData("[ff02::1]:1"), InlineData("0.0.0.0:1"), InlineData("[fd00::1]:1")]
    public void Nobody_is_challenged_at_an_address_that_the_policy_forbids(string at)
    {
        Assert.Equal(AddressRefusal.ForbiddenAddress, _world.Desk.Ask(_world.Now, _world.Request(At(at))));
        Assert.False(_world.Listening.TryTransmit(out _, out _));
    }

    [Fact] // §1.5 o
    public void An_open_connection_is_no_consent_to_be_challenged()
    {
        Assert.Equal(AddressRefusal.Unsupported, _world.Desk.Ask(_world.Now, _world.Request(method: AddressMethod.Direct)));
        _world.Direct.Consent(new(1), Victim);
        Assert.Equal(AddressRefusal.None, _world.Desk.Ask(_world.Now, _world.Request(method: AddressMethod.Direct)));
    }

    [Fact] // finding 6
    public void A_direct_proof_certifies_the_host_only()
    {
        _world.Direct.Consent(new(1), Victim);
        var request = _world.Request(method: AddressMethod.Direct);
        _world.Desk.Ask(_world.Now, request);
        Assert.True(_world.Direct.TryTransmit(out _, out var challenge));
        Assert.Equal(AddressRefusal.None, _world.Desk.Answer(_world.Now, _world.Answer(request, challenge), out var certificate));
        Assert.Equal(AddressFault.HostOnly, Fault(certificate!, AddressLevel.Port));
        Assert.Null(Fault(certificate!, AddressLevel.Host));
    }

    [Fact]
    public void A_certificate_serves_only_whom_and_when_it_was_made_for()
    {
        var me = AddressCertificate.AudienceOf(_world.Prover);
        var certificate = Obtain(_world.Request(audience: me));
        Assert.Null(Fault(certificate, AddressLevel.Port, me));
        Assert.Equal(AddressFault.NotForMe, Fault(certificate, AddressLevel.Port));
        Assert.Equal(AddressFault.NotYours, certificate.FaultOf(_world.Now.Utc, Genesis, _world.ProverKey.Public, me, _world.ProverKey.Public, AddressLevel.Port));
        Assert.Equal(AddressFault.NotSigned, certificate.FaultOf(_world.Now.Utc, default, _world.ProverKey.Public, me, _world.Mine.Public, AddressLevel.Port));
        _world.Wait(601);
        Assert.Equal(AddressFault.Expired, Fault(certificate, AddressLevel.Port, me));
    }

    [Fact] // §1.5 g
    public void A_client_takes_no_challenge_from_another_server_nor_to_another_mapping()
    {
        var challenge = StunId.Of([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        var datagram = ListeningProof.Datagram(challenge, Victim);
        Assert.True(ListeningProof.TryReadChallenge(datagram, HubAt, HubAt, Victim, out var read));
        Assert.Equal(challenge, read);
        Assert.False(ListeningProof.TryReadChallenge(datagram, At("192.0.2.9:3478"), HubAt, Victim, out _));
        Assert.False(ListeningProof.TryReadChallenge(datagram, HubAt, HubAt, At("203.0.113.7:54322"), out _));
        Assert.False(ListeningProof.TryReadChallenge([.. datagram, 0], HubAt, HubAt, Victim, out _));
    }

    private AddressCertificate Obtain(AddressRequest request)
    {
        Assert.Equal(AddressRefusal.None, _world.Desk.Ask(_world.Now, request));
        Assert.Equal(AddressRefusal.None, _world.Desk.Answer(_world.Now, _world.Answer(request, Assert.Single(_world.Arrived())), out var certificate));
        return certificate!;
    }

    private AddressFault? Fault(AddressCertificate certificate, AddressLevel needed, Token16 me = default) =>
        certificate.FaultOf(_world.Now.Utc, Genesis, _world.ProverKey.Public, me, _world.Mine.Public, needed);
}
