namespace Hawser.Net.Hosting;

/// <summary>The seam for the machine: it registers the verbs that need a network, and takes over <c>status</c>.</summary>
internal sealed partial class NodeHost
{
    private Task GoOnlineAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    private Task GoOfflineAsync() => Task.CompletedTask;
}
