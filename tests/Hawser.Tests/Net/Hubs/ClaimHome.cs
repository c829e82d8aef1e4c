using System.Threading.Channels;
using Hawser.Federation;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Tests.Net.Hubs;

/// <summary>A node's store with the runner of its claims; stops and starts as a node does.</summary>
internal sealed class ClaimHome : IAsyncDisposable
{
    private readonly TempHome _folder = new();
    private readonly Genesis _genesis;
    private readonly HubClient _http = new();
    private readonly Channel<(string Stage, string? Why)> _changes = Channel.CreateUnbounded<(string, string?)>();
    private Task _stopped = Task.CompletedTask;

    public ClaimHome(Genesis genesis)
    {
        _genesis = genesis;
        _folder.Home.Create();
        Store = NodeStore.Open(_folder.Home);
        Store.PinFederation(genesis.Hash, genesis.ToString());
        Start();
    }

    public NodeStore Store { get; private set; }

    public ClaimRunner Runner { get; private set; } = null!;

    public ClaimWish Wish => new() { Keyword = "pi", OwnerName = "pi at home", Hubs = [_genesis.Founders[0].Id] };

    /// <summary>At the first change to this stage the runner is stopped, before it does anything more.</summary>
    public string? DieAt { get; set; }

    public StoredClaim Newest => Store.Claims().Last(claim => claim.Stage != ClaimFile.Lost);

    /// <summary>Waits for a stage; returns why claims were lost on the way.</summary>
    public async Task<List<string>> WaitForAsync(string wanted, CancellationToken cancel)
    {
        List<string> lost = [];
        while (true)
        {
            var (stage, why) = await _changes.Reader.ReadAsync(cancel);
            if (why is not null) lost.Add(why);
            if (stage == wanted) return lost;
        }
    }

    /// <summary>Starts again from what is on disk.</summary>
    public Task RestartAsync() => RestartAsync(null);

    /// <summary>The same, with the database changed in between.</summary>
    public async Task RestartAsync(string? damage)
    {
        await StopAsync();
        Store.Dispose();
        if (damage is not null) TempHome.Change(_folder.Home, damage);
        Store = NodeStore.Open(_folder.Home);
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Store.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    private void Start()
    {
        var runner = new ClaimRunner(new(_genesis, Store, _http, TimeProvider.System), Store, _http, TimeProvider.System, NullLogger.Instance);
        Runner = runner;
        Runner.Changed += (claim, why) =>
        {
            if (claim.Stage == DieAt)
            {
                DieAt = null;
                _stopped = runner.DisposeAsync().AsTask();
            }

            _changes.Writer.TryWrite((claim.Stage, why));
        };
        Runner.Resume();
    }

    private async Task StopAsync()
    {
        await _stopped;
        await Runner.DisposeAsync();
    }
}
