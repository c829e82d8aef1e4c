using Hawser.Crypto;
using Hawser.Hub;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Session;
using Hawser.Tests.Hub;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary>A contact that owns an ID, over a federation that lives: its card's ID is looked up, and its new key is followed.</summary>
public sealed class FollowingTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(180));
    private readonly TempHome _alice = new(), _bob = new(), _desk = new();

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _desk.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task A_contact_is_known_by_the_ID_of_its_card_and_followed_to_its_new_key_and_the_old_key_is_refused()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        var hub = HubContent.CardOf(fleet[0].Store, fleet.Genesis).Link;
        await using var alice = await NodeHost.StartAsync(new() { Home = _alice.Home }, _patience.Token);
        await AskAsync<NameArgs, SignOnReport>(_alice, "signon", new(hub));

        DhPublicKey before;
        string id;
        await using (var bob = await NodeHost.StartAsync(new() { Home = _bob.Home }, _patience.Token))
        {
            before = bob.Relations.Site;
            id = await BecomeContactsAsync(alice, hub);
            Assert.Equal(id, Hawser.Net.Names.IdText.Show(alice.Store.FindContact("bob")!.RoutingId!));
            Assert.True(alice.Online.Rules.Identify(before, null)!.Value.IsContact);
        }

        ReplaceChannelKey(_bob);
        await using var renewed = await NodeHost.StartAsync(new() { Home = _bob.Home }, _patience.Token);
        var after = renewed.Relations.Site;
        Assert.NotEqual(before, after);
        Assert.False(alice.Online.Rules.Identify(after, null) is { IsContact: true }); // nobody vouched for it yet
        await AskAsync<IdAlterArgs, IdReport>(_bob, "id alter", new(id, null, null, "on a new machine", [], null));
        await UntilAsync(() => alice.Store.FindContact("bob")!.ChannelKey == after);
        await UntilAsync(() => alice.Online.Rules.Identify(after, null) is { IsContact: true });
        Assert.False(alice.Online.Rules.Identify(before, null) is { IsContact: true }); // after the tick the old key is nobody's
        await UntilAsync(() => alice.Relations.Mail.Tallies.Single(t => t.Record.IsAlive).Record.PartnerSite == after);

        // The same tally carries on over the new key, both ways.
        var told = await AskAsync<MsgArgs, MessageReport>(_alice, "msg", new("bob", "chat", "still you?", null, 60_000));
        Assert.Equal("delivered", told[^1].State);
        told = await AskAsync<MsgArgs, MessageReport>(_bob, "msg", new("alice", "chat", "still me", null, 60_000));
        Assert.Equal("delivered", told[^1].State);
        Assert.Single(alice.Relations.Mail.Tallies);
    }

    [Fact]
    public async Task A_contact_whose_ID_has_a_new_claim_key_is_written_to_once_the_user_says_so_and_both_sign_a_new_tally()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        var hub = HubContent.CardOf(fleet[0].Store, fleet.Genesis).Link;
        await using var alice = await NodeHost.StartAsync(new() { Home = _alice.Home }, _patience.Token);
        await using var desk = await NodeHost.StartAsync(new() { Home = _desk.Home }, _patience.Token);
        await AskAsync<NameArgs, SignOnReport>(_alice, "signon", new(hub));
        await AskAsync<NameArgs, SignOnReport>(_desk, "signon", new(hub));
        await using (await NodeHost.StartAsync(new() { Home = _bob.Home }, _patience.Token))
        {
            var id = await BecomeContactsAsync(alice, hub);

            // Bob leaves his old machine, keys and all, and takes only the ID along.
            var offer = Assert.Single(await AskAsync<IdTransferArgs, TextReport>(_bob, "id transfer", new(id, null))).Text;
            var acceptance = Assert.Single(await AskAsync<IdAcceptArgs, TextReport>(_desk, "id accept", new(offer, "bob", ["hub0"], null))).Text;
            await AskAsync<IdTransferArgs, IdReport>(_bob, "id transfer", new(id, acceptance));
            await UntilAsync(() => alice.Store.FindContact("bob")!.NewOwner is not null);
        }

        var before = alice.Relations.Mail.Tallies.Single().Record;
        Assert.Equal(TallyRecord.State.Open, before.Now);
        var refused = await Assert.ThrowsAsync<HawserException>(() => AskAsync<MsgArgs, MessageReport>(_alice, "msg", new("bob", "chat", "still you?", null, 500)));
        Assert.Contains("peer follow bob", refused.Remedy, StringComparison.Ordinal);

        desk.Store.SaveContact(new("alice", alice.Relations.Site, null, [$"127.0.0.1:{alice.Online.Local.Port}"], [], Blocked: false, DateTimeOffset.UtcNow));
        desk.NotifyRulesChanged();
        await AskAsync<NameArgs, PeerReport>(_alice, "peer follow", new("bob"));
        await AskAsync<MsgArgs, MessageReport>(_alice, "msg", new("bob", "chat", "so it is you", null, 60_000));
        await UntilAsync(() => desk.Relations.Mail.Tallies.Any(t => t.Record.Now is TallyRecord.State.Open && t.Queued == 0));
        await UntilAsync(() => alice.Relations.Mail.Tallies.All(t => t.Queued == 0));

        var after = Assert.Single(alice.Relations.Mail.Tallies, t => t.Record.Now is TallyRecord.State.Open).Record;
        Assert.Equal(TallyRecord.State.COpen, Assert.Single(alice.Relations.Mail.Tallies, t => t.Record.Id == before.Id).Record.Now); // who signed it is told when they come
        Assert.Equal(desk.Store.UserKey("", SystemEntropy.Shared).Public, after.Partner);
        Assert.NotEqual(before.Partner, after.Partner);
        Assert.NotEqual(before.Id, after.Id);
        var heard = await AskAsync<MessagesArgs, MessageReport>(_desk, "messages", new("alice", 9, false, false));
        Assert.Equal("so it is you", Assert.Single(heard).Text);
    }

    [Fact]
    public async Task An_ID_in_a_card_that_its_user_does_not_hold_is_not_believed()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        await using var alice = await NodeHost.StartAsync(new() { Home = _alice.Home }, _patience.Token);
        await using var bob = await NodeHost.StartAsync(new() { Home = _bob.Home }, _patience.Token);
        var hub = HubContent.CardOf(fleet[0].Store, fleet.Genesis).Link;
        await AskAsync<NameArgs, SignOnReport>(_alice, "signon", new(hub));
        await AskAsync<NameArgs, SignOnReport>(_bob, "signon", new(hub));
        await AskAsync<IdClaimArgs, IdReport>(_alice, "id claim", new("alice", ["hub0"], false));
        var id = (await AskAsync<WatchArgs, IdReport>(_alice, "id watch", new(true)))[^1].Id!;
        var invited = Assert.Single(await AskAsync<InviteArgs, InviteReport>(_alice, "invite", new(null, "bob", 3600, false)));
        await AskAsync<JoinArgs, JoinReport>(_bob, "join", new(invited.Link, "alice"));
        await UntilAsync(() => bob.Store.FindContact("alice")?.RoutingId is not null); // hers is true

        // Bob's card with her ID in it, signed by him.
        Assert.True(Hawser.Handshake.PlainId.TryParse(bob.Store.FindContact("alice")!.RoutingId!, out var plain));
        var user = bob.Store.UserKey("", SystemEntropy.Shared);
        var lie = Card.Sign(new()
        {
            Genesis = fleet.Genesis.Hash, User = user.Public, Site = bob.Relations.Site, Made = (ulong)DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60, Name = "bob", Id = plain,
        }, user);
        var record = alice.Relations.Mail.Tallies.Single().Record;
        alice.Relations.Changed(record with { PartnerCard = lie });
        await AskAsync<NameArgs, IdReport>(_alice, "id show", new(id)); // the directory answers; so it did before
        await Task.Delay(500, _patience.Token);
        Assert.Null(alice.Store.FindContact("bob")!.RoutingId);
    }

    // Bob gets an ID and joins Alice, whose node then knows him by it.
    private async Task<string> BecomeContactsAsync(NodeHost alice, string hub)
    {
        await AskAsync<NameArgs, SignOnReport>(_bob, "signon", new(hub));
        await AskAsync<IdClaimArgs, IdReport>(_bob, "id claim", new("bob", ["hub0"], false));
        var id = (await AskAsync<WatchArgs, IdReport>(_bob, "id watch", new(true)))[^1].Id!;
        var invited = Assert.Single(await AskAsync<InviteArgs, InviteReport>(_alice, "invite", new(null, "bob", 3600, false)));
        await AskAsync<JoinArgs, JoinReport>(_bob, "join", new(invited.Link, "alice"));
        // The card said an ID. That it is true was asked of the federation.
        await UntilAsync(() => alice.Store.FindContact("bob")?.RoutingId is not null);
        return id;
    }

    // As on a machine that was put back without its key.
    private static void ReplaceChannelKey(TempHome home)
    {
        using var database = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = home.Home.NodeDatabase, Pooling = false }.ToString());
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "DELETE FROM identity_key WHERE purpose = 'channel'";
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(20, _patience.Token);
    }

    private Task<List<TItem>> AskAsync<TArgs, TItem>(TempHome home, string verb, TArgs args)
        where TArgs : class
        where TItem : class =>
        home.Home.AskAsync<TArgs, TItem>(verb, args, _patience.Token);
}
