using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Hawser.Tests.Hub;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary>Claims against real hubs in this process.</summary>
public sealed class ClaimRunTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task A_claim_stopped_at_every_stage_goes_on_where_it_was_until_it_is_final()
    {
        await using var fleet = new HubFleet(1, Tick);
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        await using var node = new ClaimHome(fleet.Genesis) { DieAt = "draft" };
        node.Runner.Begin(node.Wish);
        foreach (var stage in (string[])["draft", "sealed", "logged", "revealed", "provisional", "final"])
        {
            await node.WaitForAsync(stage, _patience.Token);
            if (stage == "final") break;
            Assert.Equal(stage, node.Newest.Stage);
            node.DieAt = stage switch { "draft" => "sealed", "sealed" => "logged", "logged" => "revealed", _ => stage == "revealed" ? "provisional" : null };
            await node.RestartAsync();
        }

        var claim = node.Newest;
        Assert.True(ClaimFile.TryRead(claim.State, out var file));
        Assert.Equal(file.Deed!.Id.ToString().Replace("-", "", StringComparison.Ordinal), claim.RoutingId);
        var proof = await fleet[0].Admin!.ProofAsync(file.Deed.Id, _patience.Token);
        Assert.True(OwnershipProof.TryRead(proof, out var read));
        Assert.Null(read.Verify(fleet.Genesis.Hash, fleet.Genesis.Founders, file.Deed.Id, out _));
        Assert.Equal((TitleStatus.Final, file.Deed.TextHash), (read.Title!.Status, read.Title.DeedHash));
        Assert.True(node.Store.Federations()[0].Height >= read.Title.FinalHeight);
        Assert.Equal("pi at home", file.Deed.Fields.OwnerName);
    }

    [Fact]
    public async Task A_claim_waits_for_hubs_that_are_down()
    {
        await using var fleet = new HubFleet(1, Tick);
        await using var node = new ClaimHome(fleet.Genesis);
        var run = node.Runner.Begin(node.Wish);
        Assert.Equal("draft", Assert.Single(node.Store.Claims()).Stage);
        while (run.Trouble is null) await Task.Delay(20, _patience.Token);
        Assert.Contains("does not answer", run.Trouble, StringComparison.Ordinal);
        Assert.False(run.Submitted.IsCompleted);
        await fleet.StartAsync(0);
        await node.WaitForAsync("provisional", _patience.Token);
        Assert.True(run.Submitted.IsCompleted);
        Assert.Null(run.Trouble);
    }

    [Fact]
    public async Task A_claim_that_is_too_late_begins_again_with_a_new_ticket()
    {
        await using var fleet = new HubFleet(1, Tick);
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        await using var node = new ClaimHome(fleet.Genesis) { DieAt = "sealed" };
        node.Runner.Begin(node.Wish);
        await node.WaitForAsync("sealed", _patience.Token); // and stopped before it was sent
        var first = node.Newest;
        var height = fleet[0].Admin!.Last!.Header.Height;
        await fleet[0].Admin!.WaitForAsync(height + fleet.Genesis.ClaimWindow + 2, _patience.Token);
        await node.RestartAsync();
        Assert.NotEmpty(await node.WaitForAsync("provisional", _patience.Token));
        Assert.Equal(ClaimFile.Lost, node.Store.Claims().First(claim => claim.SealKey == first.SealKey).Stage);
        Assert.NotEqual(first.SealKey, node.Newest.SealKey);
        Assert.Equal("provisional", node.Newest.Stage);
    }

    [Theory, InlineData("\n"), InlineData("\r\n"), InlineData("\n  \n")]
    public void A_proof_survives_what_mail_does_to_lines(string lineEnd)
    {
        Assert.True(RoutingId.TryParse("0a9-jj39f7a", out var id));
        var text = new ProofText(Bytes32.Read(new byte[32]), id, [.. Enumerable.Range(0, 200).Select(i => (byte)i)]);
        var sent = "see below\n" + text.Write().Replace("\n", lineEnd, StringComparison.Ordinal) + "-- \nme\n";
        Assert.True(ProofText.TryParse(sent, out var read));
        Assert.Equal((text.Genesis, text.Id), (read.Genesis, read.Id));
        Assert.Equal(text.Proof, read.Proof);
        Assert.False(ProofText.TryParse(sent.Replace("end", "", StringComparison.Ordinal), out _));
        Assert.False(ProofText.TryParse(sent.Replace("AAEC", "A*EC", StringComparison.Ordinal), out _));
        Assert.False(ProofText.TryParse("", out _));
    }
}
