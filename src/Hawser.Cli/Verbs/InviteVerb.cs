using System.CommandLine;
using System.Globalization;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>invite</c>: first contact, by a link that works once.</summary>
internal static class InviteVerb
{
    private static readonly Argument<long> Number = new("N") { Description = "its number, as hawser invite list shows it", HelpName = "N" };
    private static readonly Option<string?> Service = new("--service") { HelpName = "NAME", Description = "what whoever joins may use; it must be exposed" };
    private static readonly Option<string?> For = new("--for") { HelpName = "PEER", Description = "what to call who joins, instead of what they call themselves" };
    private static readonly Option<string> Expires = new("--expires") { HelpName = "TIME", Description = "how long it is good (2d)", DefaultValueFactory = _ => "2d" };
    private static readonly Option<string?> Image = new("--image") { HelpName = "FILE", Description = "write the link as a picture too: .png or .svg" };
    private static readonly Option<string?> Only = new("--only") { HelpName = "KEY", Description = "the only machine that may join, by the key that its hawser status shows" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "go on until somebody has joined, and show the words to compare" };

    public static Verb Create() => new Verb("invite", "a link that works once: who opens it first becomes a contact",
        "hawser invite --service ssh", "hawser invite --for laptop --expires 2h --wait", "hawser invite --image ticket.svg", "hawser invite list", "hawser invite revoke 3").With(
        Service, For, Only, Expires, Image, Wait, GlobalOptions.User,
        new Verb("list", "what was given out, and who came by it").Does(ListAsync),
        new Verb("revoke", "take one back that nobody has used").With(Number).Does(call => call.Report<InviteNumberArgs, InviteReport>(
            "invite revoke", Needs.Store, new(call.Get(Number)), invitation => call.Screen.Say($"invitation {invitation.Number} is {invitation.State}")))).Does(RunAsync);

    public static string?[] Row(InviteReport invitation) =>
    [
        invitation.Number.ToString(CultureInfo.InvariantCulture), invitation.State, invitation.Peer, invitation.Service, Screen.Time(invitation.Expires), invitation.Words,
        invitation.Alarm is { } at ? $"a second key showed it at {Screen.Time(at)}" : "",
    ];

    public static readonly string[] Columns = ["number", "state", "peer", "service", "good until", "words", ""];

    private static Task ListAsync(VerbCall call) => call.Table<NoArgs, InviteReport>("invite list", Needs.Store, new(),
        "no invitations were given out; as in: hawser invite", Columns, Row);

    private static async Task RunAsync(VerbCall call)
    {
        var image = call.Get(Image);
        if (image is not null) QrPicture.RequireKind(image);
        if (call.Get(For) is { } name) Petname.Require(name);
        var lifetime = GlobalOptions.ParseTime(call.Get(Expires)!);
        await foreach (var invitation in call.Items<InviteArgs, InviteReport>("invite", Needs.Node, new(call.Get(Service), call.Get(For), lifetime.TotalSeconds, call.Get(Wait), call.Get(GlobalOptions.User) ?? "", call.Get(Only))))
        {
            if (invitation.Link is { } fresh && image is not null) QrPicture.Save(fresh, image);
            if (call.Screen.IsJson) call.Screen.Json(invitation);
            else if (invitation.Link is { } link) Show(call, invitation, link);
            else call.Screen.Say($"{invitation.Peer} has joined; they see the same words, or somebody is in between: {invitation.Words}");
        }
    }

    private static void Show(VerbCall call, InviteReport invitation, string link)
    {
        if (Screen.IsDataSeen && invitation.Code is { } code) call.Screen.Data(QrPicture.Of(code));
        call.Screen.Data(link);
        call.Screen.Say($"invitation {invitation.Number}: the first to open it gets in{(invitation.Service is { } service ? $" and may use {service}" : "")}, "
            + $"until {Screen.Time(invitation.Expires)}, while hawser up runs here");
    }
}
