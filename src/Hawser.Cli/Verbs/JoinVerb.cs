using System.CommandLine;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>join</c>: accept an invitation.</summary>
internal static class JoinVerb
{
    private static readonly Argument<string?> Link = Verb.Optional("LINK", "what hawser invite printed, or - to paste it; without, go on with the last one");
    private static readonly Option<string?> As = new("--as") { HelpName = "NAME", Description = "what to call who invites, instead of what they call themselves" };

    public static Verb Create() => new Verb("join", "accept an invitation: contact made, connected",
        "hawser join -                      # paste the link: other users of this machine see what you type after a verb",
        "hawser join hawser:join/… --as pi", "hawser join                        # go on with one that was interrupted").With(Link, As, GlobalOptions.User).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        if (call.Get(As) is { } name) Petname.Require(name);
        var text = call.Get(Link) is "-" ? await Inputs.PasteAsync(call, "the invitation", "hawser:join/") : call.Get(Link);
        await call.Report<JoinArgs, JoinReport>("join", Needs.Node, new(text, call.Get(As), call.Get(GlobalOptions.User) ?? ""), report => Show(call.Screen, report));
    }

    private static void Show(Screen screen, JoinReport report)
    {
        if (report.State == "joining")
        {
            screen.Say($"{report.Peer} invites you{(report.Service is { } service ? $" to its service {service}" : "")}; key {report.ChannelKey}");
            return;
        }

        screen.Say($"{report.Peer} is a contact, and connected: {report.Path}{(report.Carrier == "tcp" ? " by TCP" : "")}, {Screen.Millis(report.RttMs)}, {report.Address}");
        if (report.Words is { } words) screen.Say($"{report.Peer} sees the same words, or somebody is in between: {words}");
        screen.Say(report.Tally is not null ? $"both have signed the tally: hawser chat {report.Peer}" : "the tally is signed when they answer; nothing more to do");
        if (report.Service is { } opened) screen.Say($"next: hawser dial {report.Peer}/{opened}");
    }
}
