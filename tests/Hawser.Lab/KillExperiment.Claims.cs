using Hawser.Cli.Demonstration;
using Hawser.Net.Control;

namespace Hawser.Lab;

// Two claims, while hubs and nodes die.
internal sealed partial class KillExperiment
{
    private const int BetweenKillsMs = 1500;
    private IdReport[] _ids = []; // as the nodes are

    private async Task ClaimAsync(CancellationToken cancel)
    {
        var claiming = Task.WhenAll(_fleet.Nodes.Select(node => InsistAsync(c => BeginAsync(node, c), cancel)));
        Actor[] all = [.. _fleet.All];
        for (var kills = 0; kills < _rounds * 2 / 5; kills++)
        {
            await PauseAsync(BetweenKillsMs, cancel);
            var victim = all[_random.Next(all.Length)];
            if (_fleet.Hubs.Contains(victim)) await OthersUpAsync(victim, cancel);
            Kill(victim, "claiming");
        }

        var begun = await claiming;
        _ids = await Task.WhenAll(_fleet.Nodes.Select(node => InsistAsync(c => OwnedAsync(node, c), cancel)));
        foreach (var (node, claim) in _fleet.Nodes.Zip(begun))
        {
            var kept = await ListAsync(node, cancel);
            Must(kept.Any(one => one.Claim == claim.Claim && one.Stage is ("provisional" or "final")), $"{node.Name} does not own what it had begun to claim");
            foreach (var lost in kept.Where(one => one.Stage == "lost"))
                Must(false, $"{node.Name} lost {lost.Id ?? "a claim"}: {lost.Detail}");
        }
    }

    // A federation of four bears one that is dead (n = 3f + 1): with two of them dead its clock goes on and its ticks wait.
    private async Task OthersUpAsync(Actor victim, CancellationToken cancel)
    {
        foreach (var hub in _fleet.Hubs.Where(hub => hub != victim))
            await hub.ReadyAsync<HubReport>("hub status", report => report.Online, cancel);
    }

    // Told once, it holds: a node that was killed before it could tell may have the claim all the same.
    private static async Task<IdReport> BeginAsync(Actor node, CancellationToken cancel)
    {
        await NodeUpAsync(node, cancel);
        return await ListAsync(node, cancel) is [var begun, ..]
            ? begun
            : await node.AskAsync<IdClaimArgs, IdReport>("id claim", new(node.Name, [], false), cancel);
    }

    private static async Task<IdReport> OwnedAsync(Actor node, CancellationToken cancel)
    {
        while (true)
        {
            if ((await ListAsync(node, cancel)).FirstOrDefault(one => one.Stage is "provisional" or "final") is { } owned) return owned;
            await Task.Delay(200, cancel);
        }
    }

    private static async Task<IReadOnlyList<IdReport>> ListAsync(Actor node, CancellationToken cancel)
    {
        List<IdReport> ids = [];
        await foreach (var id in node.ItemsAsync<NoArgs, IdReport>("id list", new(), cancel)) ids.Add(id);
        return ids;
    }
}
