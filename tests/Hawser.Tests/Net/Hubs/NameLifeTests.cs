using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Hub;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Hawser.Tests.Hub;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary>What an ID is for, with real nodes and hubs: it leads to its holder through new hubs, new keys, and a restore.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime")]
public sealed class NameLifeTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));
    private readonly TempHome _ann = new(), _bob = new(), _copy = new();
    private readonly HubFleet _fleet = new(2, TimeSpan.FromSeconds(1.5));

    public async Task InitializeAsync()
    {
        await _fleet.StartAsync(0);
        await _fleet.StartAsync(1);
        await _fleet[0].Admin!.WaitForAsync(1, _patience.Token);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        foreach (var home in new[] { _ann, _bob, _copy }) home.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task An_ID_leads_to_its_holder_through_hubs_that_its_deed_does_not_name()
    {
        await using var ann = await StartAsync(_ann, 0);
        var id = await OwnAsync(_ann);
        await using var bob = await StartAsync(_bob, 1);
        await AskAsync<NameArgs, SignOnReport>(_ann.Home, "signon", new(Link(1)));
        await AskAsync<NameArgs, SignOnReport>(_ann.Home, "signoff", new("hub0"));
        var moved = await UntilAsync(async () => await LocatorAsync(1, id) is { } locator && locator.Hubs.SequenceEqual([_fleet[1].Admin!.Me!.Id]) ? locator : null);
        Assert.True(moved.Until > (ulong)DateTimeOffset.UtcNow.AddHours(24).ToUnixTimeSeconds());
        Assert.Equal("hub0", Assert.Single(Assert.Single(await AskAsync<NameArgs, IdReport>(_bob.Home, "id show", new(id))).Hubs)); // its deed

        await ExposeAsync(_ann, "echo", "anyone");
        Assert.NotEmpty(await UntilAsync(() => TryPingAsync(_bob, id)));

        // The hub forgets, and is told again.
        await _fleet.StopAsync(1);
        await _fleet.StartAsync(1);
        Assert.Equal(moved.Sequence, (await UntilAsync(() => LocatorAsync(1, id))).Sequence);
    }

    [Fact]
    public async Task A_new_channel_key_is_followed_and_the_old_one_honoured_for_a_while()
    {
        await using var ann = await StartAsync(_ann, 0);
        var id = await OwnAsync(_ann);
        await using var bob = await StartAsync(_bob, 0);
        await ExposeAsync(_ann, "echo", "anyone");
        await AskAsync<PeerAddArgs, PeerReport>(_bob.Home, "peer add", new(id, "ann"));
        Assert.NotEmpty(await UntilAsync(() => TryPingAsync(_bob, "ann")));
        var old = ann.Store.ChannelKey(SystemEntropy.Shared).Public;

        await AskAsync<IdAlterArgs, IdReport>(_ann.Home, "id alter", new(id, null, null, null, [], null) { NewKey = true });
        var key = await UntilAsync(() => Task.FromResult(ann.Store.ChannelKey(SystemEntropy.Shared).Public is var now && now != old ? (DhPublicKey?)now : null));
        Assert.Equal(old, ann.Store.FormerChannelKey!.Value.Key.Public);
        // Who has only the old key still gets through, by the hub.
        var hub = _fleet[0].Store;
        var byOldKey = $"hawser:peer/{old}?hub={hub.Identity.At}%23{hub.ChannelKey.Public}";
        Assert.NotEmpty(await UntilAsync(() => TryPingAsync(_bob, byOldKey)));
        Assert.NotNull(ann.Store.FormerChannelKey);

        Assert.NotNull(await UntilAsync(() => Task.FromResult(bob.Store.FindContact("ann")!.ChannelKey == key ? "followed" : null)));
        Assert.NotNull(await UntilAsync(() => Task.FromResult(ann.Store.FormerChannelKey is null ? "over" : null)));
        Assert.Equal(key, ann.Store.ChannelKey(SystemEntropy.Shared).Public); // that it is dialled by, names.sh shows
    }

    [Fact]
    public async Task A_claim_key_that_is_kept_elsewhere_is_asked_for_and_the_node_renews_without_it()
    {
        await using var ann = await StartAsync(_ann, 0);
        var id = await OwnAsync(_ann, "final");
        var offline = SigningKey.Generate(SystemEntropy.Shared);
        await AskAsync<IdAlterArgs, IdReport>(_ann.Home, "id alter", new(id, null, null, null, [], null) { OfflineKey = offline.Seed.ToString() });
        var shown = await UntilAsync(async () => await ShownAsync(id) is { } report && report.ClaimKey == offline.Public.ToString() ? report : null);
        Assert.Equal("final", shown.Stage);
        Assert.DoesNotContain(offline.Seed.ToString(), System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(_ann.Home.NodeDatabase)), StringComparison.Ordinal);

        var refused = await Assert.ThrowsAsync<HawserException>(() => AskAsync<IdAlterArgs, IdReport>(_ann.Home, "id alter", new(id, "thief", null, null, [], null)));
        Assert.Equal((Reason.Refused, true), (refused.Reason, refused.Remedy!.Contains("--key", StringComparison.Ordinal)));
        var other = SigningKey.Generate(SystemEntropy.Shared).Seed.ToString();
        Assert.Equal(Reason.Refused, (await Assert.ThrowsAsync<HawserException>(
            () => AskAsync<IdAlterArgs, IdReport>(_ann.Home, "id alter", new(id, "thief", null, null, [], null) { Key = other }))).Reason);
        await AskAsync<IdAlterArgs, IdReport>(_ann.Home, "id alter", new(id, "ann", null, null, [], null) { Key = offline.Seed.ToString() });
        Assert.NotNull(await UntilAsync(async () => await ShownAsync(id) is { Owner: "ann" } ? "altered" : null));

        // Its node still says where it is: by the delegate key that the deed names.
        var locator = await UntilAsync(async () => await LocatorAsync(0, id) is { } now && now.Key != offline.Public ? now : null);
        Assert.NotEqual(shown.ClaimKey, locator.Key.ToString());
        await using var bob = await StartAsync(_bob, 0);
        await ExposeAsync(_ann, "echo", "anyone");
        Assert.NotEmpty(await UntilAsync(() => TryPingAsync(_bob, id)));
    }

    [Fact]
    public async Task A_node_that_is_restored_while_the_old_one_runs_is_noticed_and_said_on_both()
    {
        await using var ann = await StartAsync(_ann, 0);
        await UntilAsync(() => Task.FromResult(Line(ann)?.Line == "up" ? "up" : null));
        _copy.Home.Create();
        ann.Store.SnapshotTo(_copy.Home.NodeDatabase);
        using (var store = NodeStore.Open(_copy.Home)) store.BeginAnew(DateTimeOffset.UtcNow);
        await using var copy = await NodeHost.StartAsync(new() { Home = _copy.Home }, _patience.Token);
        var told = await UntilAsync(() => Task.FromResult(Line(ann)?.Trouble));
        Assert.Contains("restored", told, StringComparison.Ordinal);
        var said = await UntilAsync(() => Task.FromResult(Line(copy) is { Line: "up" } line ? line.Trouble : null));
        Assert.Contains("may still run", said, StringComparison.Ordinal);
    }

    private static HubLineStatus? Line(NodeHost host) => ReachVerbs.Status(host).Hubs is [var first, ..] ? first : null;

    private string Link(int hub) => HubContent.CardOf(_fleet[hub].Store, _fleet.Genesis).Link;

    private async Task<NodeHost> StartAsync(TempHome home, int hub)
    {
        var host = await NodeHost.StartAsync(new() { Home = home.Home }, _patience.Token);
        await AskAsync<NameArgs, SignOnReport>(home.Home, "signon", new(Link(hub)));
        return host;
    }

    private async Task<string> OwnAsync(TempHome home, string stage = "provisional")
    {
        await AskAsync<IdClaimArgs, IdReport>(home.Home, "id claim", new("pi", [], false));
        return await UntilAsync(async () => (await AskAsync<NoArgs, IdReport>(home.Home, "id list", new()))
            .FirstOrDefault(report => report.Stage == stage || report.Stage == "final")?.Id);
    }

    private async Task<IdReport?> ShownAsync(string id) => (await AskAsync<NameArgs, IdReport>(_ann.Home, "id show", new(id))).FirstOrDefault();

    private async Task<Locator?> LocatorAsync(int hub, string id)
    {
        using var http = new HubClient();
        Assert.Null(RoutingId.Parse(id, out var parsed));
        return await http.GetAsync(_fleet[hub].Store.Identity.Url, HubPaths.LocatorOf(parsed), _patience.Token) is { } text
            && Locator.TryRead(text, out var locator) ? locator : null;
    }

    private Task<List<ExposureReport>> ExposeAsync(TempHome home, string service, string who) =>
        AskAsync<ExposeArgs, ExposureReport>(home.Home, "expose", new(service, null, [who], false));

    // Null if it came to nothing: a connection that ended under it takes long to notice.
    private async Task<List<PingReport>?> TryPingAsync(TempHome home, string peer)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token);
        soon.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            return await AskAsync<PingArgs, PingReport>(home.Home, "ping", new(peer, 1, 100), soon.Token);
        }
        catch (Exception e) when (e is HawserException or OperationCanceledException && !_patience.IsCancellationRequested)
        {
            return null;
        }
    }

    // Asks again until there is an answer: it is other processes' time that passes.
    private async Task<T> UntilAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        while (true)
        {
            if (await ask() is { } answer) return answer;
            await Task.Delay(100, _patience.Token);
        }
    }

    private async Task<T> UntilAsync<T>(Func<Task<T?>> ask)
        where T : struct
    {
        while (true)
        {
            if (await ask() is { } answer) return answer;
            await Task.Delay(100, _patience.Token);
        }
    }

    private Task<List<TItem>> AskAsync<TArgs, TItem>(Home home, string verb, TArgs args, CancellationToken? cancel = null)
        where TArgs : class
        where TItem : class =>
        home.AskAsync<TArgs, TItem>(verb, args, cancel ?? _patience.Token);
}
