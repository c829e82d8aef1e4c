using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Hawser.Tests.Hub;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary>What a node keeps of its names is damaged: it is found, named, and built anew or refused; never passed over.</summary>
public sealed class NodeDamageTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(90));
    private readonly TempHome _temp = new();

    public void Dispose()
    {
        _patience.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void A_key_that_was_changed_is_named_and_nothing_is_touched()
    {
        _temp.Home.Create();
        using (var store = NodeStore.Open(_temp.Home)) store.ClaimKey(SystemEntropy.Shared);
        Damage("UPDATE identity_key SET secret = randomblob(32) WHERE purpose = 'claim'");
        var said = Assert.Throws<HawserException>(() => NodeStore.Open(_temp.Home).Dispose());
        Assert.Equal(Reason.StoreCorrupt, said.Reason);
        Assert.Contains("\"claim\"", said.Message, StringComparison.Ordinal);
        Assert.Contains("copy", said.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_before_are_marked_at_the_first_start()
    {
        _temp.Home.Create();
        using (var store = NodeStore.Open(_temp.Home)) store.ClaimKey(SystemEntropy.Shared);
        Damage("UPDATE identity_key SET mark = NULL");
        NodeStore.Open(_temp.Home).Dispose();
        Damage("UPDATE identity_key SET secret = zeroblob(32) WHERE mark IS NOT NULL");
        Assert.Throws<HawserException>(() => NodeStore.Open(_temp.Home).Dispose());
    }

    [Fact]
    public async Task A_claim_that_was_changed_is_named_and_nothing_of_it_is_sent()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        await using var node = new ClaimHome(fleet.Genesis) { DieAt = "sealed" };
        node.Runner.Begin(node.Wish);
        await node.WaitForAsync("sealed", _patience.Token); // and stopped before it was sent
        var row = node.Newest;
        Assert.Null(ClaimFile.WrongOf(row));
        for (var at = 0; at < row.State.Length; at += 13)
        {
            var state = row.State.ToArray();
            state[at] ^= 0x10;
            Assert.NotNull(ClaimFile.WrongOf(row with { State = state }));
            Assert.NotNull(ClaimFile.WrongOf(row with { State = row.State[..at] }));
        }

        Assert.Contains("seed", ClaimFile.WrongOf(row with { SealKey = "AAAA" + row.SealKey[4..] }), StringComparison.Ordinal);
        Assert.Contains("stage", ClaimFile.WrongOf(row with { Stage = "revealed" }), StringComparison.Ordinal);
        Assert.Contains("deed", ClaimFile.WrongOf(row with { RoutingId = "0a9aaaaaaa" }), StringComparison.Ordinal);

        await node.RestartAsync("UPDATE claim SET state = substr(state, 1, length(state) - 1)");
        var report = ClaimReports.Of(Assert.Single(node.Store.Claims()), fleet.Genesis, null);
        Assert.Equal(ClaimFile.Damaged, report.Stage);
        Assert.Contains("hawser restore", report.Detail, StringComparison.Ordinal);
        var height = fleet[0].Admin!.Last!.Header.Height;
        await fleet[0].Admin!.WaitForAsync(height + 1, _patience.Token);
        Assert.Equal(0UL, fleet[0].Store.LogSize(fleet.Genesis.Founders[0].Id));
    }

    [Fact]
    public async Task An_ID_whose_row_was_changed_is_built_anew_from_the_federation()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        string id;
        await using (var node = await NodeHost.StartAsync(new() { Home = _temp.Home }, _patience.Token))
        {
            await _temp.Home.AskAsync<NameArgs, SignOnReport>("signon", new(Hawser.Hub.HubContent.CardOf(fleet[0].Store, fleet.Genesis).Link), _patience.Token);
            await _temp.Home.AskAsync<IdClaimArgs, IdReport>("id claim", new("pi", [], false), _patience.Token);
            id = (await UntilAsync(report => report.Stage is "provisional" or "final")).Id!;
        }

        Damage("UPDATE holding SET state = substr(state, 1, 40)");
        Damage("UPDATE claim SET state = substr(state, 1, 40)");
        await using (await NodeHost.StartAsync(new() { Home = _temp.Home }, _patience.Token))
        {
            var report = await UntilAsync(report => report.Id == id && report.Owner is not null);
            Assert.Equal("pi", report.Owner);
            Assert.Contains(report.Stage, (string[])["provisional", "final"]);
        }
    }

    [Fact]
    public void A_header_that_was_changed_lets_none_before_its_height_in()
    {
        _temp.Home.Create();
        var genesis = new Hawser.Tests.Federation.Founders(1).Genesis;
        using (var store = NodeStore.Open(_temp.Home))
        {
            store.PinFederation(genesis.Hash, genesis.ToString());
            store.SaveHeader(genesis.Hash, 9, HeaderAt(genesis, 9).Text);
        }

        Damage("UPDATE federation SET header = zeroblob(length(header))");
        using var damaged = NodeStore.Open(_temp.Home);
        using var http = new HubClient();
        var directory = new IdDirectory(genesis, damaged, http, TimeProvider.System);
        Assert.Contains("damaged", directory.Damage, StringComparison.Ordinal);
        directory.Advance(HeaderAt(genesis, 7));
        Assert.Equal(9UL, Assert.Single(damaged.Federations()).Height);
        directory.Advance(HeaderAt(genesis, 10));
        Assert.Equal(10UL, Assert.Single(damaged.Federations()).Height);
        Assert.Null(new IdDirectory(genesis, damaged, http, TimeProvider.System).Damage);
    }

    private static Header HeaderAt(Genesis genesis, uint height) =>
        RoutingTick.TryFromNumber(genesis.FirstTick.Number + (int)height, out var tick) ? new(genesis.Hash, height, tick, default, default) : throw new InvalidDataException();

    private async Task<IdReport> UntilAsync(Func<IdReport, bool> wanted)
    {
        while (true)
        {
            if ((await _temp.Home.AskAsync<NoArgs, IdReport>("id list", new(), _patience.Token)).FirstOrDefault(wanted) is { } report) return report;
            await Task.Delay(100, _patience.Token);
        }
    }

    private void Damage(string sql) => TempHome.Change(_temp.Home, sql);
}
