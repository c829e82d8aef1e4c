using System.CommandLine;
using Hawser.Cli.Verbs;

namespace Hawser.Cli;

/// <summary>All verbs, in the order and under the headings of cli.md §2.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        var root = new RootCommand("reach a machine by a short address that its owner holds a deed to");
        root.Options.Clear();
        foreach (var option in GlobalOptions.All) root.Add(option);
        root.Add(new Option<bool>("--version") { Description = "print the version" });
        foreach (var directive in root.Directives.ToArray())
            if (directive is not System.CommandLine.Completions.SuggestDirective) root.Directives.Remove(directive);
        foreach (var (_, create) in Headings)
            foreach (var verb in create()) root.Add(verb);
        root.SetAction(parsed =>
        {
            if (parsed.GetValue<bool>("--version")) Console.Out.WriteLine(Build.Version);
            else HelpPage.Write(parsed, root);
        });
        return root;
    }

    /// <summary>The verbs of a tree under their headings.</summary>
    public static IEnumerable<(string Heading, IEnumerable<Command> Verbs)> Groups(RootCommand root)
    {
        var done = 0;
        foreach (var (heading, create) in Headings)
        {
            var count = create().Length;
            yield return (heading, root.Subcommands.Skip(done).Take(count));
            done += count;
        }
    }

    private static readonly (string Heading, Func<Verb[]> Create)[] Headings =
    [
        ("Run", () => [UpVerb.Create(), DownVerb.Create(), StatusVerb.Create(), DoctorVerb.Create()]),
        ("Reach", () => [DialVerb.Create(), ForwardVerb.Create(), SshVerb.Create(), SendVerb.Create(), ReceiveVerb.Create(), PingVerb.Create(), WhyVerb.Create()]),
        ("Let in", () => [ExposeVerb.Create()]),
        ("People", () => [InviteVerb.Create(), JoinVerb.Create(), PeerVerb.Create(), MsgVerb.Create(), ChatVerb.Create(), TallyVerb.Create()]),
        ("Own a name", () => [SignOnVerb.Create(), SignOnVerb.CreateOff(), IdVerb.Create(), BackupVerb.Create(), BackupVerb.CreateRestore()]),
        ("Run a hub", () => [HubVerb.Create(), FederationVerb.Create(), ReflectorVerb.Create()]),
        ("Without hubs", () => [ChainVerb.Create(), Sp3Verb.Create()]),
        ("Look inside", () => [DemoVerb.Create(), CompletionVerb.Create()]),
    ];
}
