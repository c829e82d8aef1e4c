using System.Diagnostics;

namespace Hawser.Bench.Transport;

/// <summary>Two network namespaces with a wire between them, deleted at the end.</summary>
internal sealed class Namespaces : IDisposable
{
    public const int FirstCaller = 10, Callers = 100; // further addresses of A, by their last byte

    private readonly string _prefix = $"hwb{Environment.ProcessId}";

    public Namespaces()
    {
        if (!Environment.IsPrivilegedProcess) throw new BenchException("this bench makes network namespaces: run it as root");
        Run("ip", "netns", "add", A);
        Run("ip", "netns", "add", B);
        Run("ip", "link", "add", "v0", "netns", A, "type", "veth", "peer", "name", "v0", "netns", B);
        for (var i = 0; i < Callers; i++) Run("ip", "-n", A, "addr", "add", $"10.99.0.{FirstCaller + i}/24", "dev", "v0");
        foreach (var (name, address) in new[] { (A, AddressA), (B, AddressB) })
        {
            Run("ip", "-n", name, "addr", "add", $"{address}/24", "dev", "v0");
            Run("ip", "-n", name, "link", "set", "v0", "up");
            Run("ip", "-n", name, "link", "set", "lo", "up");
            Run("ip", "-n", name, "route", "add", "default", "via", name == A ? AddressB : AddressA);
        }
    }

    public static string AddressA => "10.99.0.1";

    public static string AddressB => "10.99.0.2";

    public string A => _prefix + "a";

    public string B => _prefix + "b";

    /// <summary>Starts this program again, inside, and on one core if that is given.</summary>
    public static Process Start(string name, int? core, params string[] args)
    {
        var own = Environment.ProcessPath!;
        string[] pinned = core is { } only ? ["taskset", "-c", $"{only}"] : [];
        string[] program = Path.GetFileNameWithoutExtension(own) == "dotnet" ? [own, typeof(Namespaces).Assembly.Location] : [own];
        string[] start = ["netns", "exec", name, .. pinned, .. program, "child", .. args];
        var info = new ProcessStartInfo("ip", start) { RedirectStandardInput = true, RedirectStandardOutput = true };
        info.Environment["DOTNET_TieredPGO"] = "0"; // a short run is not to wait for it
        info.Environment["DOTNET_TC_QuickJitForLoops"] = "1";
        return Process.Start(info)!;
    }

    public void Dispose()
    {
        foreach (var name in new[] { A, B })
        {
            using var delete = Process.Start(new ProcessStartInfo("ip", ["netns", "del", name]) { RedirectStandardError = true })!;
            delete.WaitForExit();
        }
    }

    private static void Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new BenchException($"{program} {string.Join(' ', args)}: {error.Trim()}");
    }
}
