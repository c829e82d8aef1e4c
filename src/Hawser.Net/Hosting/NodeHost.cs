using Hawser.Net.Control;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hosting;

/// <summary>
/// What one process keeps open of a home: lock, store, control socket and, when online, the machine with its sockets.
/// </summary>
internal sealed partial class NodeHost : IAsyncDisposable
{
    private readonly IDisposable _lock;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeHost(NodeOptions options, IDisposable @lock, Config config, NodeStore store)
    {
        (_lock, Options, Config, Store) = (@lock, options, config, store);
        Control = new(options.Home, options.Log);
        Since = DateTimeOffset.UtcNow;
        Invitations = new(store, TimeProvider.System, NotifyRulesChanged, options.Log);
    }

    public NodeOptions Options { get; }

    public Home Home => Options.Home;

    public Config Config { get; }

    public NodeStore Store { get; }

    public ControlServer Control { get; }

    public Invitations Invitations { get; }

    public ILogger Log => Options.Log;

    public DateTimeOffset Since { get; }

    /// <summary>Ends when somebody asked this host to stop, as <c>down</c> does.</summary>
    public Task StopRequested => _stop.Task;

    /// <summary>Contacts or exposures were changed by a verb; raised after the change is durable.</summary>
    public event Action? RulesChanged;

    /// <summary>Opens the home and begins to answer verbs.</summary>
    public static async Task<NodeHost> StartAsync(NodeOptions options, CancellationToken cancel)
    {
        var held = await options.Home.LockAsync(cancel).ConfigureAwait(false);
        NodeStore? store = null;
        NodeHost? host = null;
        try
        {
            var config = Config.Read(options.Home);
            store = NodeStore.Open(options.Home);
            host = new(options, held, config, store);
            StoreVerbs.Register(host);
            BackupVerbs.Register(host.Control, options.Home, store.SnapshotTo);
            SignOnVerbs.Register(host, host._http);
            FederationVerbs.Register(host);
            IdVerbs.Register(host);
            FollowVerbs.Register(host);
            InviteVerbs.Register(host);
            JoinVerbs.Register(host);
            ChainVerbs.Register(host);
            if (options.Online) await host.GoOnlineAsync(cancel).ConfigureAwait(false);
            host.Control.Start();
            return host;
        }
        catch
        {
            if (host is not null) await host.DisposeAsync().ConfigureAwait(false);
            else
            {
                store?.Dispose();
                held.Dispose();
            }

            throw;
        }
    }

    public void RequestStop() => _stop.TrySetResult();

    public void NotifyRulesChanged() => RulesChanged?.Invoke();

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync().ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
        _http.Dispose();
        Store.Dispose();
        _lock.Dispose();
    }
}
