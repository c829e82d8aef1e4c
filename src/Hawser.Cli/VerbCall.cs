using System.CommandLine;
using System.Runtime.CompilerServices;
using Hawser.Hub;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;

namespace Hawser.Cli;

/// <summary>What a verb needs on the other side of the control socket.</summary>
internal enum Needs
{
    /// <summary>Something that runs already.</summary>
    Running,

    /// <summary>A node's store; it is opened for this call if no node runs.</summary>
    Store,

    /// <summary>A node on the network; it runs in this process for this call if none runs.</summary>
    Node,

    /// <summary>A hub's store; it is opened for this call if no hub runs.</summary>
    Hub,
}

/// <summary>One run of a verb: what was typed, where to print, and the way to what runs on the home.</summary>
internal sealed class VerbCall(ParseResult parsed, Screen screen, CancellationToken cancel)
{
    public Screen Screen => screen;

    public CancellationToken Cancel => cancel;

    public Home Home { get; } = Home.At(parsed.GetValue(GlobalOptions.Home));

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    public string Required(Argument<string> argument) => parsed.GetRequiredValue(argument);

    /// <summary>Calls and prints: each item as JSON, or as the verb shows it.</summary>
    public async Task Report<TArgs, TItem>(string verb, Needs needs, TArgs args, Action<TItem> show)
        where TArgs : class
        where TItem : class
    {
        await foreach (var item in Items<TArgs, TItem>(verb, needs, args))
        {
            if (screen.IsJson) screen.Json(item);
            else show(item);
        }
    }

    /// <summary>Calls, and prints all items together as one table.</summary>
    public async Task Table<TArgs, TItem>(string verb, Needs needs, TArgs args, string ifNone, string[] columns, Func<TItem, string?[]> row)
        where TArgs : class
        where TItem : class
    {
        List<string?[]> rows = [];
        await Report<TArgs, TItem>(verb, needs, args, item => rows.Add(row(item)));
        if (screen.IsJson) return;
        if (rows.Count == 0) screen.Say(ifNone);
        else screen.Table(columns, rows);
    }

    /// <summary>The items that a verb's handler sends.</summary>
    public async IAsyncEnumerable<TItem> Items<TArgs, TItem>(string verb, Needs needs, TArgs args,
        [EnumeratorCancellation] CancellationToken stop = default)
        where TArgs : class
        where TItem : class
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, stop);
        await using var session = await OpenAsync(needs, both.Token);
        await session.Client.SendAsync(verb, args, both.Token);
        await foreach (var item in session.Client.ItemsAsync<TItem>(both.Token)) yield return item;
    }

    /// <summary>A connection to what runs on the home, or to a host of our own.</summary>
    public async Task<ControlSession> OpenAsync(Needs needs, CancellationToken stop)
    {
        if (await ControlClient.TryConnectAsync(Home, stop) is { } running) return new(running, null);
        IAsyncDisposable host;
        try
        {
            host = await StartAsync(needs, stop);
        }
        catch (HawserException e) when (e.Reason is Reason.HomeInUse)
        {
            // What has it may have been on its way up, and answer by now.
            if (await ControlClient.TryConnectAsync(Home, stop) is { } up) return new(up, null);
            throw;
        }

        try
        {
            return new((await ControlClient.TryConnectAsync(Home, stop))!, host);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes sure of a yes before something that cannot be undone.</summary>
    public void Confirm(string what, string word)
    {
        if (parsed.GetValue(GlobalOptions.Yes)) return;
        if (Console.IsInputRedirected)
            throw new HawserException(Reason.Usage, $"{what}; this cannot be undone, and nobody is here to ask", "say so with --yes");
        screen.Ask($"{what}. This cannot be undone. Type {word} to go on: ");
        if (Console.In.ReadLine()?.Trim() != word) throw new HawserException(Reason.Interrupted, "nothing was changed");
    }

    private async Task<IAsyncDisposable> StartAsync(Needs needs, CancellationToken stop) => needs switch
    {
        Needs.Running => throw new HawserException(Reason.NotRunning, $"nothing runs on the home {Home.Folder}",
            "start a node with: hawser up"),
        Needs.Store => await NodeHost.StartAsync(new() { Home = Home, Online = false }, stop),
        Needs.Node => await StartNodeAsync(stop),
        Needs.Hub => await HubHost.StartAsync(new() { Home = Home, Online = false }, stop),
    };

    private async Task<NodeHost> StartNodeAsync(CancellationToken stop)
    {
        if (Home.IsHub) throw new HawserException(Reason.Usage, $"{Home.Folder} is a hub's home", "choose a node's with --home");
        screen.Say("no node runs here; running one until this is done");
        return await NodeHost.StartAsync(new() { Home = Home, Log = new ScreenLog(screen) }, stop);
    }
}

/// <summary>A control connection, and the host behind it if it is ours.</summary>
internal sealed class ControlSession(ControlClient client, IAsyncDisposable? own) : IAsyncDisposable
{
    public ControlClient Client => client;

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        if (own is not null) await own.DisposeAsync();
    }
}
