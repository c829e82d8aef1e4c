namespace Hawser.Net.Hosting;

/// <summary>The seam for the machine: it registers the verbs that need a network, and takes over <c>status</c>.</summary>
internal sealed partial class NodeHost
{
    private Func<ValueTask> _close = () => ValueTask.CompletedTask;

    private Task GoOnlineAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _close = () => ValueTask.CompletedTask;
        return Task.CompletedTask;
    }

    private ValueTask GoOfflineAsync() => _close();
}
