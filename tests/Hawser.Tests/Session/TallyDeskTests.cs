using Hawser.Crypto;
using Hawser.Session;
using Xunit;
using static Hawser.Session.TallyRecord;

namespace Hawser.Tests.Session;

/// <summary>How two sites come to one tally, whatever happens to them on the way.</summary>
public class TallyDeskTests
{
    private readonly SimSite _alice = new("alice", 1), _bob = new("bob", 2);

    [Fact]
    public void A_joiner_with_a_ticket_and_its_host_sign_one_text()
    {
        Invite();
        BothOpen();
        Assert.Equal(_alice.User.Public, _alice.Only.Text!.Stock); // who invites drafts
        Assert.Equal("bob", _alice.Only.PartnerCard!.Name);
    }

    [Fact]
    public void Contacts_make_one_by_their_cards()
    {
        _alice.Desk.Draft(_alice.Now, _alice.User.Public, _bob.Site, Tally.Acquaintance);
        SimSite.Run(_alice, _bob);
        Assert.Equal(State.Draft, _alice.Only.Now); // the peer is away: it is done when it comes
        _alice.Connect(_bob);
        SimSite.Run(_alice, _bob);
        BothOpen();
    }

    [Fact]
    public void Nothing_is_said_before_what_it_rests_on_is_on_disk()
    {
        _alice.Syncs = _bob.Syncs = false;
        _alice.Connect(_bob);
        _alice.Desk.Draft(_alice.Now, _alice.User.Public, _bob.Site, Tally.Acquaintance, _bob.CardOf(_bob.User.Public));
        SimSite.Run(_alice, _bob);
        Assert.DoesNotContain(_alice.Sent, message => message[0] != 32);
        _alice.Sync();
        SimSite.Run(_alice, _bob);
        Assert.Contains(_alice.Sent, message => message[0] == 33);
        Assert.DoesNotContain(_bob.Sent, message => message[0] == 34); // the offer is not on its disk, so nobody was asked
        _bob.Sync();
        SimSite.Run(_alice, _bob);
        Assert.DoesNotContain(_bob.Sent, message => message[0] == 34); // nor is the signature
        _bob.Sync();
        SimSite.Run(_alice, _bob);
        Assert.Contains(_bob.Sent, message => message[0] == 34);
        Assert.DoesNotContain(_alice.Sent, message => message[0] == 35);
        _alice.Sync();
        SimSite.Run(_alice, _bob);
        Assert.Contains(_alice.Sent, message => message[0] == 35);
    }

    public static TheoryData<int, bool> Crashes()
    {
        var data = new TheoryData<int, bool>();
        for (var step = 0; step < 40; step++)
        {
            data.Add(step, true);
            data.Add(step, false);
        }

        return data;
    }

    [Theory, MemberData(nameof(Crashes))]
    public void A_crash_at_any_step_delays_it_and_no_more(int step, bool host)
    {
        _alice.OnCard = (site, card) => OfferOnce(card);
        _alice.Connect(_bob);
        _bob.Desk.Introduce(_bob.ChannelTo(_alice), _bob.User.Public);
        for (var i = 0; i < step; i++)
        {
            _alice.Step();
            _bob.Step();
        }

        (host ? _alice : _bob).Crash();
        SimSite.Run(_alice, _bob);
        _alice.Connect(_bob);
        _bob.Desk.Introduce(_bob.ChannelTo(_alice), _bob.User.Public); // it is joining still
        SimSite.Run(_alice, _bob);
        BothOpen();
    }

    [Fact]
    public void Two_offers_at_once_become_one_tally()
    {
        for (ulong seed = 1; seed < 20; seed++)
        {
            var (alice, bob) = (new SimSite("alice", seed), new SimSite("bob", 1000 - seed));
            alice.Connect(bob);
            var one = alice.Desk.Draft(alice.Now, alice.User.Public, bob.Site, Tally.Acquaintance, bob.CardOf(bob.User.Public));
            var two = bob.Desk.Draft(bob.Now, bob.User.Public, alice.Site, Tally.Acquaintance, alice.CardOf(alice.User.Public));
            (alice.OnOffer, bob.OnOffer) = (_ => { }, _ => { }); // neither is asked: they had wished for the same
            SimSite.Run(alice, bob);
            var lower = string.CompareOrdinal(one.Id.ToString(), two.Id.ToString()) < 0 ? one.Id : two.Id;
            Assert.Equal((lower, lower), (alice.Only.Id, bob.Only.Id));
            Assert.Equal((State.Open, State.Open), (alice.Only.Now, bob.Only.Now));
            Assert.True(alice.Only.Text!.SaysWhat(bob.Only.Text!));
        }
    }

    [Fact]
    public void Of_two_counter_offers_at_once_the_stocks_stands()
    {
        _bob.OnOffer = _ => { };
        Invite();
        var id = _alice.Only.Id;
        Assert.Equal((State.HOffer, State.POffer), (_alice.Only.Now, _bob.Only.Now));
        _alice.OnOffer = _ => { };
        _alice.Desk.Counter(_alice.Now, id, "the stock's");
        _bob.Desk.Counter(_bob.Now, id, "the foil's");
        SimSite.Run(_alice, _bob);
        Assert.Equal((State.HOffer, State.POffer), (_alice.Only.Now, _bob.Only.Now));
        Assert.Equal(("the stock's", "the stock's"), (_alice.Only.Text!.Terms, _bob.Only.Text!.Terms));
        _bob.Desk.Accept(_bob.Now, id);
        SimSite.Run(_alice, _bob);
        BothOpen();
    }

    [Fact]
    public void A_counter_offer_is_a_revision_further_and_the_first_word_is_not_taken_for_the_second()
    {
        _bob.OnOffer = _ => { };
        _alice.OnOffer = _ => { };
        Invite();
        var id = _alice.Only.Id;
        var first = _alice.Sent.Last(message => message[0] == 33);
        Assert.True(_bob.Desk.Revise(id));
        Assert.True(_bob.Desk.Counter(_bob.Now, id, "may use ssh on weekdays"));
        SimSite.Run(_alice, _bob);
        Assert.Equal((State.POffer, 2), (_alice.Only.Now, _alice.Only.Revision));
        _bob.Desk.Receive(_bob.Now, _bob.ChannelTo(_alice), first); // says the old terms again
        SimSite.Run(_alice, _bob);
        Assert.Equal((State.HOffer, 2), (_bob.Only.Now, _bob.Only.Revision));
        _alice.Desk.Accept(_alice.Now, id);
        SimSite.Run(_alice, _bob);
        BothOpen();
        Assert.Equal("may use ssh on weekdays", _bob.Only.Text!.Terms);
    }

    [Fact]
    public void An_acceptance_that_crosses_a_better_offer_gives_way_to_it()
    {
        _bob.OnOffer = _ => { };
        Invite();
        var id = _alice.Only.Id;
        _alice.Desk.Counter(_alice.Now, id, "better");
        _bob.Desk.Accept(_bob.Now, id);
        SimSite.Run(_alice, _bob);
        Assert.Equal((State.HOffer, State.POffer), (_alice.Only.Now, _bob.Only.Now));
        _bob.Desk.Accept(_bob.Now, id);
        SimSite.Run(_alice, _bob);
        BothOpen();
    }

    [Fact]
    public void A_refusal_ends_it_on_both_sides_and_says_why()
    {
        _bob.OnOffer = record => _bob.Desk.Refuse(_bob.Now, record.Id, "not for now");
        Invite();
        Assert.Equal((State.Void, "not for now"), (_alice.Desk.All.Single().Now, _alice.Desk.All.Single().Reason));
        Assert.Equal(State.Void, _bob.Desk.All.Single().Now);
    }

    [Fact]
    public void Closing_ends_it_at_once_here_and_there_when_they_are_there()
    {
        Invite();
        var id = _alice.Only.Id;
        Assert.NotNull(_alice.Desk.OpenOn(_alice.ChannelTo(_bob), id));
        _alice.Disconnect();
        Assert.True(_alice.Desk.Close(_alice.Now, id));
        SimSite.Run(_alice, _bob);
        Assert.Equal((State.COpen, State.Open), (_alice.Only.Now, _bob.Only.Now));
        _alice.Connect(_bob);
        SimSite.Run(_alice, _bob);
        Assert.All([_alice.Desk.All.Single(), _bob.Desk.All.Single()], record => Assert.Equal((State.Close, _alice.User.Public), (record.Now, record.Closing!.User)));
        Assert.Null(_alice.Desk.OpenOn(_alice.ChannelTo(_bob), id));
        Assert.False(_bob.Desk.Accept(_bob.Now, id));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void What_was_said_before_changes_nothing_when_it_is_said_again(bool closed)
    {
        Invite();
        if (closed) _bob.Desk.Close(_bob.Now, _bob.Only.Id);
        SimSite.Run(_alice, _bob);
        var (ours, theirs) = (_alice.Desk.All.Single(), _bob.Desk.All.Single());
        var (said, heard) = (_alice.Sent.ToArray(), _bob.Sent.ToArray());
        _alice.OnCard = (_, _) => { };
        for (var round = 0; round < 2; round++)
        {
            _alice.Disconnect();
            _alice.Connect(_bob);
            foreach (var message in heard) _alice.Desk.Receive(_alice.Now, _alice.ChannelTo(_bob), message);
            foreach (var message in said) _bob.Desk.Receive(_bob.Now, _bob.ChannelTo(_alice), message);
            SimSite.Run(_alice, _bob);
        }

        Assert.Equal((ours.Now, ours.Revision), (_alice.Desk.All.Single().Now, _alice.Desk.All.Single().Revision));
        Assert.Equal((theirs.Now, theirs.Revision), (_bob.Desk.All.Single().Now, _bob.Desk.All.Single().Revision));
        Assert.Empty(_alice.HungUp.Concat(_bob.HungUp));
    }

    [Fact]
    public void What_a_third_replays_or_copies_has_no_place_on_its_channel()
    {
        Invite();
        var mallory = new SimSite("mallory", 3);
        mallory.Connect(_alice);
        SimSite.Run(_alice, _bob, mallory);
        var channel = _alice.ChannelTo(mallory);
        var before = _alice.Desk.All.Single();
        foreach (var message in _bob.Sent.Where(message => message[0] is not 32 and not 35)) _alice.Desk.Receive(_alice.Now, channel, message);
        foreach (var message in _bob.Sent.Where(message => message[0] is 32)) _alice.Desk.Receive(_alice.Now, channel, message); // a card of a site that is not there
        _alice.Desk.Receive(_alice.Now, channel, new TallyMessage.Closed(before.Id).Write());
        _alice.Desk.Receive(_alice.Now, channel, new TallyMessage.Close(TallyClosing.Sign(before.Text!, 1, mallory.User)).Write());
        SimSite.Run(_alice, mallory);
        Assert.Equal(before, _alice.Desk.All.Single());
        Assert.Equal([channel], _alice.HungUp); // once, at the third
        Assert.Null(_alice.Desk.OpenOn(channel, before.Id));
    }

    [Fact]
    public void A_stranger_can_leave_no_offer()
    {
        _alice.KnowsEverybody = false;
        _bob.Connect(_alice);
        _bob.Desk.Draft(_bob.Now, _bob.User.Public, _alice.Site, Tally.Acquaintance, _alice.CardOf(_alice.User.Public));
        SimSite.Run(_alice, _bob);
        Assert.Empty(_alice.Desk.All);
        Assert.Empty(_alice.HungUp);
    }

    [Fact]
    public void What_one_lost_comes_back_by_what_both_signed()
    {
        Invite();
        var id = _alice.Only.Id;
        var restored = new SimSite("bob", 77); // the same keys, an empty disk
        _alice.Disconnect();
        restored.Connect(_alice);
        restored.Desk.Draft(restored.Now, restored.User.Public, _alice.Site, Tally.Acquaintance);
        SimSite.Run(_alice, restored);
        Assert.Equal((id, State.Open), (restored.Only.Id, restored.Only.Now));
        Assert.True(restored.Only.Text!.SaysWhat(_alice.Only.Text!));
    }

    [Fact]
    public void A_partner_that_moves_is_followed_and_its_old_site_speaks_for_it_no_longer()
    {
        Invite();
        var id = _bob.Only.Id;
        var old = _bob.Site;
        var next = new DhPublicKey(Sha256.Hash("bob's new machine"u8));
        (_bob.Site, _bob.Made) = (next, _bob.Made + 1);
        _alice.Desk.Receive(_alice.Now, _alice.ChannelTo(_bob), new TallyMessage.Introduce(_bob.CardOf(_bob.User.Public)).Write());
        SimSite.Run(_alice, _bob);
        Assert.Equal(next, _alice.Only.PartnerSite);
        Assert.Null(_alice.Desk.OpenOn(_alice.ChannelTo(_bob), id)); // that channel is the old site's
        _alice.Disconnect();
        _alice.Connect(_bob);
        SimSite.Run(_alice, _bob);
        Assert.NotNull(_alice.Desk.OpenOn(_alice.ChannelTo(_bob), id));

        // The old card again, by whoever holds the old site's key.
        var thief = new SimSite("bob", 5) { Site = old };
        thief.Connect(_alice);
        thief.Desk.Introduce(thief.ChannelTo(_alice), thief.User.Public);
        SimSite.Run(_alice, thief);
        Assert.Equal(next, _alice.Only.PartnerSite);
    }

    [Fact]
    public void A_partner_whose_deed_names_another_key_is_followed_and_the_old_key_has_no_place()
    {
        Invite();
        var id = _bob.Only.Id;
        var old = _alice.ChannelTo(_bob);
        Assert.NotNull(_alice.Desk.OpenOn(old, id));
        _bob.Site = new(Sha256.Hash("altered"u8));
        _alice.Desk.Follow(_alice.Now, _bob.User.Public, _bob.Site);
        SimSite.Run(_alice, _bob);
        Assert.Null(_alice.Desk.OpenOn(old, id));
        _alice.Disconnect();
        _alice.Connect(_bob);
        SimSite.Run(_alice, _bob);
        Assert.NotNull(_alice.Desk.OpenOn(_alice.ChannelTo(_bob), id));
    }

    private void Invite()
    {
        _alice.OnCard = (_, card) => OfferOnce(card);
        _alice.Connect(_bob);
        _bob.Desk.Introduce(_bob.ChannelTo(_alice), _bob.User.Public);
        SimSite.Run(_alice, _bob);
    }

    private void OfferOnce(Card card)
    {
        if (_alice.Desk.Between(_alice.User.Public, card.User) is null) _alice.Desk.Draft(_alice.Now, _alice.User.Public, card.Site, Tally.Acquaintance, card);
    }

    private void BothOpen()
    {
        Assert.Equal((State.Open, State.Open), (_alice.Only.Now, _bob.Only.Now));
        Assert.True(_alice.Only.Text!.IsSignedByBoth && _bob.Only.Text!.IsSignedByBoth);
        Assert.Equal(_alice.Only.Text!.Write(), _bob.Only.Text!.Write());
        Assert.True(_alice.Only.IsConfirmed && _bob.Only.IsConfirmed);
        Assert.Empty(_alice.HungUp.Concat(_bob.HungUp));
    }
}
