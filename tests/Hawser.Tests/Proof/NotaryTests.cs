using Hawser.Crypto;
using Hawser.Proof;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>Method 3: what notaries sign, and what a verifier believes of it.</summary>
public class NotaryTests
{
    private readonly ProofWorld _world = new();
    private readonly SimRandom _random = new(7);
    private readonly NotaryPanel _panel = new(2);
    private readonly NotaryProof _proof;
    private readonly Dictionary<string, Office> _offices = [];

    public NotaryTests()
    {
        foreach (var name in (string[])["alice", "bob", "carol"]) Add(name, name);
        _proof = new(_random, ProofWorld.Genesis, _world.Prover, _panel);
        _world.Desk.Add(_proof);
    }

    [Fact]
    public void Whom_two_operators_have_seen_gets_a_certificate_of_the_host_and_no_port()
    {
        var (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.None, Answer(request, challenge, Seen("alice"), Seen("bob")));
        Assert.Equal(AddressLevel.Host, _certificate!.Level);
        Assert.Equal(AddressFault.HostOnly, _certificate.FaultOf(_world.Now.Utc, ProofWorld.Genesis, _world.ProverKey.Public, default, _world.Mine.Public, AddressLevel.Port));
        Assert.Null(_certificate.FaultOf(_world.Now.Utc, ProofWorld.Genesis, _world.ProverKey.Public, default, _world.Mine.Public, AddressLevel.Host));
    }

    [Fact]
    public void One_operator_is_not_enough_and_two_keys_of_one_are_one()
    {
        Add("alice again", "alice");
        var (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.Wrong, Answer(request, challenge, Seen("alice")));
        Assert.Equal(AddressRefusal.Wrong, Answer(request, challenge, Seen("alice"), Seen("alice again")));
        Assert.Equal(AddressRefusal.Wrong, Answer(request, challenge, Seen("alice"), Seen("alice")));
        Assert.Equal(3, _proof.Count(NotaryFault.TooFewOperators));
        Assert.Equal(AddressRefusal.None, Answer(request, challenge, Seen("alice"), Seen("carol"))); // what failed spent nothing
    }

    [Fact] // §9: notary answer with other aud/ip/nonce refused
    public void A_statement_for_another_verifier_address_or_nonce_is_refused()
    {
        var (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.Wrong, Answer(request, challenge, Seen("alice"), Seen("bob", audience: "0a9-0000000")));
        Assert.Equal(AddressRefusal.Wrong, Answer(request, challenge, Seen("alice"), Seen("bob", from: At("203.0.113.8:1"))));
        Assert.Equal(AddressRefusal.Wrong, Answer(request, challenge, Seen("alice"), Seen("bob", nonce: Sha256.Hash("other"u8))));
        Assert.Equal((1, 1, 1), (_proof.Count(NotaryFault.OtherAudience), _proof.Count(NotaryFault.OtherAddress), _proof.Count(NotaryFault.OtherNonce)));
    }

    [Fact] // §1.5 k: if the client invents the nonce, old notarisations replay
    public void A_nonce_that_the_verifier_did_not_issue_is_worth_nothing()
    {
        var (request, _) = Ask();
        Assert.Equal(AddressRefusal.NotOpen, Answer(request, StunId.Draw(_random), Seen("alice"), Seen("bob")));
    }

    [Fact]
    public void A_challenge_is_good_once_and_for_a_minute_at_most()
    {
        var (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.None, Answer(request, challenge, Seen("alice"), Seen("bob")));
        Assert.Equal(AddressRefusal.NotOpen, Answer(request, challenge, Seen("alice"), Seen("bob")));
        (request, challenge) = Ask();
        _world.Wait(29);
        Assert.True(_proof.IsOpen(_world.Now.Mono, request, challenge));
        _world.Wait(32);
        Assert.Equal(AddressRefusal.NotOpen, Answer(request, challenge, Seen("alice"), Seen("bob")));
    }

    [Fact] // finding 5, for this method: who asks for his key gets nobody else's program to show his nonce
    public void The_nonce_is_of_the_key_and_the_address_that_were_asked_for()
    {
        var (request, challenge) = Ask();
        var mallory = new SigningKey(Sha256.Hash("mallory"u8));
        var (his, hisChallenge) = Ask(_world.Request(method: AddressMethod.WebNotary, key: mallory));
        Assert.NotEqual(NonceOf(request, challenge), NonceOf(his, challenge));
        Assert.False(_proof.IsOpen(_world.Now.Mono, request, hisChallenge));
        // Statements that the honest one collected for himself do nothing for another's key.
        var shown = new NotaryEvidence([Seen("alice")(request, challenge), Seen("bob")(request, challenge)]).ToArray();
        Assert.Equal(AddressRefusal.Wrong, _world.Desk.Answer(_world.Now, _world.Answer(his, hisChallenge, mallory), shown, out _));
    }

    [Fact]
    public void Without_the_signature_of_the_certified_key_statements_certify_nothing()
    {
        var (request, challenge) = Ask();
        var shown = new NotaryEvidence([Seen("alice")(request, challenge), Seen("bob")(request, challenge)]).ToArray();
        Assert.Equal(AddressRefusal.Wrong, _world.Desk.Answer(_world.Now, _world.Answer(request, challenge, _world.ProverKey), shown, out _));
    }

    [Fact]
    public void Strangers_who_ask_in_thousands_spend_no_budget_and_stand_in_nobodys_way()
    {
        for (var i = 0; i < 10_000; i++) Ask(_world.Request(method: AddressMethod.WebNotary, key: _world.ProverKey));
        Assert.Equal(0, _world.Budget.Denied);
        Assert.Equal(0, _world.Desk.OpenChallenges);
        Assert.Equal(AddressRefusal.None, _world.Desk.Ask(_world.Now, _world.Request()));
        var (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.None, Answer(request, challenge, Seen("alice"), Seen("bob")));
    }

    [Fact] // finding 6
    public void No_delivery_rests_on_a_notary()
    {
        _world.Senders.Add(_proof);
        Assert.True(_world.Senders.TryOpen(_world.Now, new(1), At("198.51.100.1:1"), out _));
        Assert.Equal(SenderStatus.Unsupported, _world.Senders.Hello(_world.Now, new(1), _world.Request().Address, AddressMethod.WebNotary));
    }

    [Fact]
    public void Keys_change_with_an_overlap_and_the_old_one_is_believed_until_it_has_signed_its_last()
    {
        var start = _world.Now;
        var office = _offices["alice"];
        var first = office.Ring.Published.Single().Kid;
        _world.Wait((NotaryKeyRing.Life - NotaryKeyRing.Lead).TotalSeconds + 1);
        Assert.True(office.Ring.Turn(_world.Now.Utc, _random));
        Assert.Equal(2, office.Ring.Published.Count); // shown a day before it signs
        office.Ring.Signing(_world.Now.Utc, out var kid);
        Assert.Equal(first, kid);
        Assert.True(_panel.TryTake(_world.Now.Utc, office.Card(_world.Now.Utc)));
        Renew("bob");
        var (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.None, Answer(request, challenge, Seen("alice"), Seen("bob")));

        _world.Wait(NotaryKeyRing.Lead.TotalSeconds);
        office.Ring.Turn(_world.Now.Utc, _random);
        office.Ring.Signing(_world.Now.Utc, out kid);
        Assert.NotEqual(first, kid);
        (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.None, Answer(request, challenge, Seen("alice"), Seen("bob"))); // by the card of yesterday
        _world.Wait(NotaryKeyRing.Tail.TotalSeconds);
        Assert.True(office.Ring.Turn(_world.Now.Utc, _random));
        Assert.DoesNotContain(office.Ring.Published, key => key.Kid == first);
        Assert.True(_world.Now.Utc - start.Utc > NotaryKeyRing.Life);
    }

    [Fact]
    public void A_revoked_key_counts_no_more_once_the_verifier_has_the_card()
    {
        var (request, challenge) = Ask();
        var stolen = Seen("alice")(request, challenge);
        _world.Wait(1);
        _offices["alice"].Ring.Revoke(_world.Now.Utc, _random);
        Assert.True(_panel.TryTake(_world.Now.Utc, _offices["alice"].Card(_world.Now.Utc)));
        Assert.Equal(NotaryFault.UnknownKey, _panel.FaultOf(_world.Now.Utc, [stolen, Seen("bob")(request, challenge)], _world.Prover.ToString(), NonceOf(request, challenge), request.Address.At.Address));
    }

    [Fact]
    public void An_old_card_brings_no_revoked_key_back()
    {
        var old = _offices["alice"].Card(_world.Now.Utc);
        _world.Wait(10);
        _offices["alice"].Ring.Revoke(_world.Now.Utc, _random);
        Assert.True(_panel.TryTake(_world.Now.Utc, _offices["alice"].Card(_world.Now.Utc)));
        Assert.False(_panel.TryTake(_world.Now.Utc, old));
        Assert.False(_panel.TryTake(_world.Now.Utc.AddDays(3), _offices["bob"].Card(_world.Now.Utc)));
    }

    [Fact]
    public void Who_publishes_anothers_key_does_not_take_it_from_him()
    {
        var thief = new SigningKey(Sha256.Hash("thief"u8));
        _panel.Name(thief.Public, "thief");
        var card = new NotaryCard { Root = thief.Public, Written = _world.Now.Utc, Keys = _offices["alice"].Ring.Published }.SignWith(thief);
        Assert.True(_panel.TryTake(_world.Now.Utc, card));
        var (request, challenge) = Ask();
        Assert.Equal(AddressRefusal.None, Answer(request, challenge, Seen("alice"), Seen("bob")));
        Assert.False(_panel.TryTake(_world.Now.Utc, new NotaryCard { Root = _world.Mine.Public, Written = _world.Now.Utc, Keys = card.Keys }.SignWith(_world.Mine))); // nobody whom we named
    }

    [Fact]
    public void Clocks_may_be_off_by_twelve_hours_and_no_more()
    {
        var (request, challenge) = Ask();
        Assert.Equal(NotaryFault.OutOfTime, FaultOfIssued(_world.Now.Utc.AddHours(14)));
        Assert.Equal(NotaryFault.OutOfTime, FaultOfIssued(_world.Now.Utc.AddHours(-14)));
        Assert.Null(FaultOfIssued(_world.Now.Utc.AddHours(12)));

        NotaryFault? FaultOfIssued(DateTimeOffset at)
        {
            var key = _offices["bob"].Ring.Signing(_world.Now.Utc, out var kid)!;
            var late = NotaryStatement.Sign(key, kid, _world.Prover.ToString(), NonceOf(request, challenge), request.Address.At, at);
            return _panel.FaultOf(_world.Now.Utc, [Seen("alice")(request, challenge), late], _world.Prover.ToString(), NonceOf(request, challenge), request.Address.At.Address);
        }
    }

    [Theory, InlineData("10.0.0.7:1"), InlineData("127.0.0.1:1"), InlineData("192.168.1.1:1"), InlineData("[fe80::1]:1"), InlineData("100.64.0.1:1")]
    public void A_notary_does_not_take_a_proxy_that_it_was_not_told_of_for_everybody(string from) =>
        Assert.Equal(NotaryVerdict.NotPublic, _offices["alice"].Desk.Notarize(_world.Now.Utc, new Bytes32().ToString(), "x", At(from), out _));

    [Fact]
    public void A_notary_signs_nothing_where_the_client_is_not_known_or_the_words_are_not_what_they_must_be()
    {
        var desk = _offices["alice"].Desk;
        var nonce = new Bytes32().ToString();
        Assert.Equal(NotaryVerdict.ClientUnknown, desk.Notarize(_world.Now.Utc, nonce, "x", null, out _));
        Assert.Equal(NotaryVerdict.Malformed, desk.Notarize(_world.Now.Utc, nonce[1..], "x", At("203.0.113.7:1"), out _));
        Assert.Equal(NotaryVerdict.Malformed, desk.Notarize(_world.Now.Utc, nonce, "a\"b", At("203.0.113.7:1"), out _));
        Assert.Equal(NotaryVerdict.Malformed, desk.Notarize(_world.Now.Utc, nonce, null, At("203.0.113.7:1"), out _));
        Assert.Equal(NotaryVerdict.NoKey, desk.Notarize(_world.Now.Utc.AddYears(1), nonce, "x", At("203.0.113.7:1"), out _));
        Assert.Equal(2, Enum.GetValues<NotaryVerdict>().Count(verdict => desk.Count(verdict) == 1));
    }

    [Theory, InlineData("10.0.0.0/33"), InlineData("10.0.0.1/8"), InlineData("10.0.0.0/-1"), InlineData(""), InlineData("/8"), InlineData("10.0.0/8"), InlineData("2001:db8::1/32"),
        InlineData("010.0.0.0/8"), InlineData("10.0.0.0/8/8"), InlineData("::/129")]
    public void A_slip_in_a_trusted_network_is_no_network(string text) => Assert.False(AddressNetwork.TryParse(text, out _));

    private AddressCertificate? _certificate;

    private void Add(string name, string run)
    {
        var office = new Office(name, _random, _world.Now.Utc);
        _offices[name] = office;
        _panel.Name(office.Root.Public, run);
        Assert.True(_panel.TryTake(_world.Now.Utc, office.Card(_world.Now.Utc)));
    }

    private void Renew(string name)
    {
        _offices[name].Ring.Turn(_world.Now.Utc, _random);
        Assert.True(_panel.TryTake(_world.Now.Utc, _offices[name].Card(_world.Now.Utc)));
    }

    private (AddressRequest Request, StunId Challenge) Ask(AddressRequest? request = null)
    {
        request ??= _world.Request(method: AddressMethod.WebNotary);
        Assert.Equal(AddressRefusal.None, _world.Desk.Ask(_world.Now, request, default, out var told));
        return (request, StunId.Of(told));
    }

    private AddressRefusal Answer(AddressRequest request, StunId challenge, params Func<AddressRequest, StunId, NotaryStatement>[] seen) =>
        _world.Desk.Answer(_world.Now, _world.Answer(request, challenge), new NotaryEvidence([.. seen.Select(by => by(request, challenge))]).ToArray(), out _certificate);

    private Bytes32 NonceOf(AddressRequest request, StunId challenge) => NotaryNonce.Of(ProofWorld.Genesis, _world.Prover, challenge, request);

    private Func<AddressRequest, StunId, NotaryStatement> Seen(string by, string? audience = null, HostPort? from = null, Bytes32? nonce = null) => (request, challenge) =>
    {
        Assert.Equal(NotaryVerdict.Signed, _offices[by].Desk.Notarize(_world.Now.Utc, (nonce ?? NonceOf(request, challenge)).ToString(), audience ?? _world.Prover.ToString(), from ?? request.Address.At, out var statement));
        return statement!;
    };

    private sealed class Office
    {
        public Office(string name, IEntropy entropy, DateTimeOffset now)
        {
            Root = new(Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(name)));
            Assert.True(Ring.Turn(now, entropy));
            Assert.False(Ring.Turn(now, entropy));
            Desk = new(Ring);
        }

        public SigningKey Root { get; }

        public NotaryKeyRing Ring { get; } = new([]);

        public NotaryOffice Desk { get; }

        public NotaryCard Card(DateTimeOffset now) =>
            new NotaryCard { Root = Root.Public, Written = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()), Keys = Ring.Published }.SignWith(Root);
    }
}
