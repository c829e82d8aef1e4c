using System.CommandLine;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>doctor</c>: what this machine and network allow.</summary>
internal static class DoctorVerb
{
    private static readonly Option<string[]> Stun = new("--stun") { HelpName = "HOST[:PORT]", Description = "whom to ask how this network maps and filters; otherwise the hubs signed on to" };
    private static readonly Option<string?> Lifetime = new("--lifetime") { HelpName = "TIME", Description = "how long to watch an idle mapping of the NAT (10s)" };

    public static Verb Create() => new Verb("doctor", "what this machine and network allow, and what each finding means",
        "hawser doctor", "hawser doctor --stun 203.0.113.7", "hawser doctor --lifetime 3m").With(Stun, Lifetime).Does(RunAsync);

    // The machine is looked at right here: doctor must work where nothing else does.
    private static async Task RunAsync(VerbCall call)
    {
        foreach (var finding in MachineFindings.All(call.Home)) Show(call.Screen, finding);
        var watch = GlobalOptions.ParseTime(call.Get(Lifetime) ?? "10s");
        await foreach (var finding in NetworkFindings.AllAsync(call, call.Get(Stun) ?? [], watch)) Show(call.Screen, finding);
        if (await ControlClient.TryConnectAsync(call.Home, call.Cancel) is not { } node)
        {
            Show(call.Screen, new("node", FindingLevel.Note, "does not run", "what the network allows is seen by a running node", "hawser up"));
            return;
        }

        await node.DisposeAsync();
        await foreach (var finding in call.Items<NoArgs, Finding>("doctor", Needs.Running, new())) Show(call.Screen, finding);
    }

    public static void Show(Screen screen, Finding finding)
    {
        if (finding.Level == FindingLevel.Bad) screen.ExitCode = 6;
        if (screen.IsJson)
        {
            screen.Json(finding);
            return;
        }

        var mark = finding.Level switch { FindingLevel.Good => "ok  ", FindingLevel.Note => "note", FindingLevel.Bad => "BAD " };
        screen.Data($"{mark}  {finding.Name}: {finding.Found}");
        if (finding.Means is { } means) screen.Data($"      {means}");
        if (finding.Remedy is { } remedy) screen.Data($"      try: {remedy}");
    }
}
