using System.Diagnostics;
using System.Text.Json;

namespace Hawser.Bench;

/// <summary>The stages of the demonstration, each run of it anew.</summary>
internal static class DemoBench
{
    private const string Total = "total";

    public static async Task<Report> RunAsync(int runs)
    {
        var stages = new List<string>(); // in the order in which they come
        var seconds = new Dictionary<string, List<double>>();
        for (var run = 0; run < runs; run++)
        {
            await foreach (var (stage, ms) in PlayAsync())
            {
                if (seconds.TryAdd(stage, [])) stages.Add(stage);
                seconds[stage].Add(ms / 1000);
            }
        }

        return new("demo", Machine.Description, [.. stages.Select(stage => Figure.Of(stage, "s", seconds[stage]))]);
    }

    private static async IAsyncEnumerable<(string Stage, double Ms)> PlayAsync()
    {
        var root = Environment.GetEnvironmentVariable("HAWSER_REPOSITORY")
            ?? throw new BenchException("start this as ./hawser bench demo, from the repository");
        using var demo = Process.Start(new ProcessStartInfo(Path.Combine(root, "hawser"), ["demo", "--json"]) { RedirectStandardOutput = true })!;
        string? failure = null;
        while (await demo.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("stage", out var stage)) yield return (stage.GetString()!, Ms(json));
            else if (json.RootElement.TryGetProperty("passed", out _)) yield return (Total, Ms(json));
            else failure = line;
        }

        await demo.WaitForExitAsync();
        if (demo.ExitCode != 0) throw new BenchException($"the demonstration failed: {failure ?? "it said no more"}");
    }

    private static double Ms(JsonDocument json) => json.RootElement.GetProperty("ms").GetDouble();
}
