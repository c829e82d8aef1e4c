using System.Globalization;
using Hawser.Cli.Lab;
using Hawser.Lab;

// hawser lab [NAME…] [--rounds N] [--seed N]: runs the named experiments, or all; `udp-…` are tools of theirs that run
// inside a host.
if (args is ["udp-echo", var port]) return UdpTool.Echo(ushort.Parse(port, CultureInfo.InvariantCulture));
if (args is ["capture", var capture]) return await CaptureExperiment.RunAsync(capture);
if (args is ["udp-ask", var local, .. var remotes]) return UdpTool.Ask(ushort.Parse(local, CultureInfo.InvariantCulture), remotes);
if (args is ["flood", var hub, var victim, var identities, var seconds])
    return await FloodTool.RunAsync(hub, victim, int.Parse(identities, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture));

if (args is ["noise-peer", var pattern, var role, var prologue, .. var peer]) return NoiseTool.Run(pattern, role, prologue == "-" ? "" : prologue, peer is [var key] ? key : null);

Dictionary<string, (bool NeedsNamespaces, Func<Task<bool>> Run)> experiments = new()
{
    ["nat"] = (true, () => Task.Run(NatExperiment.Run)),
    ["dial"] = (true, () => Task.Run(DialExperiment.Run)),
    ["tickets"] = (false, () => TicketExperiment.RunAsync(Number("--rounds", 5), Number("--seed", 1))),
    ["federation"] = (false, () => FederationExperiment.RunAsync(Number("--users", 1_000), Number("--seed", 1), Number("--tick", 4))),
    ["kill"] = (false, () => KillExperiment.RunAsync(Number("--rounds", 50), Number("--seed", 1))),
};

if (args is ["--help" or "-h"])
{
    Console.WriteLine($"""
        Usage: hawser lab [NAME…] [--rounds N] [--users N] [--tick SECONDS] [--seed N]

        Without a NAME all of them: {string.Join(", ", experiments.Keys)}

        Example: ./hawser lab federation --users 200 --tick 4
        """);
    return 0;
}

var names = args.Where((word, place) => !word.StartsWith('-') && (place == 0 || !args[place - 1].StartsWith('-'))).ToArray();
var failed = 0;
foreach (var name in names.Length == 0 ? [.. experiments.Keys] : names)
{
    if (!experiments.TryGetValue(name, out var experiment))
    {
        Console.Error.WriteLine($"no experiment '{name}'; there are: {string.Join(", ", experiments.Keys)}");
        return 2;
    }

    if (experiment.NeedsNamespaces && Namespaces.WhyNot() is { } reason)
    {
        Console.WriteLine($"{name}: skipped: {reason}");
        continue;
    }

    var passed = await experiment.Run();
    Console.WriteLine($"{name}: {(passed ? "passed" : "FAILED")}");
    if (!passed) failed++;
}

return failed == 0 ? 0 : 1;

int Number(string option, int otherwise) =>
    Array.IndexOf(args, option) is var at and >= 0 && at + 1 < args.Length && int.TryParse(args[at + 1], CultureInfo.InvariantCulture, out var number)
        ? number : otherwise;
