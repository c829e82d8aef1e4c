using Hawser.Chain;
using Hawser.Net;
using Hawser.Net.Chain;
using Hawser.Net.Hosting;
using Hawser.Tests.Chain;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>
/// Bob's node with the host of his ledger on a clock of the test's; and Ann, who is a client alone and puts on the ledger what
/// the test wants. Starts and stops as a node does.
/// </summary>
internal sealed class LedgerHome : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TempHome _folder = new();
    private readonly Func<IChain> _open;
    private readonly LedgerWorld _world = new();
    private NodeHost? _node;

    private LedgerHome(Func<IChain> open) => _open = open;

    public ManualTimeProvider Clock { get; } = new();

    public LedgerHost Ledger { get; private set; } = null!;

    public Person Ann { get; private set; } = null!;

    /// <summary>What Ann knows of whose node this is.</summary>
    public Person Bob { get; private set; } = null!;

    public Meeting[] Meetings => Ledger.Network is null ? [] : Ledger.Ask((client, _) => client.Meetings.ToArray());

    public Meeting Last => Meetings[^1];

    /// <param name="open">The way to the ledger, for each start anew.</param>
    /// <param name="asks">Whether nobody is answered by itself.</param>
    public static async Task<LedgerHome> StartAsync(Func<IChain> open, bool asks = false)
    {
        var home = new LedgerHome(open) { IsAsking = asks };
        await home.StartAsync();
        return home;
    }

    public bool IsAsking { get; init; }

    public async Task StartAsync()
    {
        _node = await NodeHost.StartAsync(new() { Home = _folder.Home }, CancellationToken.None);
        if (Ann is null)
        {
            var own = _node.Store.LedgerKey(SystemEntropy.Shared);
            var at = HostPort.Read([127, 0, 0, 1], 9);
            (Ann, Bob) = (new(_world, "ann", at), new(_world, "bob", at, own, _node.Store.ChannelKey(SystemEntropy.Shared).Public));
            Ann.Know(Bob);
        }

        Ledger = new(_open(), _node.Online, _node.Store, new() { Url = "test:", At = HostPort.Read([127, 0, 0, 1], _node.Store.UdpPort!.Value), AcceptsContacts = !IsAsking }, Clock, NullLogger.Instance);
        _node.Online.MeetsByChain = Ledger.IsMeeting;
        if (_node.Store.FindContact("ann") is null) Know(Ann);
        Ledger.Start();
    }

    public async Task StopAsync()
    {
        await Ledger.DisposeAsync();
        await _node!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    /// <summary>Pays this node, so that it can answer.</summary>
    public async Task FundAsync(MemoryChain chain, ulong value = 50_000)
    {
        await UntilAsync(() => Ledger.ScriptToPay() is not null);
        chain.Fund(Ledger.ScriptToPay()!, value);
        await UntilAsync(() => Ledger.Balance() == value);
    }

    /// <summary>Makes a contact of somebody.</summary>
    public void Know(Person other)
    {
        var own = _node!.Store.LedgerKey(SystemEntropy.Shared);
        _node.Store.SaveContact(new(other.Name, other.Channel, null, [], [], Blocked: false, DateTimeOffset.UtcNow));
        _node.Store.SaveLedgerKeys(other.Channel, [new(0, own, other.Key.Public, default, IsConfirmed: true)], own);
        Ledger.ReadContacts();
    }

    /// <summary>Waits for what must come.</summary>
    public static async Task UntilAsync(Func<bool> holds, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(holds))] string what = "")
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
        {
            try
            {
                await Task.Delay(10, patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"did not come: {what}");
            }
        }
    }

    /// <summary>Until all blocks are read that there are.</summary>
    public Task CaughtUpAsync(MemoryChain chain) => UntilAsync(() => Ledger.Trouble is null && Ledger.Height == chain.Height);
}
