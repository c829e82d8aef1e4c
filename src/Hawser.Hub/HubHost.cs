using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Hub;

/// <summary>What one process keeps open of a hub's home: lock, control socket and, when online, its servers.</summary>
internal sealed partial class HubHost : IAsyncDisposable
{
    private readonly IDisposable _lock;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HubHost(HubOptions options, IDisposable @lock)
    {
        (_lock, Options) = (@lock, options);
        Control = new(options.Home, options.Log);
    }

    public HubOptions Options { get; }

    public Home Home => Options.Home;

    public ControlServer Control { get; }

    public DateTimeOffset Since { get; } = DateTimeOffset.UtcNow;

    /// <summary>Ends when somebody asked this host to stop, as <c>down</c> does.</summary>
    public Task StopRequested => _stop.Task;

    /// <summary>Opens the home and begins to answer verbs.</summary>
    public static async Task<HubHost> StartAsync(HubOptions options, CancellationToken cancel)
    {
        var host = new HubHost(options, await options.Home.LockAsync(cancel).ConfigureAwait(false));
        try
        {
            host.Control.Handle("down", async (call, stop) =>
            {
                await call.WriteAsync(new DownReport(Environment.ProcessId), stop).ConfigureAwait(false);
                host.RequestStop();
            });
            await host.OpenAsync(cancel).ConfigureAwait(false);
            host.Control.Start();
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public void RequestStop() => _stop.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        _lock.Dispose();
    }
}
