using System.Diagnostics;
using System.Globalization;
using Hawser.Cli.Demonstration;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Lab;

/// <summary>
/// kill -9 of hubs and nodes at random points while they claim, send and receive; each is started again at once. What
/// somebody was told has to be true afterwards: claims go on, keys are the same, files are whole.
/// </summary>
internal sealed partial class KillExperiment : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(75); // for anything to come right again

    private readonly Random _random;
    private readonly int _rounds;
    private readonly string _folder = Directory.CreateTempSubdirectory("hawser-kill-").FullName;
    private readonly LoopbackGround _ground = new("kills need no NATs");
    private readonly Fleet _fleet;
    private readonly Dictionary<Actor, string> _keys = [];
    private readonly Dictionary<string, int> _killed = [];

    private KillExperiment(int rounds, int seed)
    {
        (_rounds, _random) = (rounds, new(seed));
        _fleet = new(_folder, _ground);
    }

    private int Kills => _killed.Values.Sum();

    /// <summary>Runs it: a line of <c>pass</c> or <c>fail</c> for each thing that must hold.</summary>
    public static async Task<bool> RunAsync(int rounds, int seed)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rounds} kills, seed {seed}"));
        using var experiment = new KillExperiment(rounds, seed);
        var passed = await CheckAsync("kill_setup", experiment.SetUpAsync)
            && await CheckAsync("killed_while_claiming_no_claim_is_lost", experiment.ClaimAsync)
            && await CheckAsync("killed_while_sending_and_receiving_files_are_whole", experiment.SendAsync);
        passed &= await CheckAsync("killed_at_random_points_keys_are_the_same", experiment.CompareKeysAsync);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{experiment.Kills} kills: {string.Join(", ", experiment._killed.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"))}"));
        return passed;
    }

    public void Dispose()
    {
        _fleet.Dispose();
        _ground.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> CheckAsync(string name, Func<CancellationToken, Task> check)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
            await check(limit.Token);
            Console.WriteLine($"pass {name}");
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException) // what it is, the processes have to be ended
        {
            Console.WriteLine($"fail {name}: {(e is OperationCanceledException ? "it took too long" : e.Message)}");
            return false;
        }
        finally
        {
            Console.WriteLine($"  after {DemoScreen.Seconds(Stopwatch.GetElapsedTime(since).TotalMilliseconds)}");
        }
    }

    private async Task SetUpAsync(CancellationToken cancel)
    {
        await _fleet.FoundAsync(cancel);
        foreach (var actor in _fleet.All) actor.Start();
        foreach (var actor in _fleet.All) _keys[actor] = await KeysOfAsync(actor, cancel);
        foreach (var (node, place) in _fleet.Nodes.Select((node, place) => (node, place)))
            await node.AskAsync<NameArgs, SignOnReport>("signon", new(_fleet.UrlOf(place)), cancel);
    }

    private async Task CompareKeysAsync(CancellationToken cancel)
    {
        foreach (var (actor, keys) in _keys)
            Must(await KeysOfAsync(actor, cancel) == keys, $"{actor.Name} has other keys than before");
    }

    private async Task<string> KeysOfAsync(Actor actor, CancellationToken cancel)
    {
        if (!_fleet.Hubs.Contains(actor)) return (await NodeUpAsync(actor, cancel)).ChannelKey;
        var hub = await actor.ReadyAsync<HubReport>("hub status", report => report.Online, cancel);
        return $"{hub.AdminKey} {hub.ChannelKey}";
    }

    private static Task<StatusReport> NodeUpAsync(Actor node, CancellationToken cancel) =>
        node.ReadyAsync<StatusReport>("status", report => report.Online, cancel);

    // The moment is the caller's; the process is there again before this returns, though not yet ready.
    private void Kill(Actor actor, string during)
    {
        actor.Kill();
        actor.Start();
        _killed[during] = _killed.GetValueOrDefault(during) + 1;
    }

    private Task PauseAsync(int mostMs, CancellationToken cancel) => Task.Delay(_random.Next(mostMs), cancel);

    private static void Must(bool holds, string otherwise)
    {
        if (!holds) throw new HawserException(Reason.Failed, otherwise);
    }

    // Whom we ask may be killed while it answers: then it is asked again.
    private static async Task<T> InsistAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        for (HawserException? last = null; ;)
        {
            try
            {
                return await ask(limit.Token);
            }
            catch (HawserException e)
            {
                last = e;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw last ?? new HawserException(Reason.TimedOut, "no answer came");
            }

            try
            {
                await Task.Delay(100, limit.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw last;
            }
        }
    }
}
