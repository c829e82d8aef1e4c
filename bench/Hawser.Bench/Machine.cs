using System.Globalization;
using System.Runtime.InteropServices;

namespace Hawser.Bench;

/// <summary>What the figures were measured on, in one line.</summary>
internal static class Machine
{
    private const string CpuInfo = "/proc/cpuinfo";

    public static string Description => string.Create(CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} × {Cpu}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");

    private static string Cpu => File.Exists(CpuInfo)
        && File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
        : RuntimeInformation.ProcessArchitecture.ToString();
}
