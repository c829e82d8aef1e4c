using Hawser.Chain;
using Hawser.Net;
using Hawser.Net.Chain;
using Hawser.Tests.Chain;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Net.LedgerHome;

namespace Hawser.Tests.Net;

/// <summary>What a ledger does to a node that follows it: replaced, evicted, thrown back, missed. Spec: chain.md §4.8, §5.2.</summary>
public sealed class LedgerHostTests : IDisposable
{
    private readonly MemoryChain _chain = new();

    public void Dispose() => _chain.Dispose();

    [Fact]
    public async Task A_replacement_in_the_pool_moves_the_address_and_is_not_paid_for_again()
    {
        await using var home = await StartAsync(() => _chain);
        await home.FundAsync(_chain);
        OutPoint[] coins = [new(default, 7)];
        home.Ann.Coins = coins;
        _chain.Replace(home.Ann.Invite(home.Bob));
        await UntilAsync(() => _chain.Sent.Count == 1 && home.Last.State is MeetingState.Addressed or MeetingState.Handshaking);

        var moved = new Person(new(), "ann", HostPort.Read([127, 0, 0, 1], 10)) { Coins = coins };
        moved.Know(home.Bob);
        _chain.Replace(moved.Invite(home.Bob));
        await UntilAsync(() => home.Last.Peer == moved.At);
        Assert.Single(home.Meetings);
        Assert.Single(_chain.Sent);
    }

    [Fact]
    public async Task An_invitation_that_falls_out_of_the_pool_still_stands_and_one_whose_coins_go_elsewhere_does_not()
    {
        await using var home = await StartAsync(() => _chain, asks: true);
        var invitation = home.Ann.Invite(home.Bob);
        _chain.Replace(invitation);
        await UntilAsync(() => home.Meetings is [{ State: MeetingState.Decrypted }]);
        _chain.Evict();
        _chain.Mine();
        await home.CaughtUpAsync(_chain);
        Assert.Equal(MeetingState.Decrypted, home.Last.State);

        var conflict = Person.Spend([.. invitation.Inputs.Select(i => i.Spent)], [new(1, [0x51])]);
        _chain.Replace(conflict);
        await Task.Delay(600); // it only waits: seen by now, and nothing came of it
        Assert.Equal(MeetingState.Decrypted, home.Last.State);
        _chain.Mine();
        await UntilAsync(() => home.Last.State is MeetingState.Failed);
        Assert.Contains("another transaction", home.Last.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_sent_and_evicted_is_sent_again()
    {
        await using var home = await StartAsync(() => _chain);
        await home.FundAsync(_chain);
        var number = home.Ledger.Ask((client, now) => client.Invite(now, home.Ann.Channel, home.Ledger.OwnAddress()!.Value, MessageProfile.Compact, introduce: false, 5_000))!.Number;
        await UntilAsync(() => _chain.Waiting.Count == 1);
        var sent = _chain.Waiting[0].Id;
        _chain.Evict();
        home.Clock.Advance(TimeSpan.FromSeconds(61));
        await UntilAsync(() => _chain.Waiting.Count == 1);
        Assert.Equal((sent, MeetingState.Sent), (_chain.Waiting[0].Id, home.Meetings.Single(m => m.Number == number).State));
    }

    [Fact]
    public async Task A_branch_that_is_replaced_takes_nothing_back_and_pays_nothing_twice()
    {
        await using var home = await StartAsync(() => _chain);
        await home.FundAsync(_chain);
        _chain.Replace(home.Ann.Invite(home.Bob));
        await UntilAsync(() => _chain.Sent.Count == 1);
        _chain.Mine(2);
        await home.CaughtUpAsync(_chain);
        Assert.Equal(_chain.Height - 1, home.Last.Height);
        var change = home.Ledger.Balance();

        _chain.Reorganise(2); // invitation and answer wait again
        await home.CaughtUpAsync(_chain);
        await UntilAsync(() => home.Last.Height is null);
        _chain.Mine();
        await home.CaughtUpAsync(_chain);
        await UntilAsync(() => home.Last.Height == _chain.Height);
        Assert.Equal((1, 1, change), (home.Meetings.Length, _chain.Sent.Count, home.Ledger.Balance()));
    }

    [Fact]
    public async Task A_coin_whose_block_is_thrown_away_is_still_ours_while_it_waits()
    {
        await using var home = await StartAsync(() => _chain, asks: true);
        await home.FundAsync(_chain, 9_000);
        var funded = _chain.Height;
        _chain.Reorganise(1); // Fund's block: its coin came out of nowhere, and is gone with it
        await home.CaughtUpAsync(_chain);
        Assert.True(_chain.Height > funded);
        await Assert.ThrowsAsync<HawserException>(() => home.Ledger.QuoteAsync(client => client.SizeOfAnswer(MessageProfile.Compact, home.Ann.At), introduce: false, CancellationToken.None));
        await home.FundAsync(_chain, 7_000); // the lost one was found out, and is counted no more
    }

    [Fact]
    public async Task The_first_start_begins_a_days_worth_of_blocks_back_and_not_at_the_beginning()
    {
        _chain.Mine(300);
        await using var home = await StartAsync(() => _chain);
        await home.CaughtUpAsync(_chain);
        Assert.Equal(LedgerClient.Life + 1, _chain.Asked.Count);
    }

    [Fact]
    public async Task What_came_while_the_node_was_stopped_is_read_from_where_it_was()
    {
        _chain.Mine(200);
        await using var home = await StartAsync(() => _chain, asks: true);
        await home.CaughtUpAsync(_chain);
        await home.StopAsync();
        _chain.Asked.Clear();
        _chain.Replace(home.Ann.Invite(home.Bob));
        _chain.Mine(30);
        await home.StartAsync();
        await home.CaughtUpAsync(_chain);
        Assert.Equal(30, _chain.Asked.Count);
        Assert.Equal((MeetingState.Decrypted, 201), (home.Last.State, home.Last.Height));
        Assert.Equal(30, _chain.Asked.Distinct().Count());
    }

    [Fact]
    public async Task A_stop_that_outlasts_an_invitation_makes_it_stale()
    {
        _chain.Mine(5);
        await using var home = await StartAsync(() => _chain);
        await home.CaughtUpAsync(_chain);
        await home.StopAsync();
        _chain.Replace(home.Ann.Invite(home.Bob));
        _chain.Mine(LedgerClient.Life + 1);
        await home.StartAsync();
        await home.CaughtUpAsync(_chain);
        Assert.Empty(home.Meetings);
        Assert.Equal(1, home.Ledger.Ask((client, _) => client.DropsOf(LedgerDrop.Stale)));
    }

    [Fact]
    public async Task A_branch_that_was_replaced_while_the_node_was_stopped_is_noticed()
    {
        _chain.Mine(10);
        await using var home = await StartAsync(() => _chain, asks: true);
        await home.CaughtUpAsync(_chain);
        _chain.Replace(home.Ann.Invite(home.Bob));
        _chain.Mine();
        await UntilAsync(() => home.Meetings is [{ Height: not null }]);
        await home.StopAsync();
        _chain.Reorganise(3);
        _chain.Evict();
        _chain.Asked.Clear();
        await home.StartAsync();
        await home.CaughtUpAsync(_chain);
        Assert.Equal(((int?)null, MeetingState.Decrypted), (home.Last.Height, home.Last.State));
        Assert.Equal(4, _chain.Asked.Count);
    }

    [Fact]
    public async Task A_node_that_goes_away_while_blocks_are_read_loses_none_of_them()
    {
        _chain.Mine(100);
        var broken = new Interrupted(_chain) { Left = 47 };
        await using var home = await StartAsync(() => broken, asks: true);
        _chain.Replace(home.Ann.Invite(home.Bob));
        _chain.Mine();
        await UntilAsync(() => home.Ledger.Trouble == "gone");
        Assert.InRange(home.Ledger.Height, 0, 60); // what was read is kept, in steps
        broken.Left = int.MaxValue;
        await home.CaughtUpAsync(_chain);
        Assert.Equal((MeetingState.Decrypted, _chain.Height), (home.Last.State, home.Last.Height));
    }

    [Fact]
    public async Task A_scan_reads_again_what_a_card_came_too_late_for()
    {
        await using var home = await StartAsync(() => _chain, asks: true);
        await home.CaughtUpAsync(_chain);
        var late = new Person(new(), "late", HostPort.Read([127, 0, 0, 1], 11));
        late.Know(home.Bob);
        _chain.Replace(late.Invite(home.Bob));
        _chain.Mine(2);
        await home.CaughtUpAsync(_chain);
        Assert.Empty(home.Meetings);
        home.Know(late);
        home.Ledger.Rescan(_chain.Height - 5);
        await UntilAsync(() => home.Meetings is [{ State: MeetingState.Decrypted }]);
    }

    // A ledger that breaks off in the middle of blocks.
    private sealed class Interrupted(MemoryChain chain) : IChain
    {
        public int Left { get; set; }

        public string Name => "interrupted";

        public Task<ChainView> ViewAsync(CancellationToken cancel) => chain.ViewAsync(cancel);

        public Task<Bytes32> HashAsync(int height, CancellationToken cancel) => chain.HashAsync(height, cancel);

        public Task<byte[]> BlockAsync(Bytes32 hash, CancellationToken cancel) =>
            Left-- > 0 ? chain.BlockAsync(hash, cancel) : throw new HawserException(Reason.Unreachable, "gone");

        public Task<IReadOnlyList<Bytes32>> WaitingAsync(CancellationToken cancel) => chain.WaitingAsync(cancel);

        public Task<IReadOnlyList<byte[]?>> TransactionsAsync(IReadOnlyList<Bytes32> ids, CancellationToken cancel) => chain.TransactionsAsync(ids, cancel);

        public Task<ulong?> FeeRateAsync(CancellationToken cancel) => chain.FeeRateAsync(cancel);

        public Task<LedgerOutput?> OutputAsync(OutPoint at, CancellationToken cancel) => chain.OutputAsync(at, cancel);

        public Task SendAsync(byte[] transaction, CancellationToken cancel) => chain.SendAsync(transaction, cancel);

        public void Dispose()
        {
        }
    }
}
