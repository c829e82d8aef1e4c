using System.Globalization;
using System.Runtime.InteropServices;

namespace Hawser.Bench.Transport;

/// <summary>What the process really holds.</summary>
internal static partial class Memory
{
    /// <summary>Bytes of memory of its own that are in the machine's.</summary>
    public static long Used() => Of(Environment.ProcessId);

    /// <summary>The same of another process.</summary>
    public static long Of(int process)
    {
        var anonymous = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(anonymous.Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Native memory that is free goes back to the system.</summary>
    public static void Trim() => _ = malloc_trim(0); // whether there was any

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint keep);
}
