using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Net.Chain;
using Hawser.Tests.Chain;
using Xunit;
using static Hawser.Tests.Net.LedgerHome;

namespace Hawser.Tests.Net;

/// <summary>The host of a ledger while its node lies: named in <c>chain status</c>, nothing spent, and all goes on afterwards. Spec: chain.md §4.8, §8.</summary>
public sealed class LyingNodeTests : IAsyncDisposable
{
    private readonly RpcNode _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private IChain Open() => new JsonRpcChain(_node.Url, null);

    [Theory]
    [InlineData("getblockchaininfo", "{}", "makes no sense"), InlineData("getblockchaininfo", """{"chain":"doge","blocks":1,"bestblockhash":"H"}""", "called doge")]
    [InlineData("getblockchaininfo", """{"chain":"main","blocks":1,"bestblockhash":"H"}""", "follows main now")]
    [InlineData("getblockchaininfo", """{"chain":"regtest","blocks":2000000000,"bestblockhash":"H"}""", "out of range")]
    [InlineData("getrawmempool", """["H","H"]""", "another transaction")] // with the honest bytes of another
    public async Task A_lie_is_told_in_the_status_and_all_goes_on_when_it_has_ended(string method, string result, string sentence)
    {
        _node.Chain.Mine(3);
        await using var home = await StartAsync(Open);
        await home.FundAsync(_node.Chain);
        _node.Result = asked => asked == method ? result.Replace("H", new string('a', 64), StringComparison.Ordinal)
            : asked == "getrawtransaction" ? $"\"{Convert.ToHexStringLower(Person.Spend([new(default, 1)], [new(0, [0x51])]).Write())}\"" : null;
        await UntilAsync(() => home.Ledger.Trouble?.Contains(sentence, StringComparison.Ordinal) is true);
        Assert.Empty(_node.Chain.Sent);

        _node.Result = null;
        _node.Chain.Replace(home.Ann.Invite(home.Bob));
        home.Ledger.Look();
        await UntilAsync(() => _node.Chain.Sent.Count == 1); // found, and answered
        Assert.Null(home.Ledger.Trouble);
    }

    [Fact]
    public async Task A_height_that_does_not_exist_ends_no_meeting()
    {
        await using var home = await StartAsync(Open, asks: true);
        _node.Chain.Replace(home.Ann.Invite(home.Bob));
        await UntilAsync(() => home.Meetings is [{ State: MeetingState.Decrypted }]);
        _node.Result = method => method == "getblockchaininfo" ? $$"""{"chain":"regtest","blocks":900000,"bestblockhash":"{{new string('a', 64)}}"}""" : null;
        await UntilAsync(() => home.Ledger.Best == 900_000);
        home.Clock.Advance(TimeSpan.FromMinutes(2)); // all lives are looked at
        await UntilAsync(() => home.Ledger.Trouble is not null);
        _node.Result = null;
        home.Ledger.Look();
        await home.CaughtUpAsync(_node.Chain);
        Assert.Equal(MeetingState.Decrypted, home.Last.State);
    }

    [Fact]
    public async Task A_lower_height_is_a_branch_that_is_read_again()
    {
        _node.Chain.Mine(20);
        await using var home = await StartAsync(Open, asks: true);
        _node.Chain.Replace(home.Ann.Invite(home.Bob));
        _node.Chain.Mine();
        await UntilAsync(() => home.Meetings is [{ Height: not null }]);
        var hash = TxId.Show(await _node.Chain.HashAsync(3, default));
        _node.Result = method => method == "getblockchaininfo" ? $$"""{"chain":"regtest","blocks":3,"bestblockhash":"{{hash}}"}""" : null;
        await UntilAsync(() => home.Ledger.Height == 3);
        _node.Result = null;
        await home.CaughtUpAsync(_node.Chain);
        Assert.Equal((1, 21), (home.Meetings.Length, home.Last.Height));
    }

    [Theory, InlineData("another block"), InlineData("do not follow")]
    public async Task A_block_that_is_not_the_one_or_does_not_follow_is_not_read(string sentence)
    {
        await using var home = await StartAsync(Open, asks: true);
        await home.CaughtUpAsync(_node.Chain);
        var invitation = home.Ann.Invite(home.Bob).Write();
        byte[] forged = [.. new byte[80], 1, .. invitation];
        var id = TxId.Show(LedgerHash.Twice(forged.AsSpan(0, 80)));
        var next = (_node.Chain.Height + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        _node.ResultFor = (method, first) => method switch
        {
            "getblock" => $"\"{Convert.ToHexStringLower(forged)}\"",
            "getblockhash" when sentence == "do not follow" && first == next => $"\"{id}\"",
            _ => null,
        };
        _node.Chain.Mine();
        await UntilAsync(() => home.Ledger.Trouble?.Contains(sentence, StringComparison.Ordinal) is true);
        Assert.Empty(home.Meetings);
        _node.ResultFor = null;
        home.Ledger.Look();
        await home.CaughtUpAsync(_node.Chain);
    }

    [Theory]
    [InlineData("null"), InlineData("""{"value":0.5,"scriptPubKey":{"hex":"51"}}"""), InlineData("7"), InlineData("""{"value":-1}""")]
    public async Task A_node_that_disowns_coins_makes_nothing_spent_and_none_forgotten(string output)
    {
        await using var home = await StartAsync(Open);
        await home.FundAsync(_node.Chain);
        _node.Result = method => method == "gettxout" ? output : null;
        home.Ledger.Ask((client, now) => client.Invite(now, home.Ann.Channel, home.Ledger.OwnAddress()!.Value, MessageProfile.Compact, false, 5_000));
        await UntilAsync(() => home.Last.State is MeetingState.Failed);
        Assert.Contains("the node at", home.Last.Trouble, StringComparison.Ordinal);
        Assert.Empty(_node.Chain.Sent);
        Assert.Equal(50_000ul, home.Ledger.Balance());
        _node.Result = null;
        home.Ledger.Ask((client, now) => client.Invite(now, home.Ann.Channel, home.Ledger.OwnAddress()!.Value, MessageProfile.Compact, false, 5_000));
        await UntilAsync(() => _node.Chain.Waiting.Count == 1);
    }

    [Theory, InlineData("""{"feerate":9999}"""), InlineData("""{"feerate":0.5}"""), InlineData("""{"feerate":"1"}""")]
    public async Task A_fee_rate_that_cannot_be_right_or_is_too_dear_spends_nothing(string estimate)
    {
        await using var home = await StartAsync(Open);
        await home.FundAsync(_node.Chain, 3_000_000);
        _node.Result = method => method == "estimatesmartfee" ? estimate : null;
        _node.Chain.Replace(home.Ann.Invite(home.Bob));
        if (estimate.Contains('"' + "1", StringComparison.Ordinal))
        {
            await UntilAsync(() => _node.Chain.Sent.Count == 1); // no number: no opinion, and the usual rate
            Assert.InRange(home.Last.Fee, 200ul, 500ul);
            return;
        }

        await UntilAsync(() => home.Meetings is [{ State: MeetingState.Decrypted, Trouble: not null }]);
        Assert.Empty(_node.Chain.Sent);
    }

    [Fact]
    public async Task Coins_that_a_node_invents_are_never_signed_away()
    {
        await using var home = await StartAsync(Open);
        await UntilAsync(() => home.Ledger.ScriptToPay() is not null);
        // A payment to us that no block has, nor ever will: what it promises can be signed for, but nobody takes it.
        _node.Chain.Replace(Person.Spend([new(default, 5)], [new(40_000, home.Ledger.ScriptToPay()!)]));
        await UntilAsync(() => home.Ledger.Balance() == 40_000);
        _node.Chain.Evict();
        home.Ledger.Ask((client, now) => client.Invite(now, home.Ann.Channel, home.Ledger.OwnAddress()!.Value, MessageProfile.Compact, false, 5_000));
        await UntilAsync(() => home.Last.State is MeetingState.Failed);
        Assert.Contains("not enough coins", home.Last.Trouble, StringComparison.Ordinal);
        Assert.Equal(0ul, home.Ledger.Balance()); // it was in no block, and is gone
    }

    [Fact]
    public async Task A_node_that_names_another_transaction_than_it_was_sent_has_taken_nothing()
    {
        await using var home = await StartAsync(Open);
        await home.FundAsync(_node.Chain);
        _node.Result = method => method == "sendrawtransaction" ? $"\"{new string('a', 64)}\"" : null;
        home.Ledger.Ask((client, now) => client.Invite(now, home.Ann.Channel, home.Ledger.OwnAddress()!.Value, MessageProfile.Compact, false, 5_000));
        await UntilAsync(() => home.Meetings is [{ State: MeetingState.Sent }]);
        await Task.Delay(300);
        Assert.Empty(_node.Chain.Waiting);
        _node.Result = null;
        home.Clock.Advance(TimeSpan.FromSeconds(61)); // sent again, to a node that is right again
        home.Ledger.Look();
        await UntilAsync(() => _node.Chain.Waiting.Count == 1);
        Assert.Equal(MeetingState.Sent, home.Last.State);
    }

    [Fact]
    public async Task Garbage_hang_ups_and_refusals_are_told_one_after_the_other_and_survived()
    {
        await using var home = await StartAsync(Open);
        await home.FundAsync(_node.Chain);
        foreach (var (bytes, sentence) in ((string, string)[])[("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{{{", "is no node"), ("", "does not answer"), ("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "name and password")])
        {
            _node.Raw = (stream, cancel) => stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(bytes), cancel).AsTask();
            await UntilAsync(() => home.Ledger.Trouble?.Contains(sentence, StringComparison.Ordinal) is true);
            _node.Raw = null;
            home.Ledger.Look();
            await UntilAsync(() => home.Ledger.Trouble is null);
        }

        _node.Chain.Replace(home.Ann.Invite(home.Bob));
        await UntilAsync(() => _node.Chain.Sent.Count == 1);
    }
}
