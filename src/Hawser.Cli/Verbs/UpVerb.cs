using System.CommandLine;
using Hawser.Net;
using Hawser.Net.Hosting;

namespace Hawser.Cli.Verbs;

/// <summary><c>up</c>: run this machine's node.</summary>
internal static class UpVerb
{
    private static readonly Option<bool> Service = new("--service") { Description = "install it, to run now and at every boot" };
    private static readonly Option<string?> Inbox = new("--inbox") { HelpName = "DIR", Description = "where received files go" };
    private static readonly Option<ushort> Port = new("--port") { HelpName = "PORT", Description = "a fixed UDP port; otherwise one is drawn once and kept" };

    private static readonly Option<bool> Simulate = new("--simulate-link") { Hidden = true, Description = "lose datagrams on purpose when the demonstration asks for it" };

    public static Verb Create() => new Verb("up", "run this machine's node",
        "hawser up                    # in the foreground, until Ctrl-C",
        "hawser up --service          # now and at every boot",
        "hawser up --port 65430       # a port that a router forwards")
        .With(Service, Port, Inbox, Simulate).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        if (call.Home.IsHub)
            throw new HawserException(Reason.Usage, $"{call.Home.Folder} is a hub's home", "run it with: hawser hub up");
        if (call.Get(Service))
        {
            await SystemdUnit.For(call.Home, isHub: false).InstallAsync(Options(call), call);
            return;
        }

        var host = await NodeHost.StartAsync(new()
        {
            Home = call.Home,
            UdpPort = call.Get(Port),
            Inbox = call.Get(Inbox) is { } inbox ? Path.GetFullPath(inbox) : null,
            SimulateLink = call.Get(Simulate),
            Log = new ScreenLog(call.Screen),
        }, call.Cancel);
        await using (host)
        {
            var status = StoreVerbs.Status(host);
            if (call.Screen.IsJson) call.Screen.Json(status);
            // A service's talk is a log, and a key is not for logs.
            call.Screen.Say($"up{(Screen.IsTalkSeen ? $": {status.ChannelKey}" : "")} on {call.Home.Folder}; stop with Ctrl-C or hawser down");
            await host.StopRequested.WaitAsync(call.Cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        call.Screen.Say("down");
    }

    private static IEnumerable<string> Options(VerbCall call)
    {
        if (call.Get(Port) is > 0 and var port) yield return $"--port={port}";
        if (call.Get(Inbox) is { } inbox) yield return $"--inbox={Path.GetFullPath(inbox)}";
    }
}
