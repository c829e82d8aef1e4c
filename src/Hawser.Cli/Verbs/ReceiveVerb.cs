using System.CommandLine;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>receive</c>: take files that wait, the next that come, or those of a link.</summary>
internal static class ReceiveVerb
{
    private static readonly Argument<string?> Link = Verb.Optional("LINK", "what hawser send gave, or - to paste it; without, from contacts");
    private static readonly Option<string?> Into = new("--into") { HelpName = "DIR", Description = "where to put them, instead of the inbox" };

    public static Verb Create() => new Verb("receive", "take files that wait, or the next that come, or those of a link",
        "hawser receive", "hawser receive --into ~/Downloads", "hawser receive -                    # paste the link").With(Link, Into).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        using var progress = new TransferProgress(call.Screen);
        var into = call.Get(Into) is { } folder ? Path.GetFullPath(folder) : null;
        var link = call.Get(Link) is "-" ? await Inputs.PasteAsync(call, "the link", "hawser:receive/") : call.Get(Link);
        await call.Report<ReceiveArgs, TransferReport>("receive", Needs.Node, new(into, link), progress.Show);
        progress.Finish();
    }
}
