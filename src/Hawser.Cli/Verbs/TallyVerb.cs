using System.CommandLine;
using System.Globalization;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>tally</c>: the signed relationship itself.</summary>
internal static class TallyVerb
{
    private static readonly Argument<string> Peer = Verb.Required("PEER", "a contact, or the first digits of a tally's ID");
    private static readonly Option<string?> Terms = new("--terms") { HelpName = "TEXT", Description = "on what terms, in a line (acquaintance)" };
    private static readonly Option<string?> Why = new("--why") { HelpName = "TEXT", Description = "the reason, which they will read" };

    public static Verb Create() => new Verb("tally", "the relationship that you and a contact both signed; invite and join make it by themselves",
        "hawser tally", "hawser tally show pi", "hawser tally offer pi --terms \"may use ssh on weekdays\"", "hawser tally close pi").With(
        new Verb("list", "all tallies").Does(ListAsync),
        new Verb("show", "one, with its text and signatures").With(Peer, GlobalOptions.User).Does(call => Report(call, "tally show", tally => Show(call, tally))),
        new Verb("offer", "offer one, or other terms for one that is offered", "hawser tally offer pi --terms \"may use ssh on weekdays\"").With(Peer, Terms, GlobalOptions.User)
            .Does(call => Report(call, "tally offer", tally => call.Screen.Say(tally.State == "draft"
                ? $"it is signed and offered when {tally.Peer} is there" : $"offered to {tally.Peer}: {tally.Terms}"))),
        new Verb("accept", "sign what a contact offers").With(Peer, GlobalOptions.User).Does(call => Report(call, "tally accept", tally => call.Screen.Say($"the tally with {tally.Peer} is {tally.State}"))),
        new Verb("refuse", "refuse what a contact offers, or take an offer back").With(Peer, Why, GlobalOptions.User)
            .Does(call => Report(call, "tally refuse", tally => call.Screen.Say($"the tally with {tally.Peer} is {tally.State}"))),
        new Verb("close", "end one: messages stop at once, both ways").With(Peer, GlobalOptions.User).Does(CloseAsync)).Does(ListAsync);

    private static Task ListAsync(VerbCall call) => call.Table<NoArgs, TallyReport>("tally list", Needs.Node, new(),
        "no tallies yet: hawser invite and hawser join make one", ["peer", "state", "terms", "user", "waiting", "unread", "id"],
        tally => [tally.Peer, tally.State + (tally.Present ? ", here" : ""), tally.Terms, tally.User, Count(tally.Queued), Count(tally.Unread), tally.Id[..8]]);

    private static string? Count(long count) => count == 0 ? null : count.ToString(CultureInfo.InvariantCulture);

    private static void Show(VerbCall call, TallyReport tally)
    {
        call.Screen.Fields(("peer", tally.Peer), ("state", tally.State), ("terms", tally.Terms), ("id", tally.Id), ("since", Screen.Time(tally.Changed)),
            ("user", tally.User), ("our key", tally.UserKey), ("their key", tally.PartnerKey), ("their site", tally.PartnerSite), ("reason", tally.Reason));
        if (tally.Text is { } text)
        {
            call.Screen.Heading("text");
            call.Screen.Data(text.TrimEnd('\n'));
        }

        if (tally.Card is { } card)
        {
            call.Screen.Heading("their card");
            call.Screen.Data(card.TrimEnd('\n'));
        }
    }

    private static Task CloseAsync(VerbCall call)
    {
        var peer = call.Required(Peer);
        call.Confirm($"the tally with {peer} will be closed", peer);
        return Report(call, "tally close", tally => call.Screen.Say(tally.State == "close" ? $"the tally with {tally.Peer} is closed"
            : $"the tally with {tally.Peer} is closed here; they are told when they are there"));
    }

    private static Task Report(VerbCall call, string verb, Action<TallyReport> show)
    {
        var sub = verb.Split(' ')[1];
        return call.Report(verb, Needs.Node, new TallyArgs(call.Required(Peer), sub == "offer" ? call.Get(Terms) : null, sub == "refuse" ? call.Get(Why) : null, call.Get(GlobalOptions.User) ?? ""), show);
    }
}
