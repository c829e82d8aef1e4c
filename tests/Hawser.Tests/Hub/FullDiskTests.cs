using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Hawser.Tests.Net;
using Hawser.Tests.Net.Hubs;
using Xunit;

namespace Hawser.Tests.Hub;

/// <summary>A store that can grow no more, as on a full disk: nothing is taken, that is said, and nothing is lost.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const long Plenty = 1 << 30;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(90));

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task A_hub_whose_disk_is_full_takes_nothing_says_so_and_loses_nothing()
    {
        await using var fleet = new HubFleet(1);
        await fleet.StartAsync(0);
        var admin = fleet[0].Admin!;
        await admin.WaitForAsync(2, _patience.Token);
        List<(byte[] Leaf, Receipt Receipt)> promised = [];
        fleet[0].Store.LimitPages(0);
        byte[]? refused = null;
        while (refused is null)
        {
            var leaf = RevealOf(fleet);
            var (status, body) = await admin.AskAsync(AdminVerb.Reveal, default, leaf, _patience.Token);
            if (status is AdminStatus.Ok) promised.Add((leaf, ReceiptOf(body)));
            else if (Encoding.UTF8.GetString(body).Contains("is full", StringComparison.Ordinal)) refused = leaf;
            else await Task.Delay(20, _patience.Token);
        }

        Assert.Contains("full", admin.Trouble, StringComparison.Ordinal);
        using var http = new HubClient();
        var said = await Assert.ThrowsAsync<HawserException>(() => http.GetAsync(fleet[0].Store.Identity.Url, HubPaths.Health, _patience.Token));
        Assert.Contains("full", said.Message, StringComparison.Ordinal);
        Assert.NotNull(await http.GetAsync(fleet[0].Store.Identity.Url, HubPaths.Latest, _patience.Token)); // it still tells what it has
        var height = admin.Last!.Header.Height;

        fleet[0].Store.LimitPages(Plenty);
        await admin.WaitForAsync(height + 2, _patience.Token);
        Assert.Null(admin.Trouble);
        while (true)
        {
            var (status, body) = await admin.AskAsync(AdminVerb.Reveal, default, refused, _patience.Token);
            if (status is AdminStatus.Ok)
            {
                promised.Add((refused, ReceiptOf(body)));
                break;
            }

            await Task.Delay(20, _patience.Token);
        }

        await fleet.StopAsync(0);
        await fleet.StartAsync(0);
        var log = fleet[0].Store.Leaves(fleet.Genesis.Founders[0].Id, 0, 10_000);
        foreach (var (leaf, receipt) in promised) Assert.Equal(leaf, log[(int)receipt.LeafIndex]);
        Assert.Equal(log.Count, log.DistinctBy(Convert.ToHexString).Count());
        await fleet[0].Admin!.WaitForAsync(height + 4, _patience.Token);
    }

    [Fact]
    public async Task A_federation_goes_on_without_the_hub_whose_disk_is_full_and_it_catches_up()
    {
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i);
        await fleet[3].Admin!.WaitForAsync(2, _patience.Token);
        fleet[3].Store.LimitPages(0);
        while (fleet[3].Admin!.Trouble is null) await Task.Delay(50, _patience.Token);
        var height = fleet[0].Admin!.Last!.Header.Height;
        var after = await fleet[0].Admin!.WaitForAsync(height + 3, _patience.Token);
        Assert.True(fleet[3].Admin!.Last!.Header.Height < after.Header.Height);
        fleet[3].Store.LimitPages(Plenty);
        await fleet[3].Admin!.WaitForAsync(after.Header.Height + 2, _patience.Token);
        Assert.Null(fleet[3].Admin!.Trouble);
        Assert.All(Enumerable.Range(0, 4), hub => Assert.False(fleet[hub].Admin!.IsHalted));
    }

    [Fact]
    public void A_claim_that_does_not_fit_on_a_nodes_disk_stays_as_it_was_and_that_is_said()
    {
        using var temp = new TempHome();
        temp.Home.Create();
        using var store = NodeStore.Open(temp.Home);
        var draft = new StoredClaim("seal", null, "draft", [1, 2, 3], DateTimeOffset.UnixEpoch);
        store.SaveClaim(draft);
        store.LimitPages(0);
        var said = Assert.Throws<HawserException>(() => store.SaveClaim(draft with { Stage = "sealed", State = new byte[1 << 20] }));
        Assert.Equal((Reason.DiskFull, 6), (said.Reason, Reasons.ExitCodeOf(said.Reason)));
        Assert.Contains("is full", said.Message, StringComparison.Ordinal);
        Assert.Equal("draft", Assert.Single(store.Claims()).Stage);
        store.LimitPages(Plenty);
        store.SaveClaim(draft with { Stage = "sealed", State = new byte[1 << 20] });
        Assert.Equal("sealed", Assert.Single(store.Claims()).Stage);
    }

    [Fact]
    public async Task A_claim_waits_for_room_on_the_nodes_disk_and_comes_through_then()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await using var node = new ClaimHome(fleet.Genesis);
        var run = node.Runner.Begin(node.Wish); // no hub is up: a draft
        var draft = node.Newest;
        Assert.Equal("draft", draft.Stage);
        node.Store.LimitPages(0);
        Fill(node.Store);
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        while (run.Trouble?.Contains("is full", StringComparison.Ordinal) != true)
        {
            Assert.Equal("draft", run.Row.Stage); // there is no room for more
            await Task.Delay(20, _patience.Token);
        }

        // It has a ticket, and nothing that could be lost was sent: what is on disk is what was there before.
        Assert.Equal(draft.State, node.Newest.State);
        Assert.Equal(0ul, fleet[0].Store.LogSize(fleet.Genesis.Founders[0].Id));
        Assert.False(run.Submitted.IsCompleted);

        node.Store.LimitPages(Plenty);
        await node.WaitForAsync("final", _patience.Token);
        Assert.Null(run.Trouble);
        Assert.Single(node.Store.Claims(), claim => claim.Stage == "final");
    }

    // A file that may not grow has room all the same: in pages that were given back, and at the ends of others.
    private static void Fill(NodeStore store)
    {
        foreach (var size in (int[])[4_000, 400, 40]) Until(i => store.SetMachineState($"filler {size} {i}", new byte[size]));
        // A draft is small and grows where it is: other claims take the room beside it.
        foreach (var size in (int[])[200, 40]) Until(i => store.SaveClaim(new($"filler {size} {i}", null, ClaimFile.Lost, new byte[size], DateTimeOffset.UnixEpoch)));

        static void Until(Action<int> write)
        {
            var said = Assert.Throws<HawserException>(() =>
            {
                for (var i = 0; i < 10_000; i++) write(i);
            });
            Assert.Equal(Reason.DiskFull, said.Reason);
        }
    }

    private static byte[] RevealOf(HubFleet fleet)
    {
        var key = SigningKey.Generate(SystemEntropy.Shared);
        return Reveal.Sign(fleet.Genesis.Hash, key.Seed, key.Public.Bytes, key).Write();
    }

    private static Receipt ReceiptOf(byte[] body) => Receipt.TryRead(body, out var receipt) ? receipt : throw new InvalidDataException();
}
