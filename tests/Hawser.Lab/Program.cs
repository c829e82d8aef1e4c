using Hawser.Cli.Lab;
using Hawser.Lab;

// hawser-lab [NAME…]: runs the named experiments, or all; `echo` is a tool of theirs that runs inside a host.
if (args is ["udp-echo", var port]) return UdpTool.Echo(ushort.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
if (args is ["udp-ask", var local, .. var remotes]) return UdpTool.Ask(ushort.Parse(local, System.Globalization.CultureInfo.InvariantCulture), remotes);

Dictionary<string, Func<bool>> experiments = new()
{
    ["nat"] = NatExperiment.Run,
    ["dial"] = DialExperiment.Run,
};

if (Namespaces.WhyNot() is { } reason)
{
    Console.WriteLine($"skipped: {reason}");
    return 0;
}

var failed = 0;
foreach (var name in args.Length == 0 ? [.. experiments.Keys] : args)
{
    if (!experiments.TryGetValue(name, out var run))
    {
        Console.Error.WriteLine($"no experiment '{name}'; there are: {string.Join(", ", experiments.Keys)}");
        return 2;
    }

    var passed = run();
    Console.WriteLine($"{name}: {(passed ? "passed" : "FAILED")}");
    if (!passed) failed++;
}

return failed == 0 ? 0 : 1;
