using System.Diagnostics;
using Hawser.Net;

namespace Hawser.Cli.Demonstration;

/// <summary>
/// The whole job on this machine: four hubs found a federation, two nodes claim an ID each, and one reaches the other by
/// its ID alone. Every stage has to hold; whatever happens, nothing is left behind.
/// </summary>
internal sealed partial class Demo : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60); // of one stage
    private static readonly TimeSpan SignalGrace = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _over;
    private readonly DemoScreen _screen;
    private readonly string _folder = Directory.CreateTempSubdirectory("hawser-demo-").FullName;
    private readonly string _file;
    private readonly bool _keep;
    private readonly List<Actor> _started = [];
    private readonly List<string> _more = []; // lines below that of the stage
    private Ground? _ground;
    private Fleet? _fleet;
    private bool _left;

    private Demo(VerbCall call, string file, bool keep)
    {
        _over = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        (_file, _keep, _screen) = (file, keep, new(call.Screen));
    }

    private Fleet Fleet => _fleet!;

    public static async Task RunAsync(VerbCall call, string file, bool keep)
    {
        var since = Stopwatch.GetTimestamp();
        using var demo = new Demo(call, file, keep);
        await demo.SetUpAsync();
        await demo.ClaimAsync();
        var report = await demo.ReachAsync();
        report = report with
        {
            Ms = Math.Round(Stopwatch.GetElapsedTime(since).TotalMilliseconds, 1),
            Stop = keep ? demo.Leave() : null,
        };
        if (call.Screen.IsJson) call.Screen.Json(report);
        call.Screen.Say($"all of it held, in {DemoScreen.Seconds(report.Ms)}: laptop reached pi by its ID alone, {(report.Path == "relay" ? "relayed" : "directly")}");
        if (keep) demo.ShowHomes(report.Stop!);
    }

    public void Dispose()
    {
        _over.Cancel();
        _screen.Dispose();
        if (!_left)
        {
            foreach (var actor in _started) actor.Dispose();
            _ground?.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        _over.Dispose();
    }

    private async Task StageAsync(string name, Func<CancellationToken, Task<string>> act)
    {
        var since = Stopwatch.GetTimestamp();
        double Ms() => Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        _screen.Begin(name);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        limit.CancelAfter(Limit);
        try
        {
            var acting = act(limit.Token);
            var death = FirstDeathAsync(limit.Token);
            await Task.WhenAny(acting, death);
            if (!acting.IsCompleted && death.IsCompletedSuccessfully)
            {
                var dead = await death;
                await Task.Delay(SignalGrace, _over.Token); // Ctrl-C ends them too, and is the better word for it
                throw new HawserException(Reason.Failed, $"the process of {dead.Name} has ended: {dead.LastLines()}");
            }

            var detail = await acting;
            _screen.End(Ms(), detail, _more);
            _more.Clear();
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is HawserException or OperationCanceledException or IOException or Lab.LabException)
        {
            var why = e is OperationCanceledException ? $"not done within {DemoScreen.Seconds(Limit.TotalMilliseconds)}" : e.Message;
            _screen.Fail(Ms(), why);
            throw new HawserException(Reason.Failed, $"the stage {name} failed: {why}", (e as HawserException)?.Remedy, e);
        }
        finally
        {
            await limit.CancelAsync();
        }
    }

    private async Task<Actor> FirstDeathAsync(CancellationToken cancel)
    {
        if (_started.Count == 0) await Task.Delay(Timeout.Infinite, cancel);
        return await await Task.WhenAny(_started.Select(actor => actor.EndedAsync(cancel)));
    }

    private void Start(Actor actor)
    {
        actor.Start();
        _started.Add(actor);
    }

    private void Note(string text) => _screen.Note(text);

    private static void Must(bool holds, string otherwise)
    {
        if (!holds) throw new HawserException(Reason.Failed, otherwise);
    }

    // Everything runs on; a script beside the homes ends it.
    private string Leave()
    {
        var hawser = string.Join(' ', Actor.Program);
        var stop = Path.Combine(_folder, "stop");
        File.WriteAllLines(stop,
        [
            "#!/bin/sh", "# Ends the demonstration, and removes all of it.",
            .. Fleet.All.Select(actor => $"{hawser} --home {actor.Home.Folder} --quiet down"),
            .. _ground!.Leave(), $"rm -rf {_folder}",
        ]);
        File.SetUnixFileMode(stop, Home.Private);
        _left = true;
        return stop;
    }

    private void ShowHomes(string stop)
    {
        foreach (var (node, id) in Fleet.Nodes.Zip(_ids)) _screen.Data($"  {node.Name,-7} {id.Id}  hawser --home {node.Home.Folder} status");
        foreach (var hub in Fleet.Hubs) _screen.Data($"  {hub.Name,-21}  hawser --home {hub.Home.Folder} hub status");
        _screen.Data($"all of it runs on; end it with: {stop}");
    }
}
