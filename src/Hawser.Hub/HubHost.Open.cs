using Hawser.Net;

namespace Hawser.Hub;

/// <summary>The seam for the hub's store, its verbs and, when online, its servers.</summary>
internal sealed partial class HubHost
{
    private readonly Func<ValueTask> _close = () => ValueTask.CompletedTask;

    private Task OpenAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Options.Online
            ? throw new HawserException(Reason.NotSupported, "this build has no hub")
            : Task.CompletedTask;
    }

    private ValueTask CloseAsync() => _close();
}
