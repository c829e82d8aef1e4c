using System.CommandLine;
using System.Globalization;
using Hawser.Hub;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>hub</c>: the admin's side.</summary>
internal static class HubVerb
{
    private static readonly Option<string> Name = new("--name") { HelpName = "NAME", Description = "what users will call it", Required = true };
    private static readonly Option<string> Url = new("--url") { HelpName = "URL", Description = "where its HTTP is reached from outside", Required = true };
    private static readonly Option<string?> Http = new("--http") { HelpName = "ADDR:PORT", Description = "where to listen for HTTP; otherwise the port of an http URL, or 127.0.0.1:8430 behind the proxy of an https URL" };
    private static readonly Option<string> Udp = new("--udp") { HelpName = "ADDR:PORT", Description = "where to listen for lines and packets (0.0.0.0:65430)", DefaultValueFactory = _ => "0.0.0.0:65430" };
    private static readonly Option<string[]> At = new("--at") { HelpName = "HOST:PORT", Description = "its public UDP address; otherwise the host of --url with the port of --udp" };
    private static readonly Option<bool> Service = new("--service") { Description = "install it, to run now and at every boot" };
    private static readonly Option<string[]> Stun = new("--stun") { HelpName = "ADDR[:PORT]", Description = "where to answer STUN (the address of --udp, ports 3478 and 3479); a second address lets nodes learn how they are filtered; off for none" };
    private static readonly Option<string?> Records = new("--records") { HelpName = "full|partial", Description = "partial forgets what other admins have logged long ago, as soon as enough of those that keep all have shown it; full takes it back (full)" };
    private static readonly Option<bool> Qr = new("--qr") { Description = "the link that users give to signon, as a picture too" };
    private static readonly Option<bool> Link = new("--link") { Description = "only the link that users give to signon" };
    private static readonly Argument<string> File = Verb.Required("FILE", "a federation file, as hawser federation new prints it");

    private static readonly Option<string?> For = new("--for") { HelpName = "ADMIN", Description = "go on for this admin, whose keys are lost, instead of coming in as a new one" };
    private static readonly Option<string?> Retire = new("--retire") { HelpName = "ADMIN", Description = "put it to the vote that this one is admin no more, and vote for it" };
    private static readonly Argument<string?> Question = Verb.Optional("NUMBER", "the question to answer; otherwise all are listed");
    private static readonly Argument<string?> Answer = Verb.Optional("yes|no", "the vote; the last one counts");
    private static readonly Argument<string> User = Verb.Required("KEY", "the first characters of the user's sign-on key");

    public static Verb Create() => new Verb("hub", "run a hub",
        "hawser hub init --name harbour --url https://hub.example.org", "hawser hub card > harbour.card", "hawser federation new *.card > north.federation",
        "hawser hub join north.federation", "hawser hub up --service").With(
        new Verb("init", "make this home a hub's: keys, name, addresses", "hawser hub init --name harbour --url https://hub.example.org").With(Name, Url, Http, Udp, At).Does(InitAsync),
        new Verb("card", "print the card for other admins, or the link for users", "hawser hub card > harbour.card", "hawser hub card --link").With(Link, Qr).Does(CardAsync),
        new Verb("join", "take part in a federation: as one of its founders, or by a vote of its admins", "hawser hub join north.federation", "hawser hub join north.federation --for harbour").With(File).With(For).Does(JoinAsync),
        new Verb("rekey", "ask the admins to vote for a new key of this hub", "hawser hub rekey").Does(RekeyAsync),
        new Verb("vote", "what the admins are asked, and this hub's vote on it", "hawser hub vote", "hawser hub vote 3 yes", "hawser hub vote --retire harbour").With(Question, Answer).With(Retire).Does(VoteAsync),
        new Verb("check", "ports, proxy, clock, disk, libraries").Does(call => call.Report<NoArgs, Finding>("hub check", Needs.Hub, new(), finding => DoctorVerb.Show(call.Screen, finding))),
        new Verb("up", "run the hub", "hawser hub up", "hawser hub up --stun 203.0.113.7 --stun 203.0.113.8",
            "hawser hub up --records partial         # of other admins' logs what is in force, and what came lately",
            "hawser hub up --only notary --trust-proxy 10.0.0.0/8").With(Service, Stun, Records).With(HubProofOptions.All).Does(UpAsync),
        HubNotaryVerb.Create(),
        new Verb("status", "users, tick, signatures, relayed bytes, refusals by reason").With(StatusVerb.Watch).Does(StatusAsync),
        new Verb("users", "who has signed on, and who is here now").Does(UsersAsync),
        new Verb("block", "disregard a user: no line, no tickets of the users' ration", "hawser hub block Xy3k").With(User).Does(call => BlockAsync(call, "hub block")),
        new Verb("allow", "take a blocked user in again", "hawser hub allow Xy3k").With(User).Does(call => BlockAsync(call, "hub allow"))).Does(StatusAsync);

    private static Task InitAsync(VerbCall call)
    {
        var url = call.Get(Url)!;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new HawserException(Reason.Usage, $"{url} is no web address", "write it as in https://hub.example.org");
        var udp = ForwardVerb.ParseListen(call.Get(Udp)!);
        string[] at = call.Get(At) is { Length: > 0 } named ? [.. named.Select(ForwardVerb.ParseListen)]
            : [Net.Names.HostAndPort.Join(address.Host.Trim('[', ']'), Net.Names.HostAndPort.Parse(udp).Port)];
        return call.Report<HubInitArgs, HubReport>("hub init", Needs.Hub,
            new(call.Get(Name)!, url.TrimEnd('/'), ForwardVerb.ParseListen(call.Get(Http) ?? ListenFor(address)), udp, at),
            hub => call.Screen.Say($"{hub.Name} has its keys in {call.Home.Folder}; next: hawser hub card > {hub.Name}.card"));
    }

    // A proxy speaks TLS for us; without TLS there is none, and others come straight here.
    private static string ListenFor(Uri url) => url.Scheme == Uri.UriSchemeHttps ? "127.0.0.1:8430"
        : Net.Names.HostAndPort.Join(url.IsLoopback ? "127.0.0.1" : "0.0.0.0", (ushort)url.Port);

    private static Task CardAsync(VerbCall call) => call.Report<NoArgs, TextReport>("hub card", Needs.Hub, new(), card =>
    {
        if (!call.Get(Link) && !call.Get(Qr)) Console.Out.Write(card.Text);
        else if (card.Link is not { } link) throw new HawserException(Reason.Failed, "a link names the federation, and this hub is in none", "hawser hub join FILE");
        else call.Screen.Data(call.Get(Qr) ? QrPicture.Of(link) + link : link);
    });

    private static async Task JoinAsync(VerbCall call)
    {
        var text = await Inputs.ReadTextAsync(call.Required(File), call.Cancel);
        await call.Report<HubJoinArgs, HubJoinReport>("hub join", Needs.Hub, new(text, call.Get(For)), joined => Show(call, joined));
    }

    private static Task RekeyAsync(VerbCall call) => call.Report<NoArgs, HubJoinReport>("hub rekey", Needs.Hub, new(), joined => Show(call, joined));

    private static void Show(VerbCall call, HubJoinReport joined)
    {
        FederationVerb.Show(call.Screen, joined.Federation);
        if (!joined.IsAdmin)
            call.Screen.Say(string.Create(CultureInfo.InvariantCulture, $"asked {string.Join(", ", joined.Asked)}; {joined.Needed} of their votes decide: hawser hub vote"));
    }

    private static async Task VoteAsync(VerbCall call)
    {
        long? number = null;
        if (call.Get(Question) is { } text)
            number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed
                : throw new HawserException(Reason.Usage, $"{text} is no number of a question", "see them with: hawser hub vote");
        var answer = call.Get(Answer);
        if (number is not null && answer is not ("yes" or "no"))
            throw new HawserException(Reason.Usage, "a vote is yes or no", string.Create(CultureInfo.InvariantCulture, $"hawser hub vote {number} yes"));
        var retired = call.Get(Retire);
        await call.Table<HubVoteArgs, HubQuestionReport>("hub vote", Needs.Hub, new(number, answer == "yes", retired), "nothing is asked, and nothing voted on",
            ["", "change", "admin", "address", "for it", "this hub", "until"], question => [
                question.Number.ToString(CultureInfo.InvariantCulture), question.Kind, question.Name ?? question.Admin, question.Url,
                string.Create(CultureInfo.InvariantCulture, $"{question.Yes} of {question.Needed}"), VoteOn(question),
                question.Lapses is { } lapses ? string.Create(CultureInfo.InvariantCulture, $"height {lapses}") : null]);
        if (number is not null || retired is not null) call.Screen.Say("the vote is in this hub's log, and counts when the next height is certified");

        // What was voted just now is certified later.
        string VoteOn(HubQuestionReport question)
        {
            var isNew = question.Number == number || question.Kind == "retire" && retired is not null && (question.Name == retired || question.Admin == retired);
            var vote = isNew && answer == "no" ? "no" : question.Mine || isNew ? "yes" : "-";
            return isNew && question.Mine != (vote == "yes") ? $"{vote}, soon" : vote;
        }
    }

    private static Task BlockAsync(VerbCall call, string verb) => call.Report<NameArgs, HubUserReport>(verb, Needs.Hub, new(call.Required(User)),
        user => call.Screen.Say(user.Blocked ? $"{user.SignOnKey} is disregarded from now on" : $"{user.SignOnKey} is welcome"));

    private static async Task UpAsync(VerbCall call)
    {
        if (call.Get(Service))
        {
            await SystemdUnit.For(call.Home, isHub: true).InstallAsync([.. (call.Get(Stun) ?? []).Select(place => $"--stun={place}"), .. KeepsAll(call) ? (string[])[] : ["--records=partial"], .. HubProofOptions.Again(call)], call);
            return;
        }

        var options = HubProofOptions.Apply(call, new()
        {
            Home = call.Home, Log = new ScreenLog(call.Screen), Stun = StunPlaces.Parse(call.Get(Stun), out var answers), AnswersStun = answers,
            KeepsAll = KeepsAll(call),
        });
        await using (var host = await HubHost.StartAsync(options, call.Cancel))
        {
            call.Screen.Say($"hub up on {call.Home.Folder}; stop with Ctrl-C or hawser down");
            await host.StopRequested.WaitAsync(call.Cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        call.Screen.Say("down");
    }

    private static bool KeepsAll(VerbCall call) => call.Get(Records) switch
    {
        null or "full" => true,
        "partial" => false,
        var other => throw new HawserException(Reason.Usage, $"records cannot be kept {other}", "--records takes full or partial"),
    };

    private static Task UsersAsync(VerbCall call) => call.Table<NoArgs, HubUserReport>("hub users", Needs.Hub, new(), "nobody has signed on yet; users need the link: hawser hub card --link",
        ["sign-on key", "since", "seen", "here"], user => [user.SignOnKey, Screen.Time(user.Since), Screen.Time(user.Seen), user.Blocked ? "blocked" : user.Present ? "yes" : "no"]);

    private static string Said(HubRecords records) => string.Create(CultureInfo.InvariantCulture, $"{(records.Full ? "full" : "partial")}: {records.Entries} entries of the admins' logs")
        + (records.Forgotten > 0 ? string.Create(CultureInfo.InvariantCulture, $"; of {records.Forgotten} only the hashes, who asks is sent on") : "")
        + (records.Waits is { } waits ? $"; {waits}" : "");

    private static Task StatusAsync(VerbCall call) => call.Report<WatchArgs, HubReport>("hub status", Needs.Hub, new(call.Get(StatusVerb.Watch)), hub =>
    {
        call.Screen.Fields(("hub", hub.Name), ("state", hub.Online ? $"up, process {hub.Pid}, since {Screen.Time(hub.Since)}" : "down; start it with: hawser hub up"),
            ("trouble", hub.Trouble), ("id", hub.RoutingId), ("address", hub.Url), ("admin key", hub.AdminKey), ("channel key", hub.ChannelKey), ("federation", hub.Genesis ?? "none yet"),
            ("tick", hub.Height == 0 ? "none yet" : string.Create(CultureInfo.InvariantCulture, $"{hub.Tick} at height {hub.Height}, {hub.Signatures} signatures")),
            ("records", hub.Records is { } records ? Said(records) : null),
            ("users", string.Create(CultureInfo.InvariantCulture, $"{hub.Users}, {hub.Lines} on line")));
        if (hub.Counts.Count > 0) call.Screen.Table(["count", ""], [.. hub.Counts.Select(count => new[] { count.Name, count.Count.ToString(CultureInfo.InvariantCulture) })]);
    });
}
