using System.Text.Json.Serialization;

namespace Hawser.Bench;

/// <summary>What a benchmark prints; all have this one shape.</summary>
internal sealed record Report(string Bench, string Machine, IReadOnlyList<Figure> Figures);

/// <summary>One thing that was measured.</summary>
/// <param name="Value">The median of the runs.</param>
/// <param name="Yardstick">What it is to be compared with, measured in the same run; where there is such a thing.</param>
/// <param name="Ratio">Value divided by the yardstick's.</param>
internal sealed record Figure(string Name, double Value, string Unit, Yardstick? Yardstick, double? Ratio, int Runs, double Min, double Max)
{
    /// <summary>How it was measured, where the name does not say it.</summary>
    public string? Method { get; init; }

    /// <summary>Makes a figure of what the runs gave.</summary>
    public static Figure Of(string name, string unit, IReadOnlyList<double> values, Yardstick? yardstick = null)
    {
        var median = Median(values);
        return new(name, Round(median), unit, yardstick, yardstick is null ? null : Round(median / yardstick.Value), values.Count,
            Round(values.Min()), Round(values.Max()));
    }

    public static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    // Four digits say all that a run can.
    private static double Round(double value) =>
        value == 0 ? 0 : Math.Round(value, Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15));
}

internal sealed record Yardstick(string Name, double Value);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>A benchmark could not be run.</summary>
internal sealed class BenchException(string message) : Exception(message);
