using System.Globalization;
using Spectre.Console;

namespace Hawser.Bench;

/// <summary>A report for eyes.</summary>
internal static class ReportTable
{
    public static void Write(Report report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(report.Bench.EscapeMarkup()).Caption(report.Machine.EscapeMarkup());
        table.AddColumn("figure");
        foreach (var column in (string[])["median", "min", "max", "runs"]) table.AddColumn(new TableColumn(column).RightAligned());
        table.AddColumn("against");
        foreach (var figure in report.Figures)
            table.AddRow([.. Row(figure).Select(cell => new Text(cell))]);
        AnsiConsole.Write(table);
    }

    private static string[] Row(Figure figure) =>
    [
        figure.Name, $"{Text(figure.Value)} {figure.Unit}", Text(figure.Min), Text(figure.Max), figure.Runs.ToString(CultureInfo.InvariantCulture),
        figure is { Yardstick: { } yardstick, Ratio: { } ratio } ? $"{Text(ratio)} × {yardstick.Name} ({Text(yardstick.Value)} {figure.Unit})" : "",
    ];

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
