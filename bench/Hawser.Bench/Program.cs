using System.Text.Json;
using Hawser.Bench;
using Hawser.Bench.Transport;

// hawser bench NAME [--runs N] [--json]
if (args is [SessionHost.Name]) return SessionHost.Run();
Dictionary<string, Func<int, Task<Report>>> benches = new()
{
    ["chain"] = ChainBench.RunAsync,
    ["demo"] = DemoBench.RunAsync,
    ["naming"] = NamingBench.RunAsync,
    ["claims"] = NamingBench.RunClaimsAsync,
    ["proof"] = ProofBench.RunAsync,
    ["session"] = SessionBench.RunAsync,
    ["messages"] = MessagesBench.RunAsync,
    ["transport"] = TransportBench.RunAsync,
    ["handshake"] = HandshakeBench.RunAsync,
    ["echo"] = EchoBench.RunAsync,
};

if (args is ["--help" or "-h"])
{
    Console.Out.WriteLine($"Usage: hawser bench NAME [--runs N] [--json]\n\nNAME is one of: {string.Join(", ", benches.Keys)}\n\nExample: ./hawser bench transport --runs 3 --json");
    return 0;
}

if (args is ["child", ..]) return await Child.RunAsync(args[1..]); // started by a bench, in a namespace

var json = args.Contains("--json");
var runs = 1;
if (Array.IndexOf(args, "--runs") is var at and >= 0 && (at + 1 >= args.Length || !int.TryParse(args[at + 1], out runs) || runs is < 1 or > 100))
    return Fail("--runs takes a number from 1 to 100");
var words = args.Where((word, place) => !word.StartsWith('-') && (place == 0 || args[place - 1] != "--runs")).ToArray();
if (args.FirstOrDefault(word => word.StartsWith('-') && word is not ("--json" or "--runs")) is { } stray) return Fail($"there is no option {stray}");
if (words is not [var name] || !benches.TryGetValue(name, out var run))
    return Fail($"usage: hawser bench NAME [--runs N] [--json], with NAME one of: {string.Join(", ", benches.Keys)}");

try
{
    var report = await run(runs);
    if (json) Console.Out.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.Report));
    else ReportTable.Write(report);
    return 0;
}
catch (BenchException e)
{
    Console.Error.WriteLine($"hawser: {e.Message}");
    return 1;
}

static int Fail(string message)
{
    Console.Error.WriteLine($"hawser: {message}");
    return 2;
}
