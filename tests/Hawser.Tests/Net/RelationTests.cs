using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Session;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>Real nodes whose users sign tallies, send each other messages, and part.</summary>
public sealed class RelationTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));
    private readonly TempHome _alice = new(), _bob = new(), _carol = new();

    public void Dispose()
    {
        foreach (var home in new[] { _alice, _bob, _carol }) home.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task A_join_by_ticket_makes_the_tally_and_messages_go_both_ways()
    {
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        var joined = await JoinAsync("bob", "alice");
        Assert.NotNull(joined.Tally);
        Assert.Equal(joined.Tally, Assert.Single(await AskAsync<NoArgs, TallyReport>(_alice, "tally list", new())).Id);

        Assert.Equal(["queued", "delivered"], await SayAsync(_bob, "alice", "hello alice"));
        Assert.Equal(["queued", "delivered"], await SayAsync(_alice, "bob", "hello bob"));
        Assert.Equal([("bob", "hello alice"), ("you", "hello bob")], await HistoryAsync(_alice, "bob"));
        Assert.Equal([("you", "hello alice"), ("alice", "hello bob")], await HistoryAsync(_bob, "alice"));
        Assert.Equal(0, Assert.Single(await AskAsync<NoArgs, TallyReport>(_alice, "tally list", new())).Unread);
    }

    [Fact]
    public async Task What_is_said_while_the_peer_is_away_arrives_once_when_it_comes_back_even_after_a_restart_here()
    {
        await using (var alice = await StartAsync(_alice))
        await using (var bob = await StartAsync(_bob))
            await JoinAsync("bob", "alice");
        await using (await StartAsync(_bob))
        {
            Assert.Equal(["queued"], await SayAsync(_bob, "alice", "one", 300));
            Assert.Equal(["queued"], await SayAsync(_bob, "alice", "two", 0));
        }

        await using var back = await StartAsync(_alice);
        var came = WaitForAsync(_alice, "bob", 2);
        await using var again = await StartAsync(_bob);
        Assert.Equal(["one", "two"], await came);
        Assert.Equal([("bob", "one"), ("bob", "two")], await HistoryAsync(_alice, "bob"));
    }

    [Fact]
    public async Task A_message_to_a_contact_without_a_tally_waits_for_it_and_arrives_when_both_are_there()
    {
        await using (var first = await StartAsync(_alice))
        await using (var bob = await StartAsync(_bob))
            Know(bob, "alice", first);
        await using (var bob = await StartAsync(_bob))
        {
            Assert.Equal(["unsigned"], await SayAsync(_bob, "alice", "one", 200)); // she is away
            Assert.Equal(["unsigned"], await SayAsync(_bob, "alice", "two", 0));
            Assert.Single(bob.Relations.Mail.Tallies);
            Assert.Equal(["unsigned", "unsigned"], (await AskAsync<MessagesArgs, MessageReport>(_bob, "messages", new("alice", 9, false, false))).Select(m => m.State));
        }

        await using var alice = await StartAsync(_alice);
        await using var again = await StartAsync(_bob);
        Know(alice, "bob", again);
        again.Relations.Mail.Hurry();
        await UntilAsync(() => alice.Relations.Mail.Tallies.Any(t => t.Record.Now is TallyRecord.State.Open));
        await UntilAsync(() => again.Relations.Mail.Tallies.All(t => t.Queued == 0));
        Assert.Equal([("bob", "one"), ("bob", "two")], await HistoryAsync(_alice, "bob"));
        Assert.Equal(["delivered", "delivered"], (await AskAsync<MessagesArgs, MessageReport>(_bob, "messages", new("alice", 9, false, false))).Select(m => m.State));
    }

    [Fact]
    public async Task Of_two_first_messages_that_cross_both_arrive_in_the_one_tally_that_remains()
    {
        await using (var first = await StartAsync(_alice))
        await using (var other = await StartAsync(_bob))
        {
            Know(first, "bob", other);
            Know(other, "alice", first);
        }

        await using (await StartAsync(_alice)) await SayAsync(_alice, "bob", "from alice", 0);
        await using (await StartAsync(_bob)) await SayAsync(_bob, "alice", "from bob", 0);
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        alice.Relations.Mail.Hurry();
        await UntilAsync(() => IsSettled(alice) && IsSettled(bob));
        Assert.Equal(new HashSet<string?> { "from alice", "from bob" }, [.. (await HistoryAsync(_alice, "bob")).Select(m => m.Text)]);
        Assert.Equal(new HashSet<string?> { "from alice", "from bob" }, [.. (await HistoryAsync(_bob, "alice")).Select(m => m.Text)]);
        Assert.Single(bob.Relations.Mail.Tallies, t => t.Record.IsAlive);

        static bool IsSettled(NodeHost host) => host.Relations.Mail.Tallies is var all
            && all.Count(t => t.Record.Now is TallyRecord.State.Open) == 1 && all.All(t => t.Queued == 0)
            && host.Store.Before(all.Single(t => t.Record.IsAlive).Number, long.MaxValue, 9).Count == 2;
    }

    [Fact]
    public async Task A_message_whose_tally_was_refused_is_said_to_be_undeliverable()
    {
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        Know(bob, "alice", alice);
        await SayAsync(_bob, "alice", "hello?", 0);
        await AskAsync<TallyArgs, TallyReport>(_bob, "tally refuse", new("alice", null, "never mind")); // taken back
        var kept = Assert.Single(await AskAsync<MessagesArgs, MessageReport>(_bob, "messages", new("alice", 9, false, false)));
        Assert.Equal("undeliverable", kept.State);
        await SayAsync(_bob, "alice", "after all", 0);
        Assert.Equal(["unsigned", "unsigned"], (await AskAsync<MessagesArgs, MessageReport>(_bob, "messages", new("alice", 9, false, false))).Select(m => m.State));
    }

    [Fact]
    public async Task Blocking_closes_the_channel_at_once_and_nothing_comes_through()
    {
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        await JoinAsync("bob", "alice");
        var channel = Assert.Single(bob.Online.Peers.All);
        await AskAsync<PeerBlockArgs, PeerReport>(_alice, "peer block", new("bob", true));
        await channel.Closed.WaitAsync(_patience.Token);
        Assert.Equal(Reason.Refused, (await FailAsync<MsgArgs, MessageReport>(_alice, "msg", new("bob", "chat", "x", null, 0))).Reason);
        Assert.Equal(["queued"], await SayAsync(_bob, "alice", "let me in", 1500));
        Assert.Empty(await HistoryAsync(_alice, "bob"));

        await AskAsync<PeerBlockArgs, PeerReport>(_alice, "peer block", new("bob", false));
        var came = WaitForAsync(_alice, "bob", 1);
        bob.Relations.Mail.Hurry();
        Assert.Equal(["let me in"], await came);
    }

    [Fact]
    public async Task A_closed_tally_carries_nothing_and_does_not_come_back_by_itself()
    {
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        await JoinAsync("bob", "alice");
        await AskAsync<TallyArgs, TallyReport>(_alice, "tally close", new("bob", null, null));
        await UntilAsync(() => bob.Relations.Mail.Tallies.All(t => t.Record.Now is TallyRecord.State.Close));
        await UntilAsync(() => alice.Relations.Mail.Tallies.All(t => t.Record.Now is TallyRecord.State.Close));
        var offering = AskAsync<TallyArgs, TallyReport>(_bob, "tally offer", new("alice", null, null));
        await UntilAsync(() => alice.Relations.Mail.Tallies.Any(t => t.Record.Now is TallyRecord.State.POffer));
        await offering;
        await AskAsync<TallyArgs, TallyReport>(_alice, "tally accept", new("bob", null, null));
        await UntilAsync(() => bob.Relations.Mail.Tallies.Any(t => t.Record.Now is TallyRecord.State.Open));
        Assert.Equal(["queued", "delivered"], await SayAsync(_bob, "alice", "friends again"));
    }

    [Fact]
    public async Task Terms_of_ones_own_wait_for_the_user_who_counters_or_refuses()
    {
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        await JoinAsync("bob", "alice");
        await AskAsync<TallyArgs, TallyReport>(_bob, "tally close", new("alice", null, null));
        await UntilAsync(() => alice.Relations.Mail.Tallies.All(t => !t.Record.IsAlive) && bob.Relations.Mail.Tallies.All(t => !t.Record.IsAlive));
        await AskAsync<TallyArgs, TallyReport>(_bob, "tally offer", new("alice", "tea at five", null));
        await UntilAsync(() => alice.Relations.Mail.Tallies.Any(t => t.Record.Now is TallyRecord.State.POffer));
        Assert.Equal(Reason.Refused, (await FailAsync<MsgArgs, MessageReport>(_alice, "msg", new("bob", "chat", "x", null, 0))).Reason);
        await AskAsync<TallyArgs, TallyReport>(_alice, "tally offer", new("bob", "tea at four", null));
        await UntilAsync(() => bob.Relations.Mail.Tallies.Any(t => t.Record is { Now: TallyRecord.State.POffer, Revision: 2 }));
        var shown = Assert.Single(await AskAsync<TallyArgs, TallyReport>(_bob, "tally show", new("alice", null, null)));
        Assert.Contains("Terms: tea at four\n", shown.Text, StringComparison.Ordinal);
        await AskAsync<TallyArgs, TallyReport>(_bob, "tally refuse", new("alice", null, "too early"));
        await UntilAsync(() => alice.Relations.Mail.Tallies.Any(t => t.Record is { Now: TallyRecord.State.Void, Reason: "too early" }));
    }

    [Fact]
    public async Task Two_users_of_one_site_have_tallies_and_messages_of_their_own_over_one_channel()
    {
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        await JoinAsync("bob", "alice");
        var second = Assert.Single(await AskAsync<InviteArgs, InviteReport>(_alice, "invite", new(null, null, 3600, false, "anna")));
        var joined = await AskAsync<JoinArgs, JoinReport>(_bob, "join", new(second.Link, "anna"));
        await UntilAsync(() => bob.Store.Contacts().Count == 2);
        var anna = bob.Store.FindContact("anna")!;
        Assert.Equal(bob.Store.FindContact("alice")!.ChannelKey, anna.ChannelKey); // one site
        Assert.NotEqual(bob.Store.FindContact("alice")!.User, anna.User); // two users

        Assert.Equal(["queued", "delivered"], await SayAsync(_bob, "anna", "for anna"));
        Assert.Equal(["queued", "delivered"], await SayAsync(_bob, "alice", "for alice"));
        Assert.Equal([("bob", "for alice")], await HistoryAsync(_alice, "bob"));
        Assert.Equal([("bob", "for anna")], await HistoryAsync(_alice, "bob", "anna"));

        // Blocking one of them leaves the other, and the channel.
        await AskAsync<PeerBlockArgs, PeerReport>(_bob, "peer block", new("anna", true));
        Assert.Equal(["queued", "delivered"], await SayAsync(_bob, "alice", "still here"));
        Assert.NotNull(joined[^1].Tally);
    }

    [Fact]
    public async Task Files_go_by_a_link_to_one_who_has_it_and_to_nobody_after()
    {
        await using var alice = await StartAsync(_alice);
        await using var bob = await StartAsync(_bob);
        var path = Path.Combine(_alice.Home.Folder, "letter.txt");
        await File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("dear bob, ", 100_000)));
        await using var sending = (await ControlClient.TryConnectAsync(_alice.Home, _patience.Token))!;
        await sending.SendAsync("send", new SendArgs([path], null), _patience.Token);
        await using var reports = sending.ItemsAsync<TransferReport>(_patience.Token).GetAsyncEnumerator(_patience.Token);
        Assert.True(await reports.MoveNextAsync());
        var link = reports.Current.Link!;
        Assert.Equal(Reason.Usage, (await FailAsync<JoinArgs, JoinReport>(_bob, "join", new(link, "alice"))).Reason);

        var into = Path.Combine(_bob.Home.Folder, "mine");
        var taking = AskAsync<ReceiveArgs, TransferReport>(_bob, "receive", new(into, link));
        TransferReport? last = null;
        while (await reports.MoveNextAsync()) last = reports.Current;
        Assert.Equal("done", last!.State);
        var reported = await taking;
        Assert.Contains(reported, report => report is { State: "receiving", Files: 1, Size: 1_000_000 }); // what there is in all was promised
        Assert.DoesNotContain(reported, report => report.State == "receiving" && report.Moved > report.Size);
        var taken = reported.Last(report => report.State == "done");
        Assert.Equal((last.Sha256, last.Size), (taken.Sha256, taken.Size));
        Assert.Equal(await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(Path.Combine(into, "letter.txt")));

        Assert.Empty(alice.Store.Contacts()); // nobody became anybody's contact
        Assert.Empty(bob.Store.Contacts());
        Assert.Empty(bob.Online.Rules.Exposures.All.SelectMany(exposure => exposure.For).OfType<Hawser.Service.Who.Key>());
        await using (await StartAsync(_carol))
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            await using var client = (await ControlClient.TryConnectAsync(_carol.Home, soon.Token))!;
            await client.SendAsync("receive", new ReceiveArgs(null, link), soon.Token);
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await foreach (var _ in client.ItemsAsync<TransferReport>(soon.Token)) { }
            });
        }
    }

    [Fact]
    public async Task Files_of_a_link_go_on_where_they_stopped_and_a_second_machine_is_told_of()
    {
        await using var alice = await NodeHost.StartAsync(new() { Home = _alice.Home, SimulateLink = true }, _patience.Token);
        alice.Link!.Rate = 8_000_000; // a megabyte a second
        var path = Path.Combine(_alice.Home.Folder, "film");
        var bytes = new byte[3_000_000];
        Random.Shared.NextBytes(bytes);
        await File.WriteAllBytesAsync(path, bytes);
        await using var sending = (await ControlClient.TryConnectAsync(_alice.Home, _patience.Token))!;
        await sending.SendAsync("send", new SendArgs([path], null), _patience.Token);
        await using var reports = sending.ItemsAsync<TransferReport>(_patience.Token).GetAsyncEnumerator(_patience.Token);
        Assert.True(await reports.MoveNextAsync());
        var link = reports.Current.Link!;

        var stoppedAt = 0L;
        await using (await StartAsync(_bob))
        {
            await using var client = (await ControlClient.TryConnectAsync(_bob.Home, _patience.Token))!;
            await client.SendAsync("receive", new ReceiveArgs(null, link), _patience.Token);
            await foreach (var report in client.ItemsAsync<TransferReport>(_patience.Token))
            {
                if (report.State != "receiving" || report.Moved < 200_000) continue;
                stoppedAt = report.Moved;
                break;
            }
        }

        Assert.InRange(stoppedAt, 200_000, 2_999_999);
        alice.Link!.Rate = 0;
        await using (var carol = await StartAsync(_carol))
        {
            var alarmed = new TaskCompletionSource();
            alice.Online.Invitations!.Changed += ticket =>
            {
                if (ticket.Alarmed is not null) alarmed.TrySetResult();
            };
            await using var client = (await ControlClient.TryConnectAsync(_carol.Home, _patience.Token))!;
            await client.SendAsync("receive", new ReceiveArgs(null, link), _patience.Token);
            await alarmed.Task.WaitAsync(_patience.Token);
        }

        await using var bob = await StartAsync(_bob);
        var taken = await AskAsync<ReceiveArgs, TransferReport>(_bob, "receive", new(null, link));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(taken.Last(report => report.State == "done").Path!));
        List<TransferReport> told = [];
        while (await reports.MoveNextAsync()) told.Add(reports.Current);
        Assert.Contains(told, report => report is { State: "alarm", Trouble: not null });
        Assert.DoesNotContain(told.Skip(told.FindIndex(report => report.State == "alarm")), report => report is { State: "sending", Moved: < 100_000 });
        Assert.Contains(told, report => report.State == "done");
    }

    // As peer add does it with a card.
    private static void Know(NodeHost host, string name, NodeHost other)
    {
        host.Store.SaveContact(new(name, other.Relations.Site, null, [$"127.0.0.1:{other.Online.Local.Port}"], [], Blocked: false, DateTimeOffset.UtcNow));
        host.NotifyRulesChanged();
    }

    private Task<NodeHost> StartAsync(TempHome home) => NodeHost.StartAsync(new() { Home = home.Home }, _patience.Token);

    private async Task<JoinReport> JoinAsync(string guest, string host)
    {
        var given = Assert.Single(await AskAsync<InviteArgs, InviteReport>(_alice, "invite", new(null, guest, 3600, false)));
        return (await AskAsync<JoinArgs, JoinReport>(_bob, "join", new(given.Link, host)))[^1];
    }

    private async Task<string[]> SayAsync(TempHome home, string peer, string text, double waitMs = 60_000) =>
        [.. (await AskAsync<MsgArgs, MessageReport>(home, "msg", new(peer, "chat", text, null, waitMs))).Select(report => report.State)];

    private async Task<(string Who, string? Text)[]> HistoryAsync(TempHome home, string peer, string user = "") =>
        [.. (await AskAsync<MessagesArgs, MessageReport>(home, "messages", new(peer, 100, false, false, user))).Select(report => (report.Outgoing ? "you" : report.Peer, report.Text))];

    private async Task<string[]> WaitForAsync(TempHome home, string peer, int count)
    {
        await using var client = (await ControlClient.TryConnectAsync(home.Home, _patience.Token))!;
        await client.SendAsync("messages", new MessagesArgs(peer, 100, true, true), _patience.Token);
        List<string> texts = [];
        await foreach (var report in client.ItemsAsync<MessageReport>(_patience.Token))
        {
            texts.Add(report.Text ?? report.Body!.Value.GetRawText());
            if (texts.Count == count) break;
        }

        return [.. texts];
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(20, _patience.Token);
    }

    private Task<List<TItem>> AskAsync<TArgs, TItem>(TempHome home, string verb, TArgs args)
        where TArgs : class
        where TItem : class =>
        home.Home.AskAsync<TArgs, TItem>(verb, args, _patience.Token);

    private Task<HawserException> FailAsync<TArgs, TItem>(TempHome home, string verb, TArgs args)
        where TArgs : class
        where TItem : class => Assert.ThrowsAsync<HawserException>(() => AskAsync<TArgs, TItem>(home, verb, args));
}
