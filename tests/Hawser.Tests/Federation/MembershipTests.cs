using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Federation;

/// <summary>Votes and convictions: the roster alone, then whole admins.</summary>
public class MembershipTests
{
    private readonly Founders _founders = new(4);
    private readonly SimRandom _random = new(3);

    private Genesis Genesis => _founders.Genesis;

    private RoutingTick Tick => Genesis.FirstTick.TryNext(out var tick) ? tick : throw new InvalidOperationException();

    private RoutingId Id(int place) => Genesis.Founders[place].Id;

    private HubCard Card(SigningKey key, Bytes32? genesis = null, int number = 90) => new HubCard
    {
        Name = "late", Url = "http://late.example", At = HostPort.Read([192, 0, 2, (byte)number], 4_700), AdminKey = key.Public,
        ChannelKey = DhKeyPair.Generate(_random).Public, Genesis = genesis ?? Genesis.Hash,
    }.SignWith(key);

    private byte[] Vote(MemberChange change, bool yes = true) => new MemberVote(Genesis.Hash, yes, change).Write();

    private FraudProof Fraud(int place, SigningKey? key = null)
    {
        var (id, with) = (Id(place), key ?? _founders.Keys[place]);
        AgreementMessage Said(string what) => AgreementMessage.MakeVote(Genesis.Hash, MessageKind.Prevote, 3, id, with, 0, Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(what).AsSpan()));
        return FraudProof.OfMessages(Genesis.Hash, Said("a"), Said("b"))!;
    }

    private void Pass(Roster roster, uint height, MemberChange change, params int[] voters)
    {
        foreach (var voter in voters) Assert.NotNull(roster.TakeVote(height, Id(voter), Vote(change)));
        roster.Close(height, Tick);
    }

    [Fact]
    public void A_quorum_of_votes_brings_a_hub_in_and_fewer_do_not()
    {
        var (roster, change) = (new Roster(Genesis), MemberChange.Add(Card(SigningKey.Generate(_random))));
        Pass(roster, 5, change, 0, 1);
        Assert.Same(Genesis.Founders, roster.Members);
        Pass(roster, 7, change, 2);
        Assert.Equal((5, 8u), (roster.Members.Count, roster.Since));
        Assert.Equal(change.Card!.AdminKey, roster.Members[roster.Members.PlaceOf(Member.LaterId(7))].Key);
        Assert.Empty(roster.Open);
    }

    [Fact]
    public void A_vote_that_was_taken_back_does_not_count_and_one_counts_once()
    {
        var (roster, change) = (new Roster(Genesis), MemberChange.Retire(Id(3)));
        Pass(roster, 1, change, 0, 0, 0, 1);
        roster.TakeVote(2, Id(1), Vote(change, yes: false));
        Pass(roster, 2, change, 2);
        Assert.Equal(4, roster.Members.Count);
        Pass(roster, 3, change, 1);
        Assert.Equal(3, roster.Members.Count);
    }

    [Fact]
    public void Votes_lapse_after_their_window()
    {
        var (roster, change) = (new Roster(Genesis), MemberChange.Retire(Id(3)));
        Pass(roster, 1, change, 0, 1);
        roster.Close(Roster.VoteWindow, Tick);
        Assert.Single(roster.Open);
        roster.Close(1 + Roster.VoteWindow, Tick);
        Assert.Empty(roster.Open);
        Pass(roster, 2 + Roster.VoteWindow, change, 2);
        Assert.Equal(4, roster.Members.Count);
    }

    [Fact]
    public void One_change_is_made_in_a_height_and_what_became_impossible_is_dropped()
    {
        var roster = new Roster(Genesis);
        var key = SigningKey.Generate(_random);
        var (first, second) = (MemberChange.Add(Card(key)), MemberChange.Add(Card(key, number: 91)));
        foreach (var voter in new[] { 0, 1, 2 })
        {
            roster.TakeVote(4, Id(voter), Vote(first));
            roster.TakeVote(4, Id(voter), Vote(second));
        }

        roster.Close(4, Tick);
        Assert.Equal(5, roster.Members.Count);
        Assert.Empty(roster.Open);
        roster.Close(5, Tick);
        Assert.Equal(5, roster.Members.Count);
    }

    [Fact]
    public void Strangers_cannot_vote_nor_can_a_card_of_another_federation_come_in()
    {
        var roster = new Roster(Genesis);
        Assert.Null(roster.TakeVote(1, Member.LaterId(9), Vote(MemberChange.Retire(Id(0)))));
        Assert.Null(roster.TakeVote(1, Id(0), Vote(MemberChange.Add(Card(SigningKey.Generate(_random), Sha256.Hash("other"u8))))));
        Assert.Null(roster.TakeVote(1, Id(0), Vote(MemberChange.Add(Card(_founders.Keys[1])))));
        Assert.Null(roster.TakeVote(1, Id(0), new MemberVote(Sha256.Hash("other"u8), true, MemberChange.Retire(Id(1))).Write()));
        Assert.Empty(roster.Open);
    }

    [Fact]
    public void One_admin_opens_no_more_than_its_share_of_changes()
    {
        var roster = new Roster(Genesis);
        for (var i = 0; i < Roster.MaxOpen + 3; i++) roster.TakeVote(1, Id(0), Vote(MemberChange.Add(Card(SigningKey.Generate(_random)))));
        Assert.Equal(Roster.MaxOpen, roster.Open.Count());
        Assert.NotNull(roster.TakeVote(1, Id(1), Vote(MemberChange.Add(Card(SigningKey.Generate(_random))))));
    }

    [Fact]
    public void Evidence_freezes_from_the_next_height_and_takes_the_votes_away()
    {
        var (roster, change) = (new Roster(Genesis), MemberChange.Retire(Id(0)));
        roster.TakeVote(1, Id(3), Vote(change));
        Assert.NotNull(roster.TakeEvidence(Fraud(3).Write()));
        Assert.False(roster.IsFrozen(Id(3)));
        Assert.Null(roster.TakeEvidence(Fraud(3).Write())); // once is enough
        roster.Close(1, Tick);
        Assert.True(roster.IsFrozen(Id(3)));
        Assert.True(Tick.TryNext(out var later) && roster.MayIssue(Id(3), Tick) && !roster.MayIssue(Id(3), later)); // who holds one of its tickets did nothing wrong
        Assert.Empty(roster.Open.Single().Yes);
        Assert.Equal(4, roster.Members.Count); // counted until a vote removes it
        Pass(roster, 2, MemberChange.Retire(Id(3)), 0, 1, 2);
        Assert.False(roster.IsFrozen(Id(3)));
        Assert.Equal(3, roster.Members.Count);
    }

    [Fact]
    public void Evidence_under_a_key_that_is_the_admins_no_more_freezes_nobody()
    {
        var roster = new Roster(Genesis);
        var key = SigningKey.Generate(_random);
        Pass(roster, 1, MemberChange.Rekey(Id(2), Card(key)), 0, 1, 3);
        Assert.Equal(key.Public, roster.Members[2].Key);
        Assert.Null(roster.TakeEvidence(Fraud(2).Write()));
        Assert.NotNull(roster.TakeEvidence(Fraud(2, key).Write()));
    }

    [Theory, InlineData("hawser/vote/1"), InlineData("Vote: yes"), InlineData("Change: add"), InlineData("Hub: ")]
    public void A_vote_has_one_form(string part)
    {
        var text = System.Text.Encoding.ASCII.GetString(Vote(MemberChange.Add(Card(SigningKey.Generate(_random)))));
        Assert.True(MemberVote.TryRead(System.Text.Encoding.ASCII.GetBytes(text), out var vote));
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(vote.Write()));
        Assert.False(MemberVote.TryRead(System.Text.Encoding.ASCII.GetBytes(text.Replace(part, part.ToUpperInvariant(), StringComparison.Ordinal)), out _));
        Assert.False(MemberVote.TryRead(System.Text.Encoding.ASCII.GetBytes(text + "x\n"), out _));
        Assert.False(MemberVote.TryRead(System.Text.Encoding.ASCII.GetBytes(text[..^2]), out _));
    }

    [Fact]
    public void A_later_hub_follows_is_voted_in_and_signs()
    {
        var sim = new AdminSim(4);
        var key = SigningKey.Generate(_random);
        var hub = sim.Add(key);
        Assert.True(sim.Until(() => hub.Machine!.Height > 2));
        Assert.Null(hub.Machine!.Me);
        Assert.Equal(AdminStatus.Busy, sim.Ask(4, AdminVerb.Claim, SealedTextOf(sim)).Status);

        var change = MemberChange.Add(new HubCard
        {
            Name = "late", Url = "http://late.example", At = HostPort.Read([192, 0, 2, 90], 4_700), AdminKey = key.Public,
            ChannelKey = DhKeyPair.Generate(_random).Public, Genesis = sim.Genesis.Hash,
        }.SignWith(key));
        for (var place = 0; place < 3; place++)
            Assert.Equal(AdminStatus.Ok, sim.Ask(place, AdminVerb.OwnVote, new MemberVote(sim.Genesis.Hash, true, change).Write()).Status);
        Assert.True(sim.Until(() => hub.Machine!.Me is not null));
        var height = hub.Machine!.Height;
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Machine!.Height > height + 2)));
        var certificate = sim.Hubs[0].Certificates[height + 1];
        Assert.Contains(hub.Machine.Me!.Id, certificate.Value.Heads.Select(head => head.Signer));

        // With one of five down it is one of the four that must sign: nothing goes on without it.
        AdminSim.Stop(sim.Hubs[0]);
        var before = hub.Machine.Height;
        Assert.True(sim.Until(() => hub.Machine!.Height > before + 1));
        Assert.Contains(hub.Machine.Me.Id, hub.Certificates[before + 1].Attestations.Select(a => a.Admin));

        // A restart takes it all up from the store.
        AdminSim.Stop(hub);
        sim.Start(hub);
        Assert.Equal(5, hub.Machine!.Members.Count);
        Assert.Equal(1, hub.Machine.Epochs.Changes);
    }

    [Fact]
    public void Who_was_voted_out_follows_and_signs_nothing()
    {
        var sim = new AdminSim(5);
        var change = MemberChange.Retire(sim.Genesis.Founders[4].Id);
        for (var place = 0; place < 4; place++) sim.Ask(place, AdminVerb.OwnVote, new MemberVote(sim.Genesis.Hash, true, change).Write());
        Assert.True(sim.Until(() => sim.Hubs[4].Machine!.Me is null));
        var height = sim.Hubs[4].Machine!.Height;
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Machine!.Height > height + 2)));
        Assert.Equal(4, sim.Hubs[0].Certificates[height + 1].Value.Vector.Count);
        Assert.Equal(AdminStatus.Busy, sim.Ask(4, AdminVerb.Ticket, new TicketRequest(sim.Genesis.Hash, default).Write()).Status);
    }

    [Fact]
    public void A_new_key_signs_from_the_height_after_the_vote_and_the_old_one_counts_no_more()
    {
        var sim = new AdminSim(4);
        var hub = sim.Hubs[1];
        var key = SigningKey.Generate(_random);
        hub.Keys.Add(key);
        AdminSim.Stop(hub);
        sim.Start(hub);
        var change = MemberChange.Rekey(sim.Genesis.Founders[1].Id, new HubCard
        {
            Name = "hub1", Url = "http://hub1.example", At = HostPort.Read([192, 0, 2, 2], 4_700), AdminKey = key.Public,
            ChannelKey = sim.Genesis.Founders[1].ChannelKey, Genesis = sim.Genesis.Hash,
        }.SignWith(key));
        foreach (var place in new[] { 0, 1, 2 }) Assert.Equal(AdminStatus.Ok, sim.Ask(place, AdminVerb.OwnVote, new MemberVote(sim.Genesis.Hash, true, change).Write()).Status);
        Assert.True(sim.Until(() => hub.Machine!.Me?.Key == key.Public));
        AdminSim.Stop(sim.Hubs[3]); // so that it is needed
        var height = hub.Machine!.Height;
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height > height + 2));
        Assert.Equal(sim.Genesis.Founders[1].Id, hub.Machine.Me!.Id);
    }

    [Fact]
    public void A_proof_that_anybody_hands_in_freezes_the_admin_everywhere()
    {
        var sim = new AdminSim(4);
        var (id, key) = (sim.Genesis.Founders[3].Id, sim.Founders.Keys[3]);
        AgreementMessage Said(string what) => AgreementMessage.MakeVote(sim.Genesis.Hash, MessageKind.Precommit, 2, id, key, 0, Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(what).AsSpan()));
        var proof = FraudProof.OfMessages(sim.Genesis.Hash, Said("a"), Said("b"))!.Write();
        Assert.Equal(AdminStatus.Refused, sim.Ask(0, AdminVerb.Evidence, [.. proof[..^9], .. "AAAAAAAA\n"u8]).Status);
        Assert.Equal(AdminStatus.Ok, sim.Ask(0, AdminVerb.Evidence, proof).Status);
        Assert.Single(sim.Hubs[0].Convictions);
        Assert.True(sim.Until(() => sim.Hubs.All(h => h.Registry.Roster.IsFrozen(id))));
        var frozen = sim.Hubs.Max(h => h.Registry.Height); // the heights after the one that folded it
        Assert.Equal(AdminStatus.Busy, sim.Ask(3, AdminVerb.Ticket, new TicketRequest(sim.Genesis.Hash, default).Write()).Status);
        Assert.True(sim.Until(() => sim.Hubs[0].Machine!.Height > frozen + 2));
        Assert.Equal(sim.Hubs[0].Certificates[frozen].Value.Vector[3], sim.Hubs[0].Certificates[frozen + 2].Value.Vector[3]);
        Assert.DoesNotContain(id, sim.Hubs[0].Certificates[frozen + 2].Value.Heads.Select(head => head.Signer));
        Assert.Equal(AdminStatus.Ok, sim.Ask(1, AdminVerb.Evidence, proof).Status); // known already
    }

    private byte[] SealedTextOf(AdminSim sim)
    {
        var (seal, claimKey) = (new SealKey(_random.Seed32()), SigningKey.Generate(_random));
        Assert.True(sim.Hubs[0].Machine!.LastTick.TryNext(out var tick));
        var ticket = ClaimTicket.Issue(sim.Genesis.Hash, sim.Genesis.Founders[0].Id, sim.Founders.Keys[0], RoutingId.Random(tick, _random), ClaimTicket.SealHash(seal.Public));
        var deed = Deed.Sign(new()
        {
            Genesis = sim.Genesis.Hash, Timestamp = tick, Keyword = "pi", OwnerName = "Anonymous", ContactInfo = "n/a", Notes = "n/a",
            TicketIssuer = ticket.Issuer, TicketNumber = ticket.Number, ClaimKey = claimKey.Public, ChannelKey = DhKeyPair.Generate(_random).Public,
            Hubs = [sim.Genesis.Founders[0].Id], At = [],
        }, claimKey);
        return SealedClaim.Seal(deed, ticket, seal, claimKey, true).Text;
    }
}
