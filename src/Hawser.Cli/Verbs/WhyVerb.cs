using System.CommandLine;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>why</c>: why the path is what it is.</summary>
internal static class WhyVerb
{
    private static readonly Argument<string> Peer = Verb.Required("PEER", "whom");

    public static Verb Create() => new Verb("why", "why the path to a peer is what it is, and what would improve it",
        "hawser why pi").With(Peer).Does(RunAsync);

    private static Task RunAsync(VerbCall call) => call.Report<NameArgs, WhyReport>("why", Needs.Node, new(call.Required(Peer)), why =>
    {
        call.Screen.Fields(("peer", why.Peer), ("path", why.Path ?? "none"), ("carrier", why.Carrier), ("address", why.Address), ("round trip", Screen.Millis(why.RttMs)));
        foreach (var line in why.Because) call.Screen.Data($"because {line}");
        foreach (var line in why.WouldHelp) call.Screen.Data($"would help: {line}");
    });
}
