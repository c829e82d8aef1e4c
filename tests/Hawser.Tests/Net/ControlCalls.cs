using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Tests.Net;

/// <summary>Asks the process that runs on a home, as the verbs of the command line do.</summary>
internal static class ControlCalls
{
    /// <summary>All that it answers.</summary>
    public static async Task<List<TItem>> AskAsync<TArgs, TItem>(this Home home, string verb, TArgs args, CancellationToken cancel)
        where TArgs : class
        where TItem : class
    {
        await using var client = (await ControlClient.TryConnectAsync(home, cancel))!;
        await client.SendAsync(verb, args, cancel);
        List<TItem> items = [];
        await foreach (var item in client.ItemsAsync<TItem>(cancel)) items.Add(item);
        return items;
    }
}
