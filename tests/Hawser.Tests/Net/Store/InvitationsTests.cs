using Hawser.Crypto;
using Hawser.Net.Hosting;
using Hawser.Net.Store;
using Hawser.Session;
using Hawser.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Hawser.Tests.Net.Store;

/// <summary>Tickets in a real store on disk.</summary>
public sealed class InvitationsTests : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private static readonly TicketShown Shown = new() { Token = Token16.Read("0123456789abcdef"u8), Name = "laptop" };
    private static readonly DhPublicKey Joiner = new(Sha256.Hash("joiner"u8)), Thief = new(Sha256.Hash("thief"u8));

    private readonly TempHome _temp = new();
    private readonly ManualTimeProvider _clock = new();
    private NodeStore _store;
    private int _rulesChanged;

    public InvitationsTests()
    {
        _temp.Home.Create();
        _store = NodeStore.Open(_temp.Home);
        _store.SaveExposure(new("ssh", "tcp:127.0.0.1:22", ["other"]));
    }

    private Invitations Desk => new(_store, _clock, () => _rulesChanged++, NullLogger.Instance);

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Of_a_thousand_at_once_one_is_let_in_whatever_handle_they_come_by()
    {
        Give();
        NodeStore[] handles = [_store, .. Enumerable.Range(0, 3).Select(_ => NodeStore.Open(_temp.Home))];
        try
        {
            using var start = new ManualResetEventSlim();
            var all = Enumerable.Range(0, 1000).Select(i => Task.Factory.StartNew(() =>
            {
                var key = new DhPublicKey(Sha256.Hash(BitConverter.GetBytes(i).AsSpan()));
                start.Wait();
                return (key, new Invitations(handles[i % handles.Length], _clock, () => { }, NullLogger.Instance).Redeem(Shown, key, null));
            }, TaskCreationOptions.None)).ToArray();
            start.Set();
            var results = await Task.WhenAll(all);
            var winner = Assert.Single(results, r => r.Item2 is TicketVerdict.Ok).key;
            Assert.Equal(999, results.Count(r => r.Item2 is TicketVerdict.Used));
            Assert.Equal(winner, Assert.Single(_store.Contacts()).ChannelKey);
            Assert.Equal(["other", "laptop"], _store.FindExposure("ssh")!.For);
        }
        finally
        {
            foreach (var handle in handles[1..]) handle.Dispose();
        }
    }

    [Fact]
    public void Who_crashed_may_ask_again_and_the_host_may_have_crashed_too()
    {
        Give();
        Assert.Equal(TicketVerdict.Ok, Desk.Redeem(Shown, Joiner, null));
        Assert.Equal(1, _rulesChanged);
        Reopen();
        Assert.Equal(TicketVerdict.AlreadyYours, Desk.Redeem(Shown, Joiner, null));
        Assert.Single(_store.Contacts());
    }

    [Fact]
    public void A_crash_before_the_commit_leaves_the_ticket_open_and_nobody_let_in()
    {
        Give();
        Assert.Throws<InvalidOperationException>(() => _store.Atomically(() =>
        {
            Assert.True(_store.RedeemTicket(Ticket.Hash(Shown.Token), Joiner, Start));
            throw new InvalidOperationException();
        }));
        Assert.Empty(_store.Contacts());
        Assert.Equal(TicketVerdict.Ok, Desk.Redeem(Shown, Thief, null));
    }

    [Fact]
    public void A_second_key_raises_an_alarm_once_and_is_not_let_in()
    {
        Give();
        List<StoredTicket> told = [];
        var desk = Desk;
        desk.Changed += told.Add;
        desk.Redeem(Shown, Joiner, null);
        Assert.Equal(TicketVerdict.Used, desk.Redeem(Shown, Thief, null));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(desk.Admits(Shown, Thief));
        Assert.Equal([null, (DateTimeOffset?)Start], told.Select(ticket => ticket.Alarmed));
        Assert.Equal(Start, _store.FindTicket(1)!.Alarmed);
        Assert.Single(_store.Contacts());
    }

    [Fact]
    public void To_be_introduced_redeems_nothing()
    {
        Give();
        Assert.True(Desk.Admits(Shown, Thief));
        Assert.True(Desk.Admits(Shown, Joiner));
        Assert.Null(_store.FindTicket(1)!.Redeemer);
        Assert.False(Desk.Admits(new() { Token = default }, Joiner));
    }

    [Fact]
    public void What_is_revoked_expired_or_from_before_a_restore_lets_nobody_in()
    {
        Give();
        Assert.True(_store.RevokeTicket(1));
        Assert.Equal(TicketVerdict.Unknown, Desk.Redeem(Shown, Joiner, null));
        Assert.False(Desk.Admits(Shown, Joiner));

        var late = Shown with { Token = Token16.Read("late"u8) };
        Give(late);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TicketVerdict.Expired, Desk.Redeem(late, Joiner, null));
        Assert.False(_store.RedeemTicket(Ticket.Hash(late.Token), Joiner, _clock.GetUtcNow()));

        var old = Shown with { Token = Token16.Read("old"u8) };
        Give(old);
        _store.SetSetting("ticket_generation", "2");
        Assert.Equal(TicketVerdict.Unknown, Desk.Redeem(old, Joiner, null));
        Assert.Empty(_store.Contacts());
        Assert.Equal(0, _rulesChanged);
    }

    [Fact]
    public void A_redeemed_ticket_cannot_be_taken_back()
    {
        Give();
        Desk.Redeem(Shown, Joiner, null);
        Assert.False(_store.RevokeTicket(1));
        Assert.False(_store.RevokeTicket(2));
    }

    [Fact]
    public void Nobody_can_take_the_name_of_a_contact_or_a_word_of_the_grammar()
    {
        _store.SaveContact(new("laptop", Thief, null, [], [], false, Start));
        Give();
        Desk.Redeem(Shown, Joiner, HostPort.Read([192, 0, 2, 1], 7));
        Assert.Equal("192.0.2.1:7", Assert.Single(_store.FindContact("laptop-2")!.Addresses));
        Assert.Equal(["other", "laptop-2"], _store.FindExposure("ssh")!.For);

        var bad = Shown with { Token = Token16.Read("bad"u8), Name = "anyone" };
        Give(bad);
        Desk.Redeem(bad, new(Sha256.Hash("third"u8)), null);
        Assert.NotNull(_store.FindContact("guest"));

        var named = Shown with { Token = Token16.Read("named"u8) };
        Give(named, "desk");
        Desk.Redeem(named, new(Sha256.Hash("fourth"u8)), null);
        Assert.NotNull(_store.FindContact("desk"));
    }

    [Fact]
    public void Who_is_blocked_is_not_let_in_and_a_contact_stays_what_it_is()
    {
        _store.SaveContact(new("enemy", Thief, null, [], [], true, Start));
        _store.SaveContact(new("friend", Joiner, null, ["192.0.2.9:1"], [], false, Start));
        Give();
        Assert.Equal(TicketVerdict.Unknown, Desk.Redeem(Shown, Thief, null));
        Assert.False(Desk.Admits(Shown, Thief));
        Assert.Equal(TicketVerdict.Ok, Desk.Redeem(Shown, Joiner, null));
        Assert.Equal(["192.0.2.9:1"], _store.FindContact("friend")!.Addresses);
        Assert.Equal(["other", "friend"], _store.FindExposure("ssh")!.For);
    }

    [Fact]
    public void A_ticket_serves_its_purpose_and_its_person_only()
    {
        var other = new DhPublicKey(Sha256.Hash("other joiner"u8));
        _store.AddTicket(Ticket.Hash(Shown.Token), "", null, _clock.GetUtcNow() + TimeSpan.FromHours(1), only: Joiner);
        Assert.Equal(TicketVerdict.WrongPurpose, Desk.Redeem(Shown with { Purpose = TicketPurpose.Receive }, Joiner, null));
        Assert.Equal(TicketVerdict.WrongPerson, Desk.Redeem(Shown, other, null));
        Assert.False(Desk.Admits(Shown, other));
        Assert.Empty(_store.Contacts());
        Assert.Equal(TicketVerdict.Ok, Desk.Redeem(Shown, Joiner, null));
    }

    private void Give(TicketShown? shown = null, string? petname = null) =>
        _store.AddTicket(Ticket.Hash((shown ?? Shown).Token), "ssh", petname, _clock.GetUtcNow() + TimeSpan.FromHours(1));

    private void Reopen()
    {
        _store.Dispose();
        _store = NodeStore.Open(_temp.Home);
    }
}
