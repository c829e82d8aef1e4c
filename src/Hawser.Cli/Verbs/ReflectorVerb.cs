using System.CommandLine;
using System.Globalization;
using Hawser.Hub.Http;
using Hawser.Net;

namespace Hawser.Cli.Verbs;

/// <summary><c>reflector</c>: a web server by which others prove an address.</summary>
internal static class ReflectorVerb
{
    private static readonly Option<string> Listen = new("--listen") { HelpName = "ADDR:PORT", Description = "where to answer HTTP (0.0.0.0:80)", DefaultValueFactory = _ => "0.0.0.0:80" };

    public static Verb Create() => new Verb("reflector", "a web server that says back what it is asked, for proofs by reflection", "hawser reflector up").With(
        new Verb("up", "run it; tell the admins of hubs its address, and your name", "hawser reflector up", "hawser reflector up --listen 203.0.113.7:80").With(Listen).Does(UpAsync));

    private static async Task UpAsync(VerbCall call)
    {
        if (!HostPort.TryParse(ForwardVerb.ParseListen(call.Get(Listen)!), out var listen))
            throw new HawserException(Reason.Usage, $"{call.Get(Listen)} is no address of this machine", "write it as in 0.0.0.0:80");
        await using var server = await ReflectorServer.StartAsync(listen, call.Cancel);
        call.Screen.Say($"reflector up on {server.Local}; stop with Ctrl-C");
        await Task.Delay(Timeout.Infinite, call.Cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        call.Screen.Say(string.Create(CultureInfo.InvariantCulture, $"down; {server.Counts.Reflected} requests were said back, {server.Counts.Told} asked where they come from"));
    }
}
