using Hawser.Chain;
using Hawser.Net;
using Hawser.Net.Chain;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>Two real nodes without any hub, and a ledger in memory between them.</summary>
public sealed class ChainMeetingTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));
    private readonly TempHome _laptop = new(), _pi = new();
    private readonly MemoryChain _chain = new();

    public void Dispose()
    {
        _laptop.Dispose();
        _pi.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task Two_who_know_only_each_others_keys_meet_and_agree_on_keys_for_the_next_time()
    {
        await using var laptop = await StartAsync(_laptop);
        await using var pi = await StartAsync(_pi);
        await ExchangeCardsAsync();
        await FundAsync(laptop);
        await FundAsync(pi);
        await AskAsync<ExposeArgs, ExposureReport>(_pi, "expose", new("echo", null, ["contacts"], false));

        var states = await AskAsync<ChainInviteArgs, MeetingReport>(_laptop, "chain invite", new("pi", "compact", false, null, null, true));
        Assert.Equal("connected", states[^1].State);
        Assert.Equal(["drafted", "sent", "addressed", "handshaking", "connected"], states.Select(s => s.State).Distinct());
        Assert.Equal(2, _chain.Waiting.Count); // an invitation and an acceptance, and no block was needed

        // Both have moved on to keys that no card names.
        await UntilAsync(() => Numbers(laptop) is [1] && Numbers(pi) is [1]);
        var (ours, theirs) = (Assert.Single(Contacts(laptop)).Writing!, Assert.Single(Contacts(pi)).Writing!);
        Assert.Equal((ours.Own.Public, ours.Peer, ours.Psk), (theirs.Peer, theirs.Own.Public, theirs.Psk));
        Assert.False(ours.Psk.IsZero);

        // And meet by them.
        foreach (var peer in laptop.Online.Peers.All) await peer.DisposeAsync();
        await UntilAsync(() => !pi.Online.Peers.All.Any() && !laptop.Online.Peers.All.Any());
        _chain.Mine();
        states = await AskAsync<ChainInviteArgs, MeetingReport>(_pi, "chain invite", new("laptop", "full", false, null, null, true));
        Assert.Equal("connected", states[^1].State);
        await UntilAsync(() => Numbers(laptop) is [2] && Numbers(pi) is [2]);
    }

    private static uint[] Numbers(NodeHost host) => [.. Contacts(host).SelectMany(c => c.Generations).Select(g => g.Number)];

    private static IReadOnlyList<LedgerContact> Contacts(NodeHost host) => host.Store.LedgerContacts(host.Store.LedgerKey(SystemEntropy.Shared));

    private async Task ExchangeCardsAsync()
    {
        foreach (var (home, other, name) in ((TempHome, TempHome, string)[])[(_laptop, _pi, "pi"), (_pi, _laptop, "laptop")])
        {
            var card = (await AskAsync<NoArgs, CardReport>(other, "peer card", new())).Single();
            Assert.NotNull(card.ChainKey);
            await AskAsync<PeerAddArgs, PeerReport>(home, "peer add", new(card.Card, name));
        }
    }

    private async Task FundAsync(NodeHost host)
    {
        await UntilAsync(() => host.OnLedger.AddressToPay() is not null);
        var script = host.OnLedger.Ask((client, _) => SegwitAddress.ScriptOf(client.Coins!.KeyToPay.Hash));
        _chain.Fund(script, 50_000);
        await UntilAsync(() => host.OnLedger.Balance() == 50_000);
    }

    private Task<NodeHost> StartAsync(TempHome home) => NodeHost.StartAsync(new()
    {
        Home = home.Home,
        Ledger = new() { Url = "memory:", Open = () => _chain, At = null },
    }, _patience.Token);

    private async Task UntilAsync(Func<bool> holds)
    {
        while (!holds()) await Task.Delay(20, _patience.Token);
    }

    private async Task<List<TItem>> AskAsync<TArgs, TItem>(TempHome home, string verb, TArgs args)
        where TArgs : class
        where TItem : class
    {
        List<TItem> items = [];
        await using var control = await ControlClient.TryConnectAsync(home.Home, _patience.Token);
        await control!.SendAsync(verb, args, _patience.Token);
        await foreach (var item in control.ItemsAsync<TItem>(_patience.Token)) items.Add(item);
        return items;
    }
}
