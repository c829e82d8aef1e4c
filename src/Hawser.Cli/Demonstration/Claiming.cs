using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Demonstration;

/// <summary>One node's claim, followed from stage to stage.</summary>
internal sealed class Claiming(Actor node)
{
    private static readonly string[] Order = ["draft", "sealed", "logged", "revealed", "provisional", "final"];
    private readonly TaskCompletionSource<IdReport>[] _reached =
        [.. Order.Select(_ => new TaskCompletionSource<IdReport>(TaskCreationOptions.RunContinuationsAsynchronously))];

    /// <summary>Claims, and follows the claim until it is final or this is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            Note(await node.AskAsync<IdClaimArgs, IdReport>("id claim", new(node.Name, [], false), cancel));
            await foreach (var report in node.ItemsAsync<WatchArgs, IdReport>("id watch", new(true), cancel)) Note(report);
        }
        catch (Exception e) when (e is HawserException or OperationCanceledException)
        {
            foreach (var stage in _reached) stage.TrySetException(e);
            foreach (var stage in _reached) _ = stage.Task.Exception; // seen: who waits for none need not
        }
    }

    /// <summary>Ends when the claim is there, or beyond.</summary>
    public Task<IdReport> Reached(string stage) => _reached[Array.IndexOf(Order, stage)].Task;

    private void Note(IdReport report)
    {
        for (var stage = Array.IndexOf(Order, report.Stage); stage >= 0; stage--) _reached[stage].TrySetResult(report);
    }
}
