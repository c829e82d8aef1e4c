using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hawser.Net;
using Hawser.Net.Control;
using Spectre.Console;

namespace Hawser.Cli;

/// <summary>Where a verb prints: data on stdout, talk on stderr; colours and tables only for eyes.</summary>
internal sealed class Screen
{
    private readonly TextWriter _data = Console.Out;
    private readonly TextWriter _talk = Console.Error;
    private readonly bool _quiet;

    public Screen(ParseResult parsed)
    {
        IsJson = parsed.GetValue(GlobalOptions.Json);
        _quiet = parsed.GetValue(GlobalOptions.Quiet);
    }

    public bool IsJson { get; }

    /// <summary>What the process ends with if nothing is thrown.</summary>
    public int ExitCode { get; set; }

    /// <summary>Whether data goes to a terminal.</summary>
    public static bool IsDataSeen => !Console.IsOutputRedirected && IsTerminal;

    /// <summary>Whether talk goes to a terminal.</summary>
    public static bool IsTalkSeen => !Console.IsErrorRedirected && IsTerminal;

    public bool ShowsProgress => IsTalkSeen && !_quiet && !IsJson;

    private static bool IsTerminal => Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    private static bool HasColour => Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    /// <summary>One object on a line of its own.</summary>
    public void Json<T>(T item)
        where T : class =>
        _data.WriteLine(JsonSerializer.Serialize(item, (JsonTypeInfo<T>)ControlJson.Default.GetTypeInfo(typeof(T))!));

    /// <summary>A line of data.</summary>
    public void Data(string line) => _data.WriteLine(Clean(line));

    /// <summary>A line of talk.</summary>
    public void Say(string line)
    {
        if (!_quiet && !IsJson) _talk.WriteLine(Clean(line));
    }

    public void Warn(string line) => _talk.WriteLine(Paint("warning: ", "33", IsTalkSeen) + Clean(line));

    public void Ask(string question) => _talk.Write(Clean(question));

    /// <summary>Says what went wrong, and gives the exit code for it.</summary>
    public int Fail(HawserException e)
    {
        var error = ControlError.From(e);
        if (IsJson) Json(new ControlLine { Error = error });
        _talk.WriteLine(Paint("hawser: ", "31", IsTalkSeen) + Clean(e.Message));
        if (e.Remedy is { } remedy) _talk.WriteLine("  " + Clean(remedy));
        return error.Code;
    }

    /// <summary>Rows under headings; plain aligned columns where no terminal is.</summary>
    public void Table(string[] columns, IReadOnlyList<string?[]> rows)
    {
        if (IsDataSeen)
        {
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
            foreach (var column in columns) table.AddColumn(new TableColumn(new Markup($"[bold]{column.EscapeMarkup()}[/]")));
            foreach (var row in rows) table.AddRow([.. row.Select(cell => new Text(Clean(cell ?? "–")))]);
            Ansi(_data).Write(table);
            return;
        }

        var cells = rows.Select(row => row.Select((cell, i) => cell is { Length: > 0 } ? Clean(cell) : columns[i].Length > 0 ? "-" : "").ToArray())
            .Prepend([.. columns.Select(column => column.ToUpperInvariant())]).ToArray();
        var widths = columns.Select((_, i) => cells.Max(row => row[i].Length)).ToArray();
        foreach (var row in cells)
            _data.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>Names and values, one pair a line.</summary>
    public void Fields(params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        var width = 0;
        foreach (var (name, value) in fields)
            if (value is { Length: > 0 }) width = Math.Max(width, name.Length);
        foreach (var (name, value) in fields)
            if (value is { Length: > 0 }) _data.WriteLine(Paint(name.PadRight(width + 2), "2", IsDataSeen) + Clean(value));
    }

    /// <summary>A heading above some data.</summary>
    public void Heading(string text) => _data.WriteLine(Paint(text, "1", IsDataSeen));

    public static IAnsiConsole Ansi(TextWriter writer) => AnsiConsole.Create(new()
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = HasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(writer),
    });

    /// <summary>What peers send could drive a terminal: control characters are shown, not obeyed.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(IsObeyed)) return text;
        var clean = new StringBuilder();
        foreach (var c in text)
        {
            if (!IsObeyed(c)) clean.Append(c);
            else if (c < 0x100) clean.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return clean.ToString();
    }

    // What terminals act on instead of showing it: controls, and what turns the direction of reading.
    private static bool IsObeyed(char c) => (char.IsControl(c) && c is not '\n')
        || c is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff';

    public static string Size(long bytes)
    {
        if (bytes < 1024) return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        double value = bytes;
        var unit = -1;
        for (; value >= 1024 && unit < 4; unit++) value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {"KMGTP"[unit]}iB");
    }

    public static string Millis(double? ms) => ms is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0} ms") : "";

    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Paint(string text, string code, bool seen) => seen && HasColour ? $"\e[{code}m{text}\e[0m" : text;
}
