using Hawser.Hub;
using Hawser.Net.Control;

namespace Hawser.Cli.Demonstration;

/// <summary>A federation of four hubs and two nodes: their homes in one folder, each a process.</summary>
internal sealed class Fleet : IDisposable
{
    public const int HubCount = 4;
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(4);

    private readonly string _folder;
    private readonly Ground _ground;
    private readonly List<(string Url, string Http, string Udp)> _addresses = [];

    public Fleet(string folder, Ground ground)
    {
        (_folder, _ground) = (folder, ground);
        Hubs = [.. Enumerable.Range(1, HubCount).Select(number => Make($"hub{number}", "hub", "up"))];
        Laptop = Make("laptop", "up", "--simulate-link");
        Pi = Make("pi", "up");
    }

    public IReadOnlyList<Actor> Hubs { get; }

    /// <summary>The node that dials.</summary>
    public Actor Laptop { get; }

    /// <summary>The node that is reached.</summary>
    public Actor Pi { get; }

    public IReadOnlyList<Actor> Nodes => [Laptop, Pi];

    public IEnumerable<Actor> All => [.. Hubs, Laptop, Pi];

    public string UrlOf(int hub) => _addresses[hub].Url;

    /// <summary>Makes room on the ground, and the hubs' keys and cards: what each admin does by himself.</summary>
    public async Task FoundAsync(CancellationToken cancel)
    {
        foreach (var hub in Hubs)
        {
            var (http, udp) = _ground.AddHub(hub.Name);
            _addresses.Add(($"http://{http}", http, udp));
        }

        foreach (var node in Nodes) _ground.AddNode(node.Name);
        List<string> cards = [];
        foreach (var (hub, (url, http, udp)) in Hubs.Zip(_addresses))
        {
            await OfflineAsync<HubInitArgs, HubReport>(hub, "hub init", new(hub.Name, url, http, udp, [udp]), cancel);
            cards.Add((await OfflineAsync<NoArgs, TextReport>(hub, "hub card", new(), cancel)).Text);
        }

        var federation = Founding.Compose(cards, Tick);
        foreach (var hub in Hubs) await OfflineAsync<HubJoinArgs, HubJoinReport>(hub, "hub join", new(federation, null), cancel);
    }

    public void Dispose()
    {
        foreach (var actor in All) actor.Dispose();
    }

    private Actor Make(string name, params string[] words) => new(name, new(Path.Combine(_folder, name)), () => _ground.Prefix(name), words);

    // As the verb does where no hub runs: the home is opened for this call.
    private static async Task<TItem> OfflineAsync<TArgs, TItem>(Actor hub, string verb, TArgs args, CancellationToken cancel)
        where TArgs : class
        where TItem : class
    {
        await using var host = await HubHost.StartAsync(new() { Home = hub.Home, Online = false }, cancel);
        return await hub.AskAsync<TArgs, TItem>(verb, args, cancel);
    }
}
