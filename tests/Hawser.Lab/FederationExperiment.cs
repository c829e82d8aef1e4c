using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Hawser.Cli.Demonstration;
using Hawser.Federation;
using Hawser.Hub;
using Hawser.Net.Control;

namespace Hawser.Lab;

/// <summary>
/// Seven admins, each a process: one lies, one other at a time is killed and started again at random. Users claim, renew,
/// hand over and give up IDs all the while. Afterwards everything is recomputed twice, the liar is convicted by a proof
/// that anybody can check, and nobody honest has lost anything.
/// </summary>
internal sealed partial class FederationExperiment : IDisposable
{
    private const int Admins = 7; // the founders; one more comes in
    private const uint Life = 20; // ticks, of which the last quarter is for renewal
    private const uint RevealWindow = 7; // heights

    private readonly int _users;
    private readonly Random _random;
    private readonly TimeSpan _tick;
    private readonly string _folder = Directory.CreateTempSubdirectory("hawser-federation-").FullName;
    private readonly LoopbackGround _ground = new("admins need no NATs");
    private readonly List<Actor> _hubs = [];
    private readonly List<string> _urls = [];
    private readonly int _liar;
    private Genesis _genesis = null!;
    private int _kills;

    private FederationExperiment(int users, int seed, int tickSeconds)
    {
        (_users, _random, _tick) = (users, new(seed), TimeSpan.FromSeconds(tickSeconds));
        _liar = _random.Next(Admins);
        foreach (var number in Enumerable.Range(0, Admins + 1))
            _hubs.Add(new($"hub{number}", new(Path.Combine(_folder, $"hub{number}")),
                () => number == _liar ? ["/usr/bin/env", $"{Malice.Variable}=equivocate,withhold,delay"] : [], "--quiet", "hub", "up", "--stun=off"));
    }

    public static async Task<bool> RunAsync(int users, int seed, int tickSeconds)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{users} users, seven admins of whom one lies, a tick of {tickSeconds} s, seed {seed}"));
        using var experiment = new FederationExperiment(users, seed, tickSeconds);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
        {
            experiment.Dispose(); // or its processes would outlive it
            Environment.Exit(130);
        });
        return await CheckAsync("setup", experiment.SetUpAsync)
            && await CheckAsync("all users come through while admins are killed", experiment.LiveAsync)
            && await CheckAsync("the liar is voted out, and another hub in", experiment.ChangeAsync)
            && await CheckAsync("audit and the check in Python agree, and no claim is lost", experiment.CompareAsync)
            && await CheckAsync("the liar is convicted by a proof that verifies", experiment.ConvictAsync);
    }

    public void Dispose()
    {
        _crowd?.Dispose();
        foreach (var hub in _hubs) hub.Dispose();
        _ground.Dispose();
        if (Environment.GetEnvironmentVariable("HAWSER_KEEP") is { Length: > 0 }) Console.WriteLine($"kept {_folder}");
        else Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> CheckAsync(string name, Func<CancellationToken, Task<string?>> check)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(30));
            var figures = await check(limit.Token);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"pass federation: {name}{(figures is null ? "" : $": {figures}")} ({Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s)"));
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException) // whatever it is, the processes have to be ended
        {
            Console.WriteLine($"fail federation: {name}: {(e is OperationCanceledException ? "it took too long" : e.Message)}");
            return false;
        }
    }

    private async Task<string?> SetUpAsync(CancellationToken cancel)
    {
        List<string> cards = [];
        foreach (var hub in _hubs)
        {
            var (http, udp) = _ground.AddHub(hub.Name); // the last one's card comes later
            _urls.Add($"http://{http}");
            await using var offline = await HubHost.StartAsync(new() { Home = hub.Home, Online = false }, cancel);
            await hub.AskAsync<HubInitArgs, HubReport>("hub init", new(hub.Name, _urls[^1], http, udp, [udp]), cancel);
            cards.Add((await hub.AskAsync<NoArgs, TextReport>("hub card", new(), cancel)).Text);
        }

        // Ticks are short and the machine may be busy: users have some more of them to reveal their claims in.
        var founded = Founding.Compose(cards[..Admins], _tick, DateTimeOffset.UtcNow);
        var text = new Genesis
        {
            Name = founded.Name, Origin = founded.Origin, ClockRate = founded.ClockRate, RevealWindow = RevealWindow, Founders = founded.Founders,
        }.Living(Life).ToString();
        await File.WriteAllTextAsync(FederationFile, text, cancel);
        _genesis = Net.Hosting.FederationReports.Parse(text);
        foreach (var hub in _hubs.Take(Admins))
        {
            await using var offline = await HubHost.StartAsync(new() { Home = hub.Home, Online = false }, cancel);
            await hub.AskAsync<HubJoinArgs, HubJoinReport>("hub join", new(text, null), cancel);
        }

        foreach (var hub in _hubs.Take(Admins)) hub.Start();
        await Task.WhenAll(_hubs.Take(Admins).Select(hub => hub.ReadyAsync<HubReport>("hub status", report => report.Online && report.Height > 0, cancel)));
        return null;
    }

    private string FederationFile => Path.Combine(_folder, "federation");

    private string Liar => _genesis.Founders.All.First(member => member.Name == _hubs[_liar].Name).Id.ToString();

    private async Task<string?> LiveAsync(CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var killing = KillAsync(over.Token);
        var crowd = _crowd = new(_genesis, _users, _random.Next());
        try
        {
            await crowd.LiveAsync(cancel);
        }
        finally
        {
            await over.CancelAsync();
            await killing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (killing.IsFaulted) throw killing.Exception!.InnerException!;
        return string.Create(CultureInfo.InvariantCulture, $"{crowd.Told}, {_kills} kills");
    }

    // At most one honest admin is down: with the liar these are the two that seven can do without.
    private async Task KillAsync(CancellationToken cancel)
    {
        while (true)
        {
            await Task.Delay(_random.Next(4_000), cancel);
            var victim = _random.Next(Admins);
            if (victim == _liar) continue;
            _hubs[victim].Kill();
            _kills++;
            await Task.Delay(_random.Next(2_000), CancellationToken.None);
            _hubs[victim].Start(); // also when the rest is over: all are there for the audit
            var highest = 0UL;
            foreach (var other in _hubs.Where((_, place) => place < Admins && place != victim && place != _liar))
                highest = Math.Max(highest, (await other.AskAsync<WatchArgs, HubReport>("hub status", new(false), CancellationToken.None)).Height);
            await _hubs[victim].ReadyAsync<HubReport>("hub status", report => report.Online && report.Height >= highest, cancel);
        }
    }
}
