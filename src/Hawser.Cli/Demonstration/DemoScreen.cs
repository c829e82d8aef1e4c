using System.Diagnostics;
using System.Globalization;
using Hawser.Net.Control;
using Spectre.Console;

namespace Hawser.Cli.Demonstration;

/// <summary>Shows stages as they go: the one under way moves on a terminal; each that is over is a line, or an object.</summary>
internal sealed class DemoScreen : IDisposable
{
    private const int StageWidth = 10, TimeWidth = 9;
    private const string Wheel = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

    private readonly Screen _screen;
    private readonly IAnsiConsole? _ansi;
    private readonly Timer? _timer;
    private readonly Lock _gate = new();
    private string? _stage;
    private string _note = "";
    private long _since;
    private int _turn;

    public DemoScreen(Screen screen)
    {
        _screen = screen;
        if (Screen.IsDataSeen) _ansi = Screen.Ansi(Console.Out);
        if (screen.ShowsProgress) _timer = new(_ => Draw(), null, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));
    }

    /// <summary>A stage begins.</summary>
    public void Begin(string stage)
    {
        lock (_gate) (_stage, _note, _since) = (stage, "", Stopwatch.GetTimestamp());
        Draw();
    }

    /// <summary>What just goes on in it.</summary>
    public void Note(string note)
    {
        lock (_gate) _note = note;
    }

    /// <summary>The stage is over, and all that it had to show held.</summary>
    public void End(double ms, string detail, IEnumerable<string> more)
    {
        string stage;
        lock (_gate)
        {
            stage = _stage!;
            Stop();
        }

        if (_screen.IsJson)
        {
            _screen.Json(new DemoStage(stage, Math.Round(ms, 1), string.Join("; ", more.Prepend(detail).Select(text => text.Trim()))));
            return;
        }

        Line("✓", "green", stage, ms, detail);
        foreach (var line in more) Data(new string(' ', 2 + StageWidth + TimeWidth + 2) + line);
    }

    /// <summary>The stage failed; the error follows.</summary>
    public void Fail(double ms, string why)
    {
        string? stage;
        lock (_gate)
        {
            stage = _stage;
            Stop();
        }

        if (!_screen.IsJson && stage is not null) Line("✗", "red", stage, ms, why);
    }

    public void Data(string line)
    {
        if (!_screen.IsJson) _screen.Data(line);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate) Stop();
    }

    public static string Seconds(double ms) => ms < 1000
        ? string.Create(CultureInfo.InvariantCulture, $"{ms:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.0} s");

    private void Line(string mark, string colour, string stage, double ms, string detail)
    {
        var time = Seconds(ms).PadLeft(TimeWidth);
        if (_ansi is null) Console.Out.WriteLine($"{mark} {stage.PadRight(StageWidth)}{time}  {Screen.Clean(detail)}");
        else _ansi.MarkupLine($"[{colour}]{mark}[/] [bold]{stage.PadRight(StageWidth)}[/][grey]{time}[/]  {Screen.Clean(detail).EscapeMarkup()}");
    }

    private void Draw()
    {
        if (_timer is null) return;
        lock (_gate)
        {
            if (_stage is null) return;
            _turn = (_turn + 1) % Wheel.Length;
            var time = Seconds(Stopwatch.GetElapsedTime(_since).TotalMilliseconds).PadLeft(TimeWidth);
            Console.Error.Write($"\r\e[K{Wheel[_turn]} {_stage.PadRight(StageWidth)}{time}  {Screen.Clean(_note)}");
        }
    }

    private void Stop()
    {
        if (_stage is not null && _timer is not null) Console.Error.Write("\r\e[K");
        _stage = null;
    }
}
