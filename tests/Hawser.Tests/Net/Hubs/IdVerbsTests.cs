using Hawser.Hub;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Tests.Hub;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary>The verbs of <c>id</c> through the control socket of a real node, against a real hub.</summary>
public sealed class IdVerbsTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task A_node_claims_an_id_and_its_proof_is_checked_offline()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        using var folder = new TempHome();
        string proof, id;
        await using (var host = await NodeHost.StartAsync(new() { Home = folder.Home }, _patience.Token))
        {
            Assert.Equal(Reason.Failed, (await FailAsync(folder.Home, "id claim", new IdClaimArgs(null, [], false))).Reason);
            var link = HubContent.CardOf(fleet[0].Store, fleet.Genesis).Link;
            await AskAsync<NameArgs, SignOnReport>(folder.Home, "signon", new(link));
            var typo = await FailAsync(folder.Home, "id claim", new IdClaimArgs(null, ["hub1"], false));
            Assert.Equal((Reason.NoSuchPeer, "did you mean hub0?"), (typo.Reason, typo.Remedy));
            Assert.Equal(Reason.Usage, (await FailAsync(folder.Home, "id claim", new IdClaimArgs(" pi", [], false))).Reason);

            var claimed = Assert.Single(await AskAsync<IdClaimArgs, IdReport>(folder.Home, "id claim", new("pi at home", ["hub0"], false)));
            Assert.Equal(("pi at home", "hub0"), (claimed.Owner, Assert.Single(claimed.Hubs)));
            var stages = await AskAsync<WatchArgs, IdReport>(folder.Home, "id watch", new(true));
            Assert.Equal("final", stages[^1].Stage);
            Assert.Contains(stages, report => report is { Stage: "provisional", Due: not null });
            id = stages[^1].Id!;
            Assert.Equal(id.Replace("-", "", StringComparison.Ordinal)[..10], host.Online.Ask((machine, _) => machine.Id).ToString());

            var shown = Assert.Single(await AskAsync<NameArgs, IdReport>(folder.Home, "id show", new(id)));
            Assert.NotNull(shown.Until);
            var verified = Assert.Single(await AskAsync<IdVerifyArgs, ProofReport>(folder.Home, "id verify", new(id, null)));
            Assert.Equal(("final", 1, false), (verified.Finality, verified.Attestations, verified.Stale));
            Assert.Equal(shown.ClaimKey, verified.ClaimKey);
            proof = Assert.Single(await AskAsync<NameArgs, TextReport>(folder.Home, "id proof", new(id))).Text;

            Assert.Equal(Reason.NoSuchId, (await FailAsync(folder.Home, "id show", new NameArgs("0a9jj39f7a"))).Reason);
            Assert.Equal(Reason.Usage, (await FailAsync(folder.Home, "id show", new NameArgs("0a9"))).Reason);
        }

        // Nothing but the store now.
        await using var offline = await NodeHost.StartAsync(new() { Home = folder.Home, Online = false }, _patience.Token);
        Assert.Equal(("final", id), Assert.Single(from report in await AskAsync<NoArgs, IdReport>(folder.Home, "id list", new())
                                                 where report.Stage != "lost" select (report.Stage, report.Id!)));
        var checkedAgain = Assert.Single(await AskAsync<IdVerifyArgs, ProofReport>(folder.Home, "id verify", new(null, proof)));
        Assert.Equal(("final", id), (checkedAgain.Finality, checkedAgain.Id));
        var other = proof.Replace($"Id: {id[..^2]}", "Id: 0a9-jj39f7a", StringComparison.Ordinal);
        Assert.NotEqual(proof, other);
        Assert.Equal(Reason.VerificationFailed, (await FailAsync(folder.Home, "id verify", new IdVerifyArgs(null, other))).Reason);
        Assert.Equal(Reason.Usage, (await FailAsync(folder.Home, "id verify", new IdVerifyArgs(null, "nonsense"))).Reason);
        Assert.Equal(Reason.NotRunning, (await FailAsync(folder.Home, "id proof", new NameArgs(id))).Reason);
    }

    private Task<List<TItem>> AskAsync<TArgs, TItem>(Home home, string verb, TArgs args)
        where TArgs : class
        where TItem : class =>
        home.AskAsync<TArgs, TItem>(verb, args, _patience.Token);

    private Task<HawserException> FailAsync<TArgs>(Home home, string verb, TArgs args)
        where TArgs : class => Assert.ThrowsAsync<HawserException>(() => AskAsync<TArgs, IdReport>(home, verb, args));
}
