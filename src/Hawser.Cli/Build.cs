using System.Reflection;

namespace Hawser.Cli;

/// <summary>What this program is.</summary>
internal static class Build
{
    public static string Version { get; } =
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
