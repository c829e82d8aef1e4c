using System.Globalization;
using Hawser.Net.Control;

namespace Hawser.Cli.Demonstration;

// From nothing to two nodes that own an ID each.
internal sealed partial class Demo
{
    private const string Owned = "provisional";

    private IdReport[] _ids = []; // as the nodes are

    private IdReport LaptopId => _ids[0];

    private IdReport PiId => _ids[1];

    private async Task SetUpAsync()
    {
        await StageAsync("ground", async _ =>
        {
            _ground = await Task.Run(() => Ground.Choose(_keep));
            return _ground.Description;
        });
        await StageAsync("found", async cancel =>
        {
            _fleet = new(_folder, _ground!);
            await Task.Run(() => Fleet.FoundAsync(cancel), cancel);
            return string.Create(CultureInfo.InvariantCulture,
                $"{Fleet.HubCount} admins made their keys and exchanged cards; one routing tick is to last {Fleet.Tick.TotalSeconds:0} s");
        });
        await StageAsync("start", async cancel =>
        {
            foreach (var actor in Fleet.All) Start(actor);
            await Task.WhenAll(Fleet.Hubs.Select(hub => hub.ReadyAsync<HubReport>("hub status", report => report.Online, cancel)));
            Note("the hubs are up");
            await Task.WhenAll(Fleet.Nodes.Select(node => node.ReadyAsync<StatusReport>("status", report => report.Online, cancel)));
            return string.Create(CultureInfo.InvariantCulture, $"{_started.Count} processes, each with a home and a store of its own");
        });
        await StageAsync("sign on", async cancel =>
        {
            var signed = await Task.WhenAll(Fleet.Nodes.Select((node, place) =>
                node.AskAsync<NameArgs, SignOnReport>("signon", new(Fleet.UrlOf(place)), cancel)));
            Must(signed[0].Genesis == signed[1].Genesis, "the two hubs are of two federations");
            Note("waiting for the lines");
            await Task.WhenAll(Fleet.Nodes.Select(node =>
                node.ReadyAsync<StatusReport>("status", report => report.Hubs is [{ Line: "up" }, ..], cancel)));
            return $"laptop at {signed[0].Hub}, pi at {signed[1].Hub}; federation {signed[0].Fingerprint[..9]}… is pinned";
        });
    }

    private async Task ClaimAsync()
    {
        var claims = Fleet.Nodes.Select(node => new Claiming(node)).ToArray();
        foreach (var claim in claims) _ = claim.RunAsync(_over.Token);
        await ClaimStageAsync("seal", "sealed", "a ticket and a deed each; the deed is hidden in a seal, and hubs have the seal");
        await ClaimStageAsync("certify", "logged", "the admins agreed on an official tick that has the seals");
        await ClaimStageAsync("reveal", "revealed", "the nodes showed their deeds");
        await ClaimStageAsync("own", Owned, "another official tick: the IDs are owned, and good for dialling");

        async Task ClaimStageAsync(string name, string stage, string detail) => await StageAsync(name, async cancel =>
        {
            _ids = await Task.WhenAll(claims.Select(claim => claim.Reached(stage))).WaitAsync(cancel);
            if (stage != Owned) return detail;
            foreach (var (node, id) in Fleet.Nodes.Zip(_ids)) _more.Add($"{node.Name} owns {id.Id}");
            return detail;
        });
    }
}
