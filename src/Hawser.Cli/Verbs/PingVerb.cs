using System.CommandLine;
using System.Globalization;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>ping</c>: round trips, and the path they take.</summary>
internal static class PingVerb
{
    private static readonly Argument<string> Peer = Verb.Required("PEER", "whom");
    private static readonly Option<int> Count = new("--count", "-c") { HelpName = "N", Description = "stop after so many (5)", DefaultValueFactory = _ => 5 };
    private static readonly Option<string?> Interval = new("--interval", "-i") { HelpName = "TIME", Description = "time between two (1s)" };

    public static Verb Create() => new Verb("ping", "round trips to a peer and the path they take",
        "hawser ping pi", "hawser ping 0a9-jj39f7a -c 20 -i 0.2s").With(Peer, Count, Interval).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        var peer = call.Required(Peer);
        PeerReference.Parse(peer);
        if (call.Get(Count) < 1) throw new HawserException(Reason.Usage, "--count must be at least 1", null);
        var interval = GlobalOptions.ParseTime(call.Get(Interval) ?? "1s");
        List<double?> trips = [];
        await foreach (var ping in call.Items<PingArgs, PingReport>("ping", Needs.Node, new(peer, call.Get(Count), (int)interval.TotalMilliseconds)))
        {
            trips.Add(ping.RttMs);
            if (call.Screen.IsJson) call.Screen.Json(ping);
            else call.Screen.Data(ping.RttMs is null ? $"{ping.Sequence}  lost" : $"{ping.Sequence}  {Screen.Millis(ping.RttMs)}  {ping.Path}{(ping.Carrier == "tcp" ? " tcp" : "")}  {ping.Address}");
        }

        var came = trips.OfType<double>().Order().ToArray();
        if (came.Length == 0) throw new HawserException(Reason.Unreachable, $"{peer} did not answer", $"see why: hawser why {peer}");
        call.Screen.Say(string.Create(CultureInfo.InvariantCulture,
            $"{came.Length} of {trips.Count} came back; least {came[0]:0.0}, median {came[came.Length / 2]:0.0}, most {came[^1]:0.0} ms"));
    }
}
