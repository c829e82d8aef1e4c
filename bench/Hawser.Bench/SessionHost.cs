using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Hawser.Crypto;
using Hawser.Net;

namespace Hawser.Bench;

/// <summary>The host's half of the session benchmark: a process of its own, so that its work can be told from the client's.</summary>
internal static class SessionHost
{
    public const string Name = "session-host";

    // A line in, a line out: "cpu", "jit", "open", "messages", "memory", "limit".
    public static int Run()
    {
        using var rig = new TcpRig(0);
        Say($"{rig.Local.Port} {rig.Key.Public}");
        while (Console.In.ReadLine() is { } line)
        {
            Say((line switch
            {
                "cpu" => Environment.CpuUsage.TotalTime.TotalMicroseconds,
                "jit" => JitInfo.GetCompiledMethodCount(),
                "open" => rig.Open,
                "messages" => rig.Messages,
                "memory" => Memory(),
                "limit" => Limit(),
                _ => 0,
            }).ToString(CultureInfo.InvariantCulture));
        }

        return 0;
    }

    // What the kernel counts as this process's own, after everything that can go has gone.
    private static double Memory()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return 1024 * double.Parse(line.AsSpan(8).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    // N and KK cost a responder five secrets and one new key; libsodium alone does so many a second of this core.
    private static double Limit()
    {
        const int Rounds = 1_000;
        var (own, other) = (DhKeyPair.Generate(SystemEntropy.Shared), DhKeyPair.Generate(SystemEntropy.Shared).Public);
        var before = Environment.CpuUsage.TotalTime;
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < 5; i++)
                if (!own.TryAgree(other, out _)) throw new UnreachableException();
            DhKeyPair.Generate(SystemEntropy.Shared);
        }

        return Rounds / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
