using System.CommandLine;
using Hawser.Cli.Demonstration;
using Hawser.Net;

namespace Hawser.Cli.Verbs;

/// <summary><c>demo</c>: the whole job on this machine.</summary>
internal static class DemoVerb
{
    private static readonly Option<string?> File = new("--file") { HelpName = "PATH", Description = "the file to send; otherwise a large one of the .NET runtime" };
    private static readonly Option<bool> Keep = new("--keep") { Description = "leave everything running, and print homes and IDs" };

    private static readonly Option<string?> Via = new("--via") { HelpName = "WAY", Description = "chain: two nodes meet by two transactions, with no hub at all" };

    // What the demonstration itself starts as processes of their own.
    private static readonly Option<string?> Serve = new("--serve") { Hidden = true, HelpName = "FILE", Description = "serve that page until it is gone" };
    private static readonly Option<string?> Fetch = new("--fetch") { Hidden = true, HelpName = "URL", Description = "print what is there" };

    public static Verb Create()
    {
        Via.AcceptOnlyFromAmong("chain");
        return Make();
    }

    private static Verb Make() => new Verb("demo", "the whole job on this machine: a federation, two nodes, a claim each, a dial by ID",
        "hawser demo", "hawser demo --file ~/photos.zip", "hawser demo --keep", "hawser demo --via chain").With(File, Keep, Via, Serve, Fetch).Does(call =>
    {
        if (call.Get(Serve) is { } page) return WebPage.ServeAsync(page, call.Cancel);
        if (call.Get(Fetch) is { } url) return WebPage.FetchAsync(url, call.Cancel);
        var file = call.Get(File) ?? typeof(object).Assembly.Location;
        if (!System.IO.File.Exists(file)) throw new HawserException(Reason.FileTrouble, $"there is no file {file}", null);
        if (call.Get(Via) == "chain")
        {
            if (call.Get(Keep)) throw new HawserException(Reason.Usage, "the demonstration by the chain keeps nothing running", "leave --keep away");
            return ChainDemo.RunAsync(call, Path.GetFullPath(file));
        }

        return Demo.RunAsync(call, Path.GetFullPath(file), call.Get(Keep));
    });
}
