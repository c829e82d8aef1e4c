using System.CommandLine;
using System.Globalization;
using Hawser.Hub;
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

    public static Verb Create() => new Verb("federation", "the admins together",
        "hawser federation new *.card > north.federation", "hawser federation show north.federation", "hawser federation pin north.federation").With(
        new Verb("show", "what a federation file says, or those that are pinned").With(Shown).Does(ShowAsync),
        new Verb("new", "found a federation of these hubs; prints its file").With(Cards, Scale, Life).Does(NewAsync),
        new Verb("pin", "trust a federation").With(File).Does(PinAsync)).Does(ShowAsync);

    public static void Show(Screen screen, FederationReport federation)
    {
        screen.Fields(("federation", federation.Genesis), ("fingerprint", federation.Fingerprint),
            ("admins", string.Create(CultureInfo.InvariantCulture, $"{federation.Admins.Count}, of which {federation.Tolerated} may be false")),
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

    private static async Task PinAsync(VerbCall call)
    {
        var text = await Inputs.ReadTextAsync(call.Required(File), call.Cancel);
        await call.Report<TextsArgs, FederationReport>("federation pin", Needs.Store, new([text]), federation => Show(call.Screen, federation));
    }
}
