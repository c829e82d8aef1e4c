using System.CommandLine;
using System.Globalization;
using Hawser.Hub;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>federation</c>: the admins together.</summary>
internal static class FederationVerb
{
    private static readonly Argument<string[]> Cards = new("CARD") { HelpName = "CARD", Arity = ArgumentArity.OneOrMore, Description = "files with the founders' cards" };
    private static readonly Argument<string> File = Verb.Required("FILE", "a federation file, - for stdin");
    private static readonly Argument<string?> Shown = Verb.Optional("FILE", "a federation file; otherwise those that are pinned");
    private static readonly Option<string?> Scale = new("--tick") { HelpName = "TIME", Description = "how long a tick lasts; for demonstrations, as in 4s" };

    private static readonly Option<uint?> Life = new("--life") { HelpName = "TICKS", Description = "how long an ID lives unless it is renewed; for demonstrations" };

    private static readonly Argument<string> Where = Verb.Required("URL|DIR", "a hub, or a folder that an audit has saved");
    private static readonly Option<string?> Trusted = new("--federation") { HelpName = "FILE", Description = "the federation file that it must be; otherwise what the place itself says" };
    private static readonly Option<string?> Save = new("--save") { HelpName = "DIR", Description = "keep the files that were read, for auditing again without the hub" };
    private static readonly Option<string?> Titles = new("--titles") { HelpName = "FILE", Description = "write every title, a line of hexadecimal digits each" };

    public static Verb Create() => new Verb("federation", "the admins together",
        "hawser federation new *.card > north.federation", "hawser federation show north.federation", "hawser federation pin north.federation").With(
        new Verb("show", "what a federation file says, or those that are pinned").With(Shown).Does(ShowAsync),
        new Verb("new", "found a federation of these hubs; prints its file").With(Cards, Scale, Life).Does(NewAsync),
        new Verb("audit", "recompute everything from published files alone, and say what differs",
            "hawser federation audit https://hub.example.org --federation north.federation", "hawser federation audit https://hub.example.org --save mirror/", "hawser federation audit mirror/")
            .With(Where).With(Trusted, Save, Titles).Does(Audit),
        new Verb("pin", "trust a federation").With(File).Does(PinAsync)).Does(ShowAsync);

    /// <summary>How many there are, and how many of them may lie or be away.</summary>
    public static string Admins(int count, int tolerated) => count == 1 ? "1, who has to be trusted"
        : string.Create(CultureInfo.InvariantCulture, $"{count}, of which {tolerated} may be false");

    public static void Show(Screen screen, FederationReport federation)
    {
        screen.Fields(("federation", federation.Genesis), ("fingerprint", federation.Fingerprint),
            ("admins", Admins(federation.Admins.Count, federation.Tolerated)),
            ("tick", string.Create(CultureInfo.InvariantCulture, $"{federation.TickSeconds:0.#} s, height {federation.Height}")),
            ("", IsTest(federation) ? "a test federation: its clock runs fast, its names are worth nothing" : null));
        screen.Table(["admin", "id", "address", "admin key"], [.. federation.Admins.Select(admin => new[] { admin.Name, admin.RoutingId, admin.Url, admin.AdminKey })]);
    }

    // A tick of the world lasts 6 h 46 min.
    private static bool IsTest(FederationReport federation) => federation.TickSeconds < 24_000;

    private static async Task ShowAsync(VerbCall call)
    {
        string[] texts = call.Get(Shown) is { } file ? [await Inputs.ReadTextAsync(file, call.Cancel)] : [];
        await call.Report<TextsArgs, FederationReport>("federation show", call.Home.IsHub ? Needs.Hub : Needs.Store, new(texts), federation => Show(call.Screen, federation));
    }

    // Pure: it needs no home, and makes none.
    private static async Task NewAsync(VerbCall call)
    {
        List<string> cards = [];
        foreach (var path in call.Get(Cards)!) cards.Add(await Inputs.ReadTextAsync(path, call.Cancel));
        var tick = call.Get(Scale) is { } time ? GlobalOptions.ParseTime(time) : (TimeSpan?)null;
        Console.Out.Write(Founding.Compose(cards, tick, call.Get(Life)));
    }

    // Needs no home either: whoever audits trusts nobody, so not this machine's node.
    private static async Task Audit(VerbCall call)
    {
        var pinned = call.Get(Trusted) is { } file ? await Inputs.ReadTextAsync(file, call.Cancel) : null;
        await using var titles = call.Get(Titles) is { } path ? new StreamWriter(path) : null;
        var progress = new Progress<uint>(height =>
        {
            if (height % 100 == 0) call.Screen.Say(string.Create(CultureInfo.InvariantCulture, $"height {height}"));
        });
        var report = Net.Hubs.FederationAudit.Run(call.Required(Where), pinned, call.Get(Save), titles, progress, call.Cancel);
        if (call.Screen.IsJson) call.Screen.Json(report);
        else
        {
            call.Screen.Fields(("federation", $"{report.Genesis}{(report.Pinned ? "" : ", as it says itself: compare, or give --federation")}"),
                ("recomputed", string.Create(CultureInfo.InvariantCulture, $"{report.Height} heights, {report.Leaves} leaves, {report.Titles} titles")),
                ("tick", report.Tick), ("state root", report.StateRoot), ("admins", string.Join(' ', report.Admins)),
                ("convicted", report.Convicted.Count == 0 ? null : string.Join(' ', report.Convicted)));
            foreach (var place in report.Elsewhere) call.Screen.Say($"read elsewhere: {place}");
            foreach (var difference in report.Differences) call.Screen.Data($"differs: {difference}");
            if (report.Differences.Count == 0) call.Screen.Say("all of it is as it is certified");
        }

        if (report.Differences.Count > 0) throw new HawserException(Reason.VerificationFailed, report.Differences[0], "keep the files (--save), and ask other admins what they have");
    }

    private static async Task PinAsync(VerbCall call)
    {
        var text = await Inputs.ReadTextAsync(call.Required(File), call.Cancel);
        await call.Report<TextsArgs, FederationReport>("federation pin", Needs.Store, new([text]), federation => Show(call.Screen, federation));
    }
}
