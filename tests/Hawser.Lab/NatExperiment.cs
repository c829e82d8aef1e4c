using System.Diagnostics;
using Hawser.Cli.Lab;

namespace Hawser.Lab;

/// <summary>The NATs of the lab do what their names say.</summary>
/// <remarks><code>
///  host ── nat ──┬── one   tells senders their address
///                ├── two   the same
///                └── stranger, never sent to
/// </code></remarks>
internal static class NatExperiment
{
    private const string EchoPort = "7000", Port = "5000";

    public static bool Run()
    {
        var passed = true;
        foreach (var kind in Enum.GetValues<NatKind>()) passed &= Check(kind);
        return passed;
    }

    private static bool Check(NatKind kind)
    {
        using var net = new Namespaces();
        var one = net.AddHost("one");
        var two = net.AddHost("two");
        net.AddHost("stranger");
        var (_, outside) = net.AddHostBehind("host", kind);
        using var echoOne = Echo(net, "one");
        using var echoTwo = Echo(net, "two");

        var seen = net.Run("host", Tool($"udp-ask {Port} {one}:{EchoPort} {two}:{EchoPort}")).Output.Split('\n');
        var sameForBoth = seen is [var a, var b] && a != "-" && a == b;
        var through = seen is [not "-", not "-"] && seen.All(s => s.StartsWith(outside + ":", StringComparison.Ordinal));
        var unsolicited = through && Enters(net, seen[0]);

        var expected = kind switch
        {
            NatKind.FullCone => (true, true, true),
            NatKind.PortRestrictedCone => (true, true, false),
            NatKind.Symmetric => (true, false, false),
            NatKind.UdpBlocked => (false, false, false),
        };
        var found = (through, sameForBoth, unsolicited);
        Console.WriteLine($"  {kind}: passes {through}, one port for all {sameForBoth}, lets strangers in {unsolicited}");
        return found == expected;
    }

    // The host waits on its port while the stranger sends to the outside one.
    private static bool Enters(Namespaces net, string outside)
    {
        using var host = net.Start("host", [.. Words("udp-ask"), Port, "listen"]);
        host.StandardOutput.ReadLine(); // it is ready
        net.Run("stranger", Tool($"udp-ask {Port} {outside}"));
        var heard = host.StandardOutput.ReadToEnd().Trim();
        host.WaitForExit();
        return heard == "?";
    }

    private static Process Echo(Namespaces net, string name)
    {
        var echo = net.Start(name, [.. Words("udp-echo"), EchoPort]);
        echo.StandardOutput.ReadLine(); // it is ready
        return echo;
    }

    private static string Tool(string arguments) => $"{string.Join(' ', Words(arguments))}";

    private static string[] Words(string first) => [Environment.ProcessPath!, .. OwnAssembly(), first];

    // Run as `dotnet x.dll`, the process is dotnet and wants the name of the program.
    private static string[] OwnAssembly() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(NatExperiment).Assembly.Location] : [];
}
