using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hubs;
using Hawser.Tests.Net;
using Hawser.Tlog;
using Xunit;

namespace Hawser.Tests.Hub;

/// <summary>A hub that keeps other admins' logs in part: nothing is lost, and who asks is told where the rest is. Spec: federation.md §4.8.</summary>
public sealed class PartialRecordsTests : IDisposable
{
    private const int Leaves = 700; // two tiles and a part
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(90));

    private CancellationToken Patience => _patience.Token;

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task A_hub_forgets_what_others_keep_starts_from_the_state_and_is_audited_by_way_of_them()
    {
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i, keepsAll: i != 3);
        var log = fleet[0].Admin!.Me!.Id;
        await FillAsync(fleet, 0);
        await UntilAsync(() => fleet[3].Store.ForgottenTiles(log) == 2);
        var height = fleet[3].Admin!.Last!.Header.Height;
        Assert.Equal(Leaves, fleet[0].Store.Leaves(log, 0, 1_000).Count);
        Assert.Equal(Leaves - 2 * Tile.FullWidth, fleet[3].Store.Leaves(log, 0, 1_000).Count);
        var status = await StatusAsync(fleet, 3);
        Assert.Equal((false, (long)(2 * Tile.FullWidth), null), (status.Records!.Full, status.Records.Forgotten, status.Records.Waits));
        Assert.True((await StatusAsync(fleet, 0)).Records!.Full);

        // It says so, signed; hashes are there; entries are not, with a word where they are.
        using var http = new HubClient();
        var url = fleet[3].Store.Identity.Url;
        Assert.True(RecordsKept.TryRead(await http.GetAsync(url, HubPaths.Records, Patience), out var kept));
        Assert.True(kept.IsSignedBy(fleet[3].Admin!.Me!.Key));
        Assert.Equal((false, (log, 512ul)), (kept.IsFull, Assert.Single(kept.From)));
        Assert.Null(await http.GetAsync(url, HubPaths.TileOf(log, new(Tile.Entries, 1, 256)), Patience));
        Assert.NotNull(await http.GetAsync(url, HubPaths.TileOf(log, new(0, 1, 256)), Patience));

        // It starts again from the state that it kept, agrees on, and folds as the others do.
        await fleet.StopAsync(3);
        await fleet.StartAsync(3, keepsAll: false);
        Assert.False(fleet[3].Store.MustLookAround);
        await fleet[3].Admin!.WaitForAsync(height + 3, Patience);
        Assert.False(fleet[3].Admin!.IsHalted);

        // An audit reads from the others what is not here, and says so; without them it says what it cannot recompute.
        using var mirror = new TempHome();
        var audit = await AuditAsync(url, mirror.Home.Folder);
        Assert.Empty(audit.Differences);
        Assert.True(audit.Height > height);
        Assert.Equal($"512 entries of the log of {log}, at {fleet[0].Store.Identity.Url}", Assert.Single(audit.Elsewhere));
        Assert.Empty((await AuditAsync(mirror.Home.Folder, null)).Differences); // the copy is whole
        for (var i = 0; i < 3; i++) await fleet.StopAsync(i);
        var alone = await AuditAsync(url, null);
        var said = Assert.Single(alone.Differences);
        Assert.Contains($"leaves 0 to", said, StringComparison.Ordinal);
        Assert.Contains($"hub3 keeps its records in part, without entries 0 to 511 of {log} (its own hub: {fleet.Genesis.Founders[fleet.Genesis.Founders.PlaceOf(log)].Url})", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_forgotten_unless_enough_of_those_that_keep_all_can_show_it()
    {
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i, keepsAll: i == 0); // one alone may be the hostile one
        var log = fleet[0].Admin!.Me!.Id;
        await FillAsync(fleet, 0);
        await UntilAsync(() => fleet[3].Keeper!.Waits is not null);
        Assert.Equal("entries are kept until 2 other admins that keep all of them can show them; now 1 does", (await StatusAsync(fleet, 3)).Records!.Waits);
        var height = fleet[3].Admin!.Last!.Header.Height;
        await fleet[3].Admin!.WaitForAsync(height + 4, Patience);
        Assert.Equal(0, fleet[3].Store.ForgottenTiles(log));
        await fleet.StopAsync(1);
        await fleet.StartAsync(1); // keeps all from now on
        await UntilAsync(() => fleet[3].Store.ForgottenTiles(log) == 2);
        Assert.Equal(0, fleet[1].Store.ForgottenTiles(log));
    }

    [Fact]
    public async Task A_hub_that_is_to_keep_all_again_takes_back_what_it_forgot()
    {
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i, keepsAll: i != 3);
        var log = fleet[0].Admin!.Me!.Id;
        await FillAsync(fleet, 0);
        await UntilAsync(() => fleet[3].Store.ForgottenTiles(log) == 2);
        await fleet.StopAsync(3);
        await fleet.StartAsync(3);
        await UntilAsync(() => fleet[3].Store.ForgottenTiles(log) == 0);
        Assert.Equal(fleet[0].Store.Leaves(log, 0, Leaves), fleet[3].Store.Leaves(log, 0, Leaves));
        await fleet.StopAsync(3);
        await fleet.StartAsync(3); // and folds every leaf anew
        Assert.Equal(0u, fleet[3].Store.RegistryHeight());
        var height = fleet[0].Admin!.Last!.Header.Height;
        await fleet[3].Admin!.WaitForAsync(height + 2, Patience);
        Assert.False(fleet[3].Admin!.IsHalted);
    }

    [Theory]
    [InlineData("UPDATE registry_rest SET rest = zeroblob(length(rest))")]
    [InlineData("DELETE FROM registry_rest")]
    [InlineData("UPDATE forgotten_tile SET hashes = zeroblob(8192) WHERE number = 0")]
    [InlineData("DELETE FROM forgotten_tile WHERE number = 0")]
    [InlineData("DELETE FROM certificate WHERE height = 3")]
    public async Task What_is_damaged_where_records_are_kept_in_part_is_taken_from_those_that_keep_all(string damage)
    {
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i, keepsAll: i != 3);
        var log = fleet[0].Admin!.Me!.Id;
        await FillAsync(fleet, 0);
        await UntilAsync(() => fleet[3].Store.ForgottenTiles(log) == 2);
        await fleet.StopAsync(3);
        TempHome.ChangeHub(fleet.HomeOf(3), damage);
        await fleet.StartAsync(3, keepsAll: false);
        var height = fleet[0].Admin!.Last!.Header.Height;
        await fleet[3].Admin!.WaitForAsync(height + 1, Patience);
        Assert.False(fleet[3].Admin!.IsHalted);
        await UntilAsync(() => fleet[3].Store.ForgottenTiles(log) == 2); // and forgotten again
    }

    // Leaves of a federation's admin, from many networks; they mean nothing to the fold, and have to be kept all the same.
    private async Task FillAsync(HubFleet fleet, int hub)
    {
        var admin = fleet[hub].Admin!;
        await admin.WaitForAsync(1, Patience);
        var asked = Enumerable.Range(0, Leaves).Select(async i =>
        {
            var key = SigningKey.Generate(SystemEntropy.Shared);
            var leaf = Reveal.Sign(fleet.Genesis.Hash, key.Seed, key.Public.Bytes, key).Write();
            var (status, _) = await admin.AskAsync(AdminVerb.Reveal, HostPort.Read([198, 51, (byte)(i % 7), 1], 1), leaf, Patience);
            Assert.Equal(AdminStatus.Ok, status);
        });
        await Task.WhenAll(asked);
    }

    private async Task UntilAsync(Func<bool> holds)
    {
        while (!holds()) await Task.Delay(50, Patience);
    }

    private async Task<HubReport> StatusAsync(HubFleet fleet, int hub) =>
        Assert.Single(await fleet.HomeOf(hub).AskAsync<WatchArgs, HubReport>("hub status", new(false), Patience));

    private Task<AuditReport> AuditAsync(string where, string? saveTo) => Task.Run(() => FederationAudit.Run(where, null, saveTo, null, null, Patience));
}
