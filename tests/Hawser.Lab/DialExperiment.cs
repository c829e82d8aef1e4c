using System.Text.Json;
using Hawser.Cli.Lab;

namespace Hawser.Lab;

/// <summary>Real nodes behind real NATs reach each other by a hub's introduction: directly where the NATs allow it.</summary>
/// <remarks><code>
///  anna ── cone ──┐                 ┌── cone ── bert
///                 ├── hub, alone ───┤
///  cora ── symm ──┤                 └── symm ── dora
///  fred ── full ──┘
/// </code></remarks>
internal static class DialExperiment
{
    private static readonly (string From, string To, string Path)[] Expected =
    [
        ("anna", "bert", "direct"), // both keep one port
        ("anna", "cora", "relay"), // cora's punch comes from a port that anna's NAT does not let in
        ("fred", "cora", "direct"), // fred's does: the far port is learned from the punch
        ("cora", "dora", "relay"), // neither can know the other's port
    ];

    private static readonly (string Name, NatKind Kind)[] Nodes =
    [
        ("anna", NatKind.PortRestrictedCone), ("bert", NatKind.PortRestrictedCone), ("cora", NatKind.Symmetric),
        ("dora", NatKind.Symmetric), ("fred", NatKind.FullCone),
    ];

    public static bool Run()
    {
        var root = Directory.CreateTempSubdirectory("hawser-lab-").FullName;
        try
        {
            using var net = new Namespaces();
            var link = StartHub(net, Path.Combine(root, "hub"));
            foreach (var (name, kind) in Nodes)
            {
                net.AddHostBehind(name, kind);
                var home = Path.Combine(root, name);
                Command.Must(home, "expose", "echo", "--for", "anyone");
                Command.Must(home, "expose", "file", "--for", "anyone");
                Command.Start(net, name, home, "up");
                Command.Must(home, "signon", link);
            }

            return Expected.Aggregate(true, (passed, pair) => Check(root, pair.From, pair.To, pair.Path) && passed);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static string StartHub(Namespaces net, string home)
    {
        var address = net.AddHost("hub");
        Command.Must(home, "hub", "init", "--name", "harbour", "--url", $"http://{address}:8430", "--http", "0.0.0.0:8430",
            "--udp", "0.0.0.0:65430", "--at", $"{address}:65430");
        var (card, federation) = (Path.Combine(home, "card"), Path.Combine(home, "north"));
        File.WriteAllText(card, Command.Must(home, "hub", "card", "--quiet") + "\n");
        File.WriteAllText(federation, FederationOf(Command.Must(home, "federation", "new", "--quiet", "--tick", "4s", card)));
        Command.Must(home, "hub", "join", federation);
        Command.Start(net, "hub", home, "hub", "up");
        return Command.Must(home, "hub", "card", "--link", "--quiet");
    }

    // The verb prints a report behind the file on a terminal's other output; the file ends with the last admin.
    private static string FederationOf(string output) =>
        string.Concat(output.Split('\n').TakeWhile(line => line.Contains(':') || line.StartsWith("hawser/", StringComparison.Ordinal)).Select(line => line + "\n"));

    private static bool Check(string root, string from, string to, string path)
    {
        var (home, file) = (Path.Combine(root, from), Path.Combine(root, $"{from}-to-{to}"));
        Command.Must(home, "peer", "add", Command.Must(Path.Combine(root, to), "peer", "card", "--quiet"), "--as", to);
        var echo = Command.Feed(home, "ahoy\n", "dial", $"{to}/echo");
        var took = JsonDocument.Parse(Command.Must(home, "ping", to, "--count", "1", "--json").Split('\n')[0]).RootElement.GetProperty("path").GetString();
        File.WriteAllBytes(file, new byte[3_000_000]);
        var sent = Command.Run(home, "send", file, to);
        var arrived = new FileInfo(Path.Combine(root, to, "inbox", Path.GetFileName(file)));
        var passed = echo.Output == "ahoy" && took == path && sent.Succeeded && arrived is { Exists: true, Length: 3_000_000 };
        Console.WriteLine($"  {from} > {to}: {took}, expected {path}; echo \"{echo.Output}\", file {(sent.Succeeded ? "sent" : sent.Output)}");
        return passed;
    }
}
