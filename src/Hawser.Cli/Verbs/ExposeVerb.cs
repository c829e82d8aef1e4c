using System.CommandLine;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>expose</c>: offer a local service.</summary>
internal static class ExposeVerb
{
    private static readonly Argument<string?> What = Verb.Optional("NAME[=TARGET]", "the service's name, and tcp:HOST:PORT, udp:HOST:PORT, unix:PATH or stdio");
    private static readonly Option<string[]> For = new("--for") { HelpName = "WHO", Description = "who may use it: a peer, contacts or anyone; nobody until named" };
    private static readonly Option<bool> Off = new("--off") { Description = "offer it no longer" };

    public static Verb Create() => new Verb("expose", "offer a local service; nobody may use it until named",
        "hawser expose                                       # what is offered, and to whom",
        "hawser expose ssh=tcp:127.0.0.1:22 --for laptop",
        "hawser expose web=tcp:127.0.0.1:8080 --for contacts",
        "hawser expose web --for anyone                      # change who may",
        "hawser expose web --off").With(What, For, Off).Does(RunAsync);

    public static string?[] Row(ExposureReport exposure) =>
        [exposure.Name, exposure.Target, exposure.For.Count == 0 ? "nobody yet" : string.Join(", ", exposure.For)];

    private static async Task RunAsync(VerbCall call)
    {
        if (call.Get(What) is not { } what)
        {
            if (call.Get(Off) || call.Get(For) is { Length: > 0 })
                throw new HawserException(Reason.Usage, "expose needs the name of a service", "as in: hawser expose web --off");
            await call.Table<ExposeArgs, ExposureReport>("expose", Needs.Store, new(null, null, null, false),
                "nothing is offered; as in: hawser expose ssh=tcp:127.0.0.1:22 --for laptop", ["service", "leads to", "for"], Row);
            return;
        }

        var equals = what.IndexOf('=');
        var (name, target) = equals < 0 ? (what, null) : (what[..equals], what[(equals + 1)..]);
        if (target is not null) ServiceTarget.Parse(target);
        var who = call.Get(For) is { Length: > 0 } named ? named : null;
        await call.Report<ExposeArgs, ExposureReport>("expose", Needs.Store, new(name, target, who, call.Get(Off)), exposure =>
        {
            if (exposure.Off) call.Screen.Say($"{exposure.Name} is offered no longer");
            else if (exposure.For.Count == 0) call.Screen.Say($"{exposure.Name} leads to {exposure.Target}; nobody may use it yet: name somebody with --for");
            else call.Screen.Say($"{exposure.Name} leads to {exposure.Target}, for {string.Join(", ", exposure.For)}");
        });
    }
}
