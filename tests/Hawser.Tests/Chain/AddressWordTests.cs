using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>Address certificates in the full profile: chain.md §4.6 and §5.2.</summary>
public class AddressWordTests
{
    private static readonly Bytes32 Genesis = Sha256.Hash("federation"u8);
    private static readonly SigningKey Admin = new(Sha256.Hash("admin"u8)), AnnsId = new(Sha256.Hash("ann's ID"u8)), Other = new(Sha256.Hash("other"u8));
    private static readonly RoutingId AdminId = Id("000-0000001"), BobsId = Id("0a9-jj39f7a");

    private readonly LedgerWorld _world = LedgerWorld.OfContacts();

    public AddressWordTests()
    {
        _world.Bob.Certificates = new()
        {
            Genesis = Genesis, AdminKey = id => id == AdminId ? Admin.Public : null,
            HolderOf = channel => channel == _world.Ann.Channel ? AnnsId.Public : null, Me = AddressCertificate.AudienceOf(BobsId),
        };
    }

    private AddressCertificate Good => new()
    {
        Prover = AdminId, Key = AnnsId.Public, Address = new(_world.Ann.At, AddressTransport.Udp), Method = AddressMethod.ListeningSocket, Level = AddressLevel.Port,
        Issued = _world.Now.Utc, Ttl = AddressCertificate.Life, Audience = AddressCertificate.AudienceOf(BobsId),
    };

    [Fact]
    public void An_address_that_an_admin_certifies_is_known_as_proven()
    {
        _world.Bob.RequiresProof = true;
        Invite(Good.Sign(Admin, Genesis));
        Assert.True(Assert.Single(_world.Bob.Client.Meetings).IsProven);
    }

    [Fact]
    public void A_certificate_for_everybody_serves_too()
    {
        Invite((Good with { Audience = default }).Sign(Admin, Genesis));
        Assert.True(_world.Bob.Last.IsProven);
    }

    [Fact]
    public void A_certificate_of_another_address_than_the_one_to_be_dialled_is_refused() =>
        Refused(Good with { Address = new(new(_world.Ann.At.Address, 1), AddressTransport.Udp) }, Admin);

    [Fact]
    public void A_certificate_that_no_admin_signed_is_refused() => Refused(Good, Other);

    [Fact]
    public void A_certificate_of_another_federation_is_refused() => Refused(Good, Admin, Sha256.Hash("another"u8));

    [Fact]
    public void A_certificate_of_somebody_elses_key_is_refused() => Refused(Good with { Key = Other.Public }, Admin);

    [Fact]
    public void A_certificate_for_another_reader_is_refused() => Refused(Good with { Audience = AddressCertificate.AudienceOf(AdminId) }, Admin);

    [Fact]
    public void A_certificate_of_a_host_alone_is_refused() => Refused(Good with { Method = AddressMethod.Direct, Level = AddressLevel.Host }, Admin);

    [Theory, InlineData(false), InlineData(true)]
    public void A_certificate_that_is_over_is_as_good_as_none(bool required)
    {
        _world.Bob.RequiresProof = required;
        Invite((Good with { Issued = _world.Now.Utc - AddressCertificate.Life - TimeSpan.FromSeconds(1) }).Sign(Admin, Genesis));
        Weighed(required);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_certificate_of_an_admin_who_is_not_known_is_as_good_as_none(bool required)
    {
        _world.Bob.RequiresProof = required;
        Invite((Good with { Prover = BobsId }).Sign(Admin, Genesis));
        Weighed(required);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void An_address_without_any_certificate_is_dialled_unless_one_is_required(bool required)
    {
        _world.Bob.RequiresProof = required;
        Invite(null);
        Weighed(required);
    }

    [Fact]
    public void Where_a_proof_is_required_the_compact_profile_is_not_heard()
    {
        _world.Bob.RequiresProof = true;
        _world.Bob.See(_world.Ann.Invite(_world.Bob));
        Weighed(required: true);
    }

    [Fact]
    public void An_acceptance_without_the_proof_that_is_required_is_refused_and_one_with_it_is_not()
    {
        // The two the other way round: Bob, who requires it, invites.
        _world.Bob.RequiresProof = true;
        _world.Ann.See(_world.Bob.Invite(_world.Ann, MessageProfile.Full));
        _world.Bob.See(_world.Ann.Accept());
        Assert.Equal((MeetingState.Sent, 1), (_world.Bob.Last.State, _world.Bob.DropsOf(LedgerDrop.Certificate)));

        var again = _world.Bob.Invite(_world.Ann, MessageProfile.Full);
        _world.Ann.See(again);
        Assert.True(_world.Ann.Client.Accept(_world.Now, _world.Ann.Last.Number, _world.Ann.At, 5_000, certificate: Good.Sign(Admin, Genesis)));
        _world.Ann.Settle();
        _world.Bob.See(_world.Ann.Sent[^1]);
        Assert.Equal((MeetingState.Addressed, true), (_world.Bob.Last.State, _world.Bob.Last.IsProven));
    }

    [Fact]
    public void A_cancel_needs_no_proof()
    {
        _world.Bob.RequiresProof = true;
        Invite(Good.Sign(Admin, Genesis));
        Assert.True(_world.Ann.Client.Cancel(_world.Ann.Last.Number, 5_000));
        _world.Ann.Settle();
        _world.Bob.See(_world.Ann.Sent[^1]);
        Assert.Equal(MeetingState.Failed, _world.Bob.Last.State);
    }

    [Fact]
    public void A_replacement_that_leaves_the_proof_out_is_unproven()
    {
        OutPoint[] coins = [_world.FreshCoin()];
        _world.Ann.Coins = coins;
        Invite(Good.Sign(Admin, Genesis));
        Assert.True(_world.Bob.Last.IsProven);
        _world.Bob.See(_world.Ann.Invite(_world.Bob, MessageProfile.Full));
        Assert.False(Assert.Single(_world.Bob.Client.Meetings).IsProven);
    }

    [Fact]
    public void A_message_with_a_certificate_is_as_long_as_its_quote_said()
    {
        // Person.Settle compares what was asked for with what was written.
        Assert.NotNull(_world.Ann.Client.Invite(_world.Now, _world.Bob.Channel, _world.Ann.At, MessageProfile.Full, introduce: true, 5_000, Good.Sign(Admin, Genesis)));
        _world.Ann.Settle();
        Assert.Equal(_world.Ann.Client.SizeOfInvitation(_world.Bob.Channel, MessageProfile.Full, _world.Ann.At, isCertified: true), _world.Ann.Sent[0].Outputs[0].Script.Length);
    }

    [Fact]
    public void It_is_carried_without_its_address_which_the_message_has()
    {
        var signed = Good.Sign(Admin, Genesis);
        var carried = CarriedCertificate.Write(signed);
        Assert.Equal(131, carried.Length);
        Assert.True(CarriedCertificate.TryJoin(carried, _world.Ann.At, out var joined));
        Assert.Equal(signed, joined);
        Assert.False(CarriedCertificate.TryJoin(carried.AsSpan(1), _world.Ann.At, out _));
    }

    private void Invite(AddressCertificate? certificate)
    {
        Assert.NotNull(_world.Ann.Client.Invite(_world.Now, _world.Bob.Channel, _world.Ann.At, MessageProfile.Full, introduce: false, 5_000, certificate));
        _world.Ann.Settle();
        _world.Bob.See(_world.Ann.Sent[^1]);
    }

    private void Refused(AddressCertificate certificate, SigningKey by, Bytes32? genesis = null)
    {
        Invite(certificate.Sign(by, genesis ?? Genesis));
        Assert.Equal(1, _world.Bob.DropsOf(LedgerDrop.Certificate));
        Assert.Empty(_world.Bob.Client.Meetings);
    }

    private void Weighed(bool required)
    {
        Assert.Equal(required ? 1 : 0, _world.Bob.DropsOf(LedgerDrop.Certificate));
        if (required) Assert.Empty(_world.Bob.Client.Meetings);
        else Assert.False(Assert.Single(_world.Bob.Client.Meetings).IsProven);
    }

    private static RoutingId Id(string text) => RoutingId.TryParse(text, out var id) ? id : throw new FormatException(text);
}
