using System.CommandLine;
using System.Globalization;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>id</c>: routing IDs and their deeds.</summary>
internal static class IdVerb
{
    internal static readonly Argument<string> Id = Verb.Required("ID", "a routing ID");
    private static readonly Argument<string> What = Verb.Required("ID|FILE", "a routing ID to fetch the proof of, or a proof in a file, - for stdin");
    internal static readonly Option<string?> Owner = new("--name") { HelpName = "TEXT", Description = "what the deed says of its owner; it is public" };
    internal static readonly Option<string[]> Hubs = new("--hub") { HelpName = "HUB", Description = "a hub to put into the deed; otherwise those signed on to" };
    private static readonly Option<bool> Chain = new("--chain") { Description = "name my chain key in it, so that whoever knows the ID can meet me by a ledger; it is public for ever" };
    private static readonly Option<bool> Unsealed = new("--unsealed-id") { Description = "show the ID while it is claimed: its competitors can be counted, and so can others see it" };

    private static readonly Option<bool> RevealMyself = new("--reveal-myself") { Description = "do not let hubs open the claim when its time has come: this node must be up then" };

    private static readonly Option<bool> Shares = new("--shares") { Description = "give hubs a share each of what opens the claim, at once: this machine may go off as soon as they have them; more than may be false have to come together to open it" };

    public static Verb Create() => new Verb("id", "routing IDs and their deeds",
        "hawser id                               # mine, and how far they are",
        "hawser id claim --name \"pi at home\"",
        "hawser id watch", "hawser id verify 0a9-jj39f7a", "hawser id proof 0a9-jj39f7a > it.proof").With(
        new Verb("list", "my IDs").With(StatusVerb.Watch).Does(ListAsync),
        new Verb("show", "one ID: mine, or anybody's").With(Id).Does(call => call.Report<NameArgs, IdReport>("id show", Needs.Node, new(Checked(call)), id => Show(call.Screen, id))),
        new Verb("claim", "claim a new ID; nothing more to do after that", "hawser id claim --name \"pi at home\"", "hawser id claim --chain              # and be met by a ledger",
            "hawser id claim --shares             # then this machine may go off").With(Owner, Hubs, Chain, Unsealed, RevealMyself, Shares).Does(ClaimAsync),
        IdRecordVerbs.Renew(), IdRecordVerbs.Alter(), IdRecordVerbs.Transfer(), IdRecordVerbs.Accept(), IdRecordVerbs.Cancel(), IdRecordVerbs.Recover(),
        new Verb("watch", "how my claims and changes go on, until all are done").Does(call => call.Report<WatchArgs, IdReport>("id watch", Needs.Node, new(true), id => Line(call.Screen, id))),
        new Verb("proof", "print the ownership proof of an ID").With(Id).Does(call => call.Report<NameArgs, TextReport>("id proof", Needs.Node, new(Checked(call)), proof => Console.Out.Write(proof.Text))),
        new Verb("deed", "print the deed of an ID, or what changed it last: peer add takes it as a contact", "hawser id deed 0a9-jj39f7a > pi.deed").With(Id)
            .Does(call => call.Report<NameArgs, TextReport>("id deed", Needs.Node, new(Checked(call)), deed => Console.Out.Write(deed.Text))),
        new Verb("verify", "check who owns an ID, against the pinned federation alone", "hawser id verify 0a9-jj39f7a", "hawser id verify it.proof").With(What).Does(VerifyAsync)).With(StatusVerb.Watch).Does(ListAsync);

    private static Task ListAsync(VerbCall call) => call.Get(StatusVerb.Watch)
        ? call.Report<WatchArgs, IdReport>("id watch", Needs.Node, new(true), id => Line(call.Screen, id))
        : call.Table<NoArgs, IdReport>("id list", Needs.Store, new(), "no IDs yet; as in: hawser id claim", ["id", "stage", "owner", "until", "hubs", ""],
            id => [id.Id, id.Stage, id.Owner, (id.Until ?? id.Due) is { } until ? Screen.Time(until) : null, string.Join(", ", id.Hubs), id.Detail]);

    private static Task ClaimAsync(VerbCall call) => call.Report<IdClaimArgs, IdReport>("id claim", Needs.Node,
        new(call.Get(Owner), call.Get(Hubs) ?? [], call.Get(Unsealed), call.Get(RevealMyself), call.Get(Chain), call.Get(Shares)), id => Line(call.Screen, id));

    private static async Task VerifyAsync(VerbCall call)
    {
        var what = call.Required(What);
        IdVerifyArgs args;
        if (what == "-") args = new(null, await Console.In.ReadToEndAsync(call.Cancel));
        else if (File.Exists(what)) args = new(null, await Inputs.ReadTextAsync(what, call.Cancel));
        else args = new(CheckedId(what), null);
        await call.Report<IdVerifyArgs, ProofReport>("id verify", args.Proof is null ? Needs.Node : Needs.Store, args, proof => call.Screen.Fields(
            ("id", proof.Id), ("owned", proof.Finality), ("claim key", proof.ClaimKey), ("channel key", proof.ChannelKey), ("hubs", string.Join(", ", proof.Hubs)),
            ("as of", string.Create(CultureInfo.InvariantCulture, $"tick {proof.Tick}, height {proof.Height}{(proof.Stale ? ", stale" : "")}")),
            ("attested by", string.Create(CultureInfo.InvariantCulture, $"{proof.Attestations} of {proof.Admins} admins")), ("federation", proof.Genesis)));
    }

    internal static void Line(Screen screen, IdReport id) => screen.Data(
        $"{id.Id ?? "claim " + id.Claim[..Math.Min(8, id.Claim.Length)]}  {id.Stage}{(id.Due is { } due ? $", next about {Screen.Time(due)}" : "")}{(id.Detail is { } detail ? $"  {detail}" : "")}");

    private static void Show(Screen screen, IdReport id) => screen.Fields(("id", id.Id), ("stage", id.Stage), ("owner", id.Owner),
        ("since", id.Since is { } since ? Screen.Time(since) : null), ("until", id.Until is { } until ? Screen.Time(until) : null),
        ("claim key", id.ClaimKey), ("channel key", id.ChannelKey), ("chain key", id.ChainKey), ("hubs", string.Join(", ", id.Hubs)), ("", id.Detail));

    internal static string Checked(VerbCall call) => CheckedId(call.Required(Id));

    private static string CheckedId(string text) => PeerReference.Parse(text) is PeerReference.ById { Service: null } id
        ? id.Id
        : throw new HawserException(Reason.Usage, $"{text} is no routing ID", "it has 10 characters, as in 0a9-jj39f7a");
}
