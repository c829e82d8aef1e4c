using Hawser.Federation;
using Hawser.Naming;

namespace Hawser.Net.Hubs;

/// <summary>Asks f + 1 hubs where an ID is reached now. Nobody has to have an answer, and nobody is waited for long.</summary>
internal sealed class LocatorFinder(Genesis genesis, HubClient http, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Those that came in time, the newest first; whom to believe the title says.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="first">The member to ask first.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<IReadOnlyList<Locator>> FindAsync(RoutingId id, int first, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var members = genesis.Founders;
        Task<Locator?>[] asked = [.. Enumerable.Range(0, members.MaxFaulty + 1).Select(i => AskAsync(members[(first + i) % members.Count], id, patience.Token))];
        await Task.WhenAny(Task.WhenAll(asked), Task.Delay(Patience, clock, cancel));
        IReadOnlyList<Locator> found = [.. asked.Where(one => one.IsCompletedSuccessfully).Select(one => one.Result).OfType<Locator>().OrderByDescending(one => one.Sequence)];
        await patience.CancelAsync();
        await Task.WhenAll(asked);
        return found;
    }

    private async Task<Locator?> AskAsync(Member member, RoutingId id, CancellationToken cancel)
    {
        try
        {
            return await http.GetAsync(member.Url, HubPaths.LocatorOf(id), cancel) is { } text && Locator.TryRead(text, out var locator)
                && locator.Genesis == genesis.Hash && locator.Id == id ? locator : null;
        }
        catch (Exception e) when (e is HawserException or OperationCanceledException)
        {
            return null;
        }
    }
}
