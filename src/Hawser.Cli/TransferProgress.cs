using System.Diagnostics;
using System.Globalization;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli;

/// <summary>Transfers as they move: a bar on a terminal, a line at the end of each elsewhere.</summary>
internal sealed class TransferProgress(Screen screen) : IDisposable
{
    private const int BarWidth = 28;

    private readonly Dictionary<string, long> _began = [];
    private readonly List<TransferReport> _unfinished = [];
    private bool _hasBar;

    public void Show(TransferReport report)
    {
        if (report.State is not "alarm") _began.TryAdd(report.Id, Stopwatch.GetTimestamp());
        _unfinished.RemoveAll(old => old.Id == report.Id);
        switch (report.State)
        {
            case "done":
                EndBar();
                screen.Data($"{report.Name}  {Screen.Size(report.Size)}  sha256 {report.Sha256}{(report.Incoming ? $"  {report.Path}" : "")}");
                break;
            case "refused" or "failed":
                EndBar();
                _unfinished.Add(report);
                screen.Warn($"{report.Name}: {report.Trouble ?? report.State}");
                break;
            case "receiving": // all of a link
                if (screen.ShowsProgress) Draw(report);
                break;
            case "alarm":
                EndBar();
                screen.Warn(report.Trouble!);
                break;
            default:
                _unfinished.Add(report);
                if (screen.ShowsProgress) Draw(report);
                break;
        }
    }

    /// <summary>Throws if a transfer did not come to its end.</summary>
    public void Finish()
    {
        EndBar();
        if (_unfinished.Count == 0) return;
        var refused = _unfinished.Any(report => report.State == "refused");
        throw new HawserException(refused ? Reason.Refused : Reason.Failed,
            string.Create(CultureInfo.InvariantCulture, $"{_unfinished.Count} of {_began.Keys.Count(id => id != "link")} files did not arrive"), "run it again: it goes on where it stopped");
    }

    public void Dispose() => EndBar();

    private void Draw(TransferReport report)
    {
        var name = report switch
        {
            { State: "receiving", Files: 0 } => "receiving",
            { State: "receiving" } => string.Create(CultureInfo.InvariantCulture, $"receiving {Math.Min(report.FilesDone + 1, report.Files)} of {report.Files}"),
            _ => Screen.Clean(report.Name),
        };
        if (report is { State: "receiving", Size: 0 })
        {
            Console.Error.Write($"\r\e[K{name}…");
            _hasBar = true;
            return;
        }

        var share = report.Size == 0 ? 1 : (double)report.Moved / report.Size;
        var full = (int)(Math.Clamp(share, 0, 1) * BarWidth);
        var speed = report.Moved / Math.Max(Stopwatch.GetElapsedTime(_began[report.Id]).TotalSeconds, 0.001);
        Console.Error.Write(string.Create(CultureInfo.InvariantCulture,
            $"\r\e[K{name}  {new string('━', full)}{new string('╌', BarWidth - full)}  {share * 100,3:0} %  {Screen.Size((long)speed)}/s"));
        _hasBar = true;
    }

    private void EndBar()
    {
        if (_hasBar) Console.Error.Write("\r\e[K");
        _hasBar = false;
    }
}
