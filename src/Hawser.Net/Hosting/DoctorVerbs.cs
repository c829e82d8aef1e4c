using System.Globalization;
using Hawser.Net.Control;
using Hawser.Net.Store;
using Hawser.Session.Tcp;

namespace Hawser.Net.Hosting;

/// <summary><c>doctor</c>, the running node's part: its hubs by datagrams and by TCP, and what came to nothing here.</summary>
internal sealed class DoctorVerbs(NodeHost host)
{
    private static readonly TimeSpan QuestionPatience = TimeSpan.FromSeconds(5);

    public static void Register(NodeHost host) => host.Control.Handle("doctor", new DoctorVerbs(host).ExamineAsync);

    private async Task ExamineAsync(ControlCall call, CancellationToken cancel)
    {
        var runtime = host.Online;
        await call.WriteAsync(new Finding("node", FindingLevel.Good, $"runs, on UDP port {runtime.Local.Port}", null, null), cancel);
        await call.WriteAsync(runtime.TcpPort is { } port
            ? new Finding("tcp", FindingLevel.Good, $"listens on port {port}", null, null)
            : new("tcp", FindingLevel.Note, "is not listened on: another program has the port", "peers whose network drops UDP cannot connect here", "hawser up --port N, with a port that is free"), cancel);
        foreach (var hub in host.Store.Hubs())
        {
            await call.WriteAsync(LineOf(hub), cancel);
            await call.WriteAsync(await TryTcpAsync(hub, cancel), cancel);
        }

        var silenced = runtime.TcpNotes.Counts.Sum(count => count.Count);
        if (silenced > 0)
            await call.WriteAsync(new Finding("strangers", FindingLevel.Note, string.Create(CultureInfo.InvariantCulture, $"{silenced} TCP connections were ended in silence"),
                "scanners, used invitations, or peers that are not let in; none got an answer", "hawser status --json counts them by reason"), cancel);
    }

    private Finding LineOf(SignedOnHub hub) => host.Online.HubOf(hub.ChannelKey) switch
    {
        { Line: "up", ByTcp: true } => new($"hub {hub.Name}", FindingLevel.Note, "its line is up, by TCP", "this network lets no UDP through to it; peers are reached over the hub", null),
        { Line: "up" } => new($"hub {hub.Name}", FindingLevel.Good, "its line is up, by UDP", null, null),
        { Trouble: { } trouble } => new($"hub {hub.Name}", FindingLevel.Bad, "its line is down", trouble, null),
        _ => new($"hub {hub.Name}", FindingLevel.Bad, "its line is down", "without it nobody is introduced to this node", "is the hub up? does this network let UDP or TCP through to it?"),
    };

    // A question that anybody may ask, and that says nothing of who asks.
    private async Task<Finding> TryTcpAsync(SignedOnHub hub, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(QuestionPatience);
        foreach (var at in InviteVerbs.AddressesOf(hub))
        {
            try
            {
                if (await host.Online.AskAsync(at, hub.ChannelKey, HubQuery.Height, patience.Token) is { } answer && HubQuery.TryReadHeight(answer, out var height))
                    return new($"hub {hub.Name} by tcp", FindingLevel.Good, string.Create(CultureInfo.InvariantCulture, $"answers; its federation is at height {height}"), null, null);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                break;
            }
        }

        return new($"hub {hub.Name} by tcp", FindingLevel.Note, "does not answer", "where UDP is blocked this hub will not help", null);
    }
}
