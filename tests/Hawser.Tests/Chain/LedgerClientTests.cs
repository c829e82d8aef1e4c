using Hawser.Chain;
using Hawser.Crypto;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>The state machine of chain.md §7, between two people.</summary>
public class LedgerClientTests
{
    [Theory, InlineData(MessageProfile.Compact), InlineData(MessageProfile.Full)]
    internal void An_invitation_and_an_acceptance_tell_each_where_the_other_waits(MessageProfile profile)
    {
        var world = LedgerWorld.OfContacts();
        world.Show(world.Ann.Invite(world.Bob, profile));
        Assert.Equal((MeetingState.Sent, MeetingState.Decrypted), (world.Ann.Last.State, world.Bob.Last.State));
        Assert.Equal((world.Ann.At, world.Ann.Channel), (world.Bob.Last.Peer!.Value, world.Bob.Last.Contact!.Value));

        world.Show(world.Bob.Accept());
        Assert.Equal((MeetingState.Addressed, MeetingState.Addressed), (world.Ann.Last.State, world.Bob.Last.State));
        Assert.Equal(world.Bob.At, world.Ann.Last.Peer);
        Assert.Equal(world.Ann.Addressed.Single().Secret, world.Bob.Addressed.Single().Secret);
        Assert.Equal((MeetingRole.Inviter, MeetingRole.Invitee), (world.Ann.Last.Role, world.Bob.Last.Role));

        foreach (var person in (Person[])[world.Ann, world.Bob])
        {
            person.Client.Dialling(world.Now, person.Last.Number);
            Assert.Equal(MeetingState.Handshaking, person.Last.State);
            person.Client.Handshook(world.Now, person.Last.Number, proved: true);
            Assert.Equal(MeetingState.Connected, person.Last.State);
        }
    }

    [Fact]
    public void Nothing_is_sent_before_it_is_on_disk()
    {
        var world = LedgerWorld.OfContacts();
        world.Ann.IsDiskSlow = true;
        Assert.NotNull(world.Ann.Client.Invite(world.Now, world.Bob.Channel, world.Ann.At, MessageProfile.Compact, false, 5_000));
        world.Ann.Settle();
        Assert.Equal(MeetingState.Sent, world.Ann.Last.State);
        Assert.Empty(world.Ann.Sent);
    }

    [Fact]
    public void After_a_crash_what_was_durable_goes_out_again_and_the_meeting_goes_on()
    {
        var world = LedgerWorld.OfContacts();
        var invitation = world.Ann.Invite(world.Bob);
        world.Ann.Restart();
        Assert.Equal(invitation.Id, world.Ann.Sent[^1].Id);
        world.Show(invitation);
        var answer = world.Bob.Accept();
        world.Bob.Restart();
        world.Show(answer);
        Assert.Equal(MeetingState.Addressed, world.Ann.Last.State);
        Assert.Equal(world.Ann.Addressed[^1].Secret, world.Bob.Addressed[^1].Secret);
    }

    [Fact]
    public void A_draft_that_was_never_sent_is_given_up_after_a_crash()
    {
        var world = LedgerWorld.OfContacts();
        Assert.NotNull(world.Ann.Client.Invite(world.Now, world.Bob.Channel, world.Ann.At, MessageProfile.Compact, false, 5_000));
        while (world.Ann.Client.TryTake(out var happened))
            if (happened is LedgerEvent.SaveWanted save) world.Ann.Saved.Add(save.Meeting);
        world.Ann.Restart();
        Assert.Equal(MeetingState.Failed, world.Ann.Last.State);
        Assert.Empty(world.Ann.Sent);
    }

    [Fact]
    public void Both_invite_at_once_and_nobody_pays_twice()
    {
        foreach (var _ in Enumerable.Range(0, 8)) // either may have the lower outpoints
        {
            var world = LedgerWorld.OfContacts(person => person.Accepts = true);
            var (fromAnn, fromBob) = (world.Ann.Invite(world.Bob), world.Bob.Invite(world.Ann));
            world.Show(fromBob, fromAnn);
            Assert.Equal((MeetingState.Addressed, MeetingState.Addressed), (world.Ann.Last.State, world.Bob.Last.State));
            Assert.Equal((1, 1), (world.Ann.Sent.Count, world.Bob.Sent.Count));
            Assert.NotEqual(world.Ann.Last.Role, world.Bob.Last.Role);
            var inviter = fromAnn.OutpointsHash < fromBob.OutpointsHash ? world.Ann : world.Bob;
            Assert.Equal(MeetingRole.Inviter, inviter.Last.Role);
            Assert.Equal(world.Ann.Addressed.Single().Secret, world.Bob.Addressed.Single().Secret);
            Assert.Equal((world.Bob.At, world.Ann.At), (world.Ann.Last.Peer!.Value, world.Bob.Last.Peer!.Value));
        }
    }

    [Fact]
    public void Whoever_is_called_while_about_to_call_answers_instead()
    {
        var world = LedgerWorld.OfContacts();
        Assert.NotNull(world.Bob.Client.Invite(world.Now, world.Ann.Channel, world.Bob.At, MessageProfile.Compact, false, 5_000)); // no coins chosen yet
        world.Bob.Client.Receive(world.Now, world.Ann.Invite(world.Bob).Write());
        world.Bob.Settle();
        world.Ann.See(Assert.Single(world.Bob.Sent));
        Assert.Equal((MeetingState.Addressed, MeetingState.Addressed), (world.Ann.Last.State, world.Bob.Last.State));
        Assert.Equal(MeetingState.Failed, world.Bob.Client.Meetings.First().State);
    }

    [Fact]
    public void Three_failed_handshakes_end_it_and_the_address_is_forgotten()
    {
        var world = LedgerWorld.OfContacts();
        world.Show(world.Ann.Invite(world.Bob));
        world.Show(world.Bob.Accept());
        for (var attempt = 1; attempt <= LedgerClient.Attempts; attempt++)
        {
            Assert.Equal(attempt, world.Ann.Addressed.Count);
            world.Ann.Client.Dialling(world.Now, world.Ann.Last.Number);
            world.Ann.Client.Handshook(world.Now, world.Ann.Last.Number, proved: false);
            world.Ann.Settle();
            world.Pass(LedgerClient.FirstBackOff * (1 << (2 * (attempt - 1))));
        }

        Assert.Equal((MeetingState.Failed, null, null), (world.Ann.Last.State, world.Ann.Last.Peer, world.Ann.Last.Own));
        world.Pass(TimeSpan.FromHours(1));
        Assert.Equal(LedgerClient.Attempts, world.Ann.Addressed.Count);
    }

    [Fact]
    public void An_invitation_that_nobody_answers_ends_after_144_blocks_or_a_day()
    {
        var world = LedgerWorld.OfContacts();
        world.Show(world.Ann.Invite(world.Bob));
        world.MineEmpty(LedgerClient.Life - 1);
        Assert.Equal(MeetingState.Sent, world.Ann.Last.State);
        world.Mine();
        Assert.Equal((MeetingState.Failed, MeetingState.Failed), (world.Ann.Last.State, world.Bob.Last.State));

        world.Ann.Invite(world.Bob);
        world.Pass(LedgerClient.LongestLife - TimeSpan.FromMinutes(1));
        Assert.Equal(MeetingState.Sent, world.Ann.Last.State);
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(MeetingState.Failed, world.Ann.Last.State);
    }

    [Theory, InlineData(MessageProfile.Compact), InlineData(MessageProfile.Full)]
    internal void An_invitation_can_be_taken_back(MessageProfile profile)
    {
        var world = LedgerWorld.OfContacts();
        world.Show(world.Ann.Invite(world.Bob, profile));
        Assert.True(world.Ann.Client.Cancel(world.Ann.Last.Number, 5_000));
        world.Ann.Settle();
        Assert.Equal(2, world.Ann.Sent.Count);
        world.Bob.See(world.Ann.Sent[^1]);
        Assert.Equal((MeetingState.Failed, MeetingState.Failed), (world.Ann.Last.State, world.Bob.Last.State));
        Assert.False(world.Bob.Client.Accept(world.Now, world.Bob.Last.Number, world.Bob.At, 5_000));
    }

    [Fact]
    public void Contacts_are_answered_by_itself_three_times_a_day_each_and_no_more()
    {
        var world = LedgerWorld.OfContacts();
        world.Bob.Accepts = true;
        for (var i = 0; i < 5; i++) world.Bob.See(world.Ann.Invite(world.Bob));
        Assert.Equal(3, world.Bob.Sent.Count);
        Assert.Equal(MeetingState.Decrypted, world.Bob.Last.State);
        Assert.Contains("3 times", world.Bob.Last.Trouble, StringComparison.Ordinal);
        Assert.NotEmpty(world.Bob.Accept().Inputs); // by hand it still may
        world.Pass(TimeSpan.FromDays(1));
        world.Bob.See(world.Ann.Invite(world.Bob));
        Assert.Equal(5, world.Bob.Sent.Count);
    }

    [Fact]
    public void Answers_without_asking_stop_at_the_daily_sum()
    {
        var world = LedgerWorld.OfContacts();
        (world.Bob.Accepts, world.Bob.Fee) = (true, 4_900);
        var crowd = Enumerable.Range(0, 6).Select(i => new Person(world, $"c{i}", world.Ann.At)).ToArray();
        foreach (var caller in crowd)
        {
            caller.Know(world.Bob);
            world.Bob.Know(caller);
        }

        foreach (var caller in crowd) world.Bob.See(caller.Invite(world.Bob));
        Assert.Equal(4, world.Bob.Sent.Count); // 4 × 4,900 of 20,000; a fifth would be over
        Assert.Equal(MeetingState.Decrypted, world.Bob.Last.State);
    }

    [Fact]
    public void An_answer_that_is_too_dear_waits_for_a_yes()
    {
        var world = LedgerWorld.OfContacts();
        (world.Bob.Accepts, world.Bob.Fee) = (true, 5_001);
        world.Bob.See(world.Ann.Invite(world.Bob));
        Assert.Empty(world.Bob.Sent);
        Assert.Equal((MeetingState.Decrypted, "too dear"), (world.Bob.Last.State, world.Bob.Last.Trouble));
    }

    [Fact]
    public void Without_coins_an_invitation_fails_and_says_so()
    {
        var world = LedgerWorld.OfContacts();
        world.Ann.IsBroke = true;
        world.Ann.Client.Invite(world.Now, world.Bob.Channel, world.Ann.At, MessageProfile.Compact, false, 5_000);
        world.Ann.Settle();
        Assert.Equal((MeetingState.Failed, "there are not enough coins"), (world.Ann.Last.State, world.Ann.Last.Trouble));
    }

    [Fact]
    public void A_node_that_refuses_the_transaction_ends_the_invitation()
    {
        var world = LedgerWorld.OfContacts();
        world.Ann.Invite(world.Bob);
        world.Ann.Client.NotSent(world.Now, world.Ann.Last.Number, "dust");
        Assert.Equal((MeetingState.Failed, "dust"), (world.Ann.Last.State, world.Ann.Last.Trouble));
    }

    [Fact]
    public void A_stranger_who_signs_and_pays_is_kept_for_a_look_and_becomes_a_contact_by_a_yes()
    {
        var world = new LedgerWorld();
        world.Bob.HearsStrangers = true;
        world.Ann.Know(world.Bob);
        world.Bob.See(world.Ann.Invite(world.Bob, introduce: true));
        Assert.Equal((MeetingState.Decrypted, world.Ann.Key.Public, world.Ann.Channel), (world.Bob.Last.State, world.Bob.Last.Stranger!.Value, world.Bob.Last.Contact!.Value));
        Assert.False(world.Bob.Client.Accept(world.Now, world.Bob.Last.Number, world.Bob.At, 5_000)); // not while it is one
        Assert.Empty(world.Bob.Sent);

        world.Bob.Know(world.Ann);
        Assert.True(world.Bob.Client.Adopt(world.Now, world.Bob.Last.Number));
        world.Ann.See(world.Bob.Accept());
        Assert.Equal(world.Ann.Addressed.Single().Secret, world.Bob.Addressed.Single().Secret);
    }

    [Fact]
    public void Psk_and_fresh_keys_make_the_next_meeting_another_matter()
    {
        var world = LedgerWorld.OfContacts();
        var psk = Sha256.Hash("session"u8);
        world.Ann.Know(world.Bob, 1, psk);
        world.Bob.See(world.Ann.Invite(world.Bob)); // who has not the secret of the last session
        Assert.Empty(world.Bob.Client.Meetings);
        Assert.Equal(1, world.Bob.DropsOf(LedgerDrop.NotOurs));
        world.Bob.Know(world.Ann, 1, psk);
        world.Bob.See(world.Ann.Sent[^1]);
        Assert.Equal(MeetingState.Decrypted, world.Bob.Last.State);
    }
}
