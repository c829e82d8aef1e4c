using System.CommandLine;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>receive</c>: take files that wait, or the next that come.</summary>
internal static class ReceiveVerb
{
    private static readonly Option<string?> Into = new("--into") { HelpName = "DIR", Description = "where to put them, instead of the inbox" };

    public static Verb Create() => new Verb("receive", "take files that wait, or the next that come",
        "hawser receive", "hawser receive --into ~/Downloads").With(Into).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        using var progress = new TransferProgress(call.Screen);
        var into = call.Get(Into) is { } folder ? Path.GetFullPath(folder) : null;
        await call.Report<ReceiveArgs, TransferReport>("receive", Needs.Node, new(into), progress.Show);
        progress.Finish();
    }
}
