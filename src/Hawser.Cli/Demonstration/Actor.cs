using System.Diagnostics;
using System.Runtime.CompilerServices;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Demonstration;

/// <summary>A process of this same program on a home of its own, and the way to ask it things.</summary>
/// <param name="name">What it is called.</param>
/// <param name="home">Its home.</param>
/// <param name="prefix">The words before its command line, which say where it runs.</param>
/// <param name="words">What it is started with, after its home.</param>
internal sealed class Actor(string name, Home home, Func<IReadOnlyList<string>> prefix, params string[] words) : IDisposable
{
    private const int TailLines = 3;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);
    private Process? _process;

    public string Name => name;

    public Home Home => home;

    /// <summary>The program that a verb is a run of.</summary>
    public static IReadOnlyList<string> Program
    {
        get
        {
            // Whoever was started by ./hawser beside it, such as the lab, plays with the program that users run.
            if (Environment.GetEnvironmentVariable("HAWSER_REPOSITORY") is { Length: > 0 } repository
                && Path.Combine(repository, "artifacts", "ready", "cli", "hawser") is var shipped && File.Exists(shipped)) return [shipped];
            var beside = Path.Combine(AppContext.BaseDirectory, "hawser");
            return File.Exists(beside) ? [beside] : [Environment.ProcessPath!, beside + ".dll"];
        }
    }

    private string LogFile => Path.Combine(home.Folder, "log");

    /// <summary>Starts it. It belongs to no terminal, so that Ctrl-C is for who plays, who then ends it.</summary>
    public void Start()
    {
        home.Create();
        var start = new ProcessStartInfo("/bin/sh");
        string[] detach = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid"] : [];
        foreach (var word in (string[])["-c", "exec \"$@\" >> \"$0\" 2>&1 < /dev/null", LogFile, .. detach, .. prefix(), .. Program, "--home", home.Folder, .. words])
            start.ArgumentList.Add(word);
        start.Environment.Remove("HAWSER_HOME");
        _process = Process.Start(start)!;
    }

    /// <summary>Ends when the process does.</summary>
    public async Task<Actor> EndedAsync(CancellationToken cancel)
    {
        await (_process?.WaitForExitAsync(cancel) ?? Task.Delay(Timeout.Infinite, cancel));
        return this;
    }

    /// <summary>kill -9: returns when it is gone.</summary>
    public void Kill()
    {
        if (_process is null) return;
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }

        _process.WaitForExit();
    }

    /// <summary>Waits until it answers.</summary>
    public async Task<TReport> ReadyAsync<TReport>(string verb, Func<TReport, bool> isReady, CancellationToken cancel)
        where TReport : class
    {
        while (true)
        {
            try
            {
                var report = await AskAsync<WatchArgs, TReport>(verb, new(false), cancel);
                if (isReady(report)) return report;
            }
            catch (HawserException e) when (e.Reason is Reason.NotRunning or Reason.LocalTrouble)
            {
                if (_process is { HasExited: true }) throw new HawserException(Reason.Failed, $"{name} has ended: {LastLines()}", null, e);
            }

            await Task.Delay(Poll, cancel);
        }
    }

    /// <summary>The last thing that a verb answers.</summary>
    public async Task<TItem> AskAsync<TArgs, TItem>(string verb, TArgs args, CancellationToken cancel)
        where TArgs : class
        where TItem : class
    {
        TItem? last = null;
        await foreach (var item in ItemsAsync<TArgs, TItem>(verb, args, cancel)) last = item;
        return last ?? throw new HawserException(Reason.Failed, $"{name} answered {verb} with nothing");
    }

    /// <summary>What a verb answers, as it comes.</summary>
    public async IAsyncEnumerable<TItem> ItemsAsync<TArgs, TItem>(string verb, TArgs args, [EnumeratorCancellation] CancellationToken cancel)
        where TArgs : class
        where TItem : class
    {
        await using var control = await OpenAsync(cancel);
        await control.SendAsync(verb, args, cancel);
        await foreach (var item in control.ItemsAsync<TItem>(cancel)) yield return item;
    }

    public async Task<ControlClient> OpenAsync(CancellationToken cancel) =>
        await ControlClient.TryConnectAsync(home, cancel) ?? throw new HawserException(Reason.NotRunning, $"{name} does not answer");

    /// <summary>What it said last, in one line.</summary>
    public string LastLines()
    {
        try
        {
            return string.Join(" | ", File.ReadLines(LogFile).TakeLast(TailLines));
        }
        catch (IOException)
        {
            return "it said nothing";
        }
    }

    public void Dispose()
    {
        Kill();
        _process?.Dispose();
    }
}
