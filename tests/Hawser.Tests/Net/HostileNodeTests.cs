using System.Diagnostics;
using System.Text;
using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Chain;
using Hawser.Tests.Chain;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>
/// A ledger's node that is broken, no node at all, or means harm. Whatever it says becomes one sentence; nothing is thrown out
/// of the node, nothing is spent on its word, and when it is right again all goes on. Spec: chain.md §4.8.
/// </summary>
public sealed class HostileNodeTests : IAsyncDisposable
{
    private static readonly RpcLimits Small = new() { MaxAnswer = 1 << 20 };
    private static readonly OutPoint Somewhere = new(Sha256.Hash("a"u8), 0);

    private readonly RpcNode _node = new();
    private readonly JsonRpcChain _chain;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public HostileNodeTests() => _chain = new(_node.Url, _node.Url, Small);

    public async ValueTask DisposeAsync()
    {
        _chain.Dispose();
        await _node.DisposeAsync();
        _patience.Dispose();
    }

    [Theory]
    [InlineData("getblockchaininfo", "null"), InlineData("getblockchaininfo", "[]"), InlineData("getblockchaininfo", "7"), InlineData("getblockchaininfo", "{}")]
    [InlineData("getblockchaininfo", """{"chain":7,"blocks":1,"bestblockhash":"H"}"""), InlineData("getblockchaininfo", """{"chain":"regtest","blocks":-1,"bestblockhash":"H"}""")]
    [InlineData("getblockchaininfo", """{"chain":"regtest","blocks":1e99,"bestblockhash":"H"}"""), InlineData("getblockchaininfo", """{"chain":"regtest","blocks":1.5,"bestblockhash":"H"}""")]
    [InlineData("getblockchaininfo", """{"chain":"regtest","blocks":"1","bestblockhash":"H"}"""), InlineData("getblockchaininfo", """{"chain":"regtest","blocks":4294967296,"bestblockhash":"H"}""")]
    [InlineData("getblockchaininfo", """{"chain":"regtest","blocks":1,"bestblockhash":"zz"}"""), InlineData("getblockchaininfo", """{"chain":"regtest","blocks":1,"bestblockhash":null}""")]
    [InlineData("getblockchaininfo", """{"chain":"\ud800","blocks":1,"bestblockhash":"H"}"""), InlineData("getblockchaininfo", """{"chain":"doge\u001b[2J","blocks":1,"bestblockhash":"H"}""")]
    [InlineData("getblockhash", "7"), InlineData("getblockhash", "\"\""), InlineData("getblockhash", "\"HH\""), InlineData("getblockhash", "null")]
    [InlineData("getblock", "7"), InlineData("getblock", "\"abc\""), InlineData("getblock", "\"xy\""), InlineData("getblock", "{}")]
    [InlineData("getrawmempool", "{}"), InlineData("getrawmempool", "[7]"), InlineData("getrawmempool", "[\"zz\"]"), InlineData("getrawmempool", "null"), InlineData("getrawmempool", "[[]]")]
    [InlineData("gettxout", "{}"), InlineData("gettxout", """{"value":-1,"scriptPubKey":{"hex":"51"}}"""), InlineData("gettxout", """{"value":1e60,"scriptPubKey":{"hex":"51"}}""")]
    [InlineData("gettxout", """{"value":21000001,"scriptPubKey":{"hex":"51"}}"""), InlineData("gettxout", """{"value":1,"scriptPubKey":"51"}"""), InlineData("gettxout", """{"value":"1","scriptPubKey":{"hex":"51"}}""")]
    [InlineData("estimatesmartfee", """{"feerate":1e60}"""), InlineData("estimatesmartfee", """{"feerate":99999999}"""), InlineData("estimatesmartfee", """{"feerate":11}""")]
    [InlineData("sendrawtransaction", "null"), InlineData("sendrawtransaction", "7"), InlineData("sendrawtransaction", "\"H\""), InlineData("sendrawtransaction", "\"\"")]
    [InlineData("fundrawtransaction", "null"), InlineData("fundrawtransaction", "{}"), InlineData("fundrawtransaction", """{"hex":"00","fee":1}""")]
    public async Task An_answer_of_another_kind_becomes_one_sentence(string method, string result)
    {
        _node.Result = asked => asked == method ? result.Replace("H", new string('a', 64), StringComparison.Ordinal) : null;
        var said = await Assert.ThrowsAsync<HawserException>(() => CallAsync(method));
        Assert.DoesNotContain('\u001b', said.Message);
        Assert.InRange(said.Message.Length, 20, 300);
        Assert.Empty(_node.Chain.Sent);
        _node.Result = null; // right again
        if (method is not ("getblock" or "sendrawtransaction" or "fundrawtransaction")) await CallAsync(method);
    }

    [Theory]
    [InlineData("-1"), InlineData("-0.001"), InlineData("0"), InlineData("\"0.1\""), InlineData("null"), InlineData("[]")]
    public async Task A_fee_that_is_no_fee_counts_as_no_opinion(string rate)
    {
        _node.Result = method => method == "estimatesmartfee" ? $$"""{"feerate":{{rate}}}""" : null;
        Assert.Null(await _chain.FeeRateAsync(_patience.Token));
    }

    [Fact]
    public async Task A_transaction_that_is_none_is_passed_over_and_hexadecimal_that_is_none_is_said()
    {
        _node.Result = method => method == "getrawtransaction" ? "{}" : null;
        Assert.Equal([null, null], await _chain.TransactionsAsync([Somewhere.Transaction, Somewhere.Transaction], _patience.Token));
        _node.Result = method => method == "getrawtransaction" ? "\"nothex\"" : null;
        await Assert.ThrowsAsync<HawserException>(() => _chain.TransactionsAsync([Somewhere.Transaction], _patience.Token));
    }

    public static TheoryData<string, string, Reason> Whole() => new()
    {
        { "", "does not answer", Reason.Unreachable }, // hangs up without a word
        { "nonsense\r\n\r\n", "does not answer", Reason.Unreachable },
        { Head(4) + "{]{]", "is no node", Reason.Failed },
        { Head(2) + "\u0001\u0002", "is no node", Reason.Failed },
        { Head(0), "is no node", Reason.Failed },
        { Head(17) + "<html>hello</html>"[..17], "is no node", Reason.Failed },
        { Head(400) + new string('[', 400), "is no node", Reason.Failed },
        { Head(1000) + """{"result":{"chain":"regtest","bl""", "does not answer", Reason.Unreachable }, // hangs up in the middle
        { Head(2) + "[]", "nothing that can be understood", Reason.Failed },
        { Head(1) + "7", "nothing that can be understood", Reason.Failed },
        { Head(4) + "null", "nothing that can be understood", Reason.Failed },
        { Head(12) + """{"error":{}}""", "nothing that can be understood", Reason.Failed },
        { Head(36) + """{"error":{"code":"x","message":[7]}}""", "nothing that can be understood", Reason.Failed },
        { Head(38) + """{"error":{"code":-28,"message":"soon"}}"""[..38], "is no node", Reason.Failed },
        { Head(39) + """{"error":{"code":-28,"message":"soon"}}""", "is starting: soon", Reason.Unreachable },
        { "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "name and password", Reason.Refused },
        { "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy", "too busy", Reason.Unreachable },
        { "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "is no node", Reason.Failed },
    };

    [Theory, MemberData(nameof(Whole))]
    public async Task Bytes_that_are_no_answer_become_one_sentence(string bytes, string sentence, Reason reason)
    {
        _node.Raw = (stream, cancel) => stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), cancel).AsTask();
        var said = await Assert.ThrowsAsync<HawserException>(() => _chain.ViewAsync(_patience.Token));
        Assert.Contains(sentence, said.Message, StringComparison.Ordinal);
        Assert.Equal(reason, said.Reason);
        _node.Raw = null;
        Assert.Equal(0, (await _chain.ViewAsync(_patience.Token)).Height);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off_and_its_size_is_said()
    {
        var taken = 0L; // by the reader, and by the kernel's buffers
        _node.Raw = async (stream, cancel) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n{\"result\":\""u8.ToArray(), cancel);
            var some = new byte[64 << 10];
            Array.Fill(some, (byte)'a');
            for (; ; Interlocked.Add(ref taken, some.Length)) await stream.WriteAsync(some, cancel);
        };
        var said = await Assert.ThrowsAsync<HawserException>(() => _chain.ViewAsync(_patience.Token));
        Assert.Contains("more than 1 MiB", said.Message, StringComparison.Ordinal);
        Assert.InRange(Interlocked.Read(ref taken), 1 << 20, 32 << 20);
    }

    [Fact]
    public async Task An_answer_that_promises_terabytes_is_not_waited_for()
    {
        _node.Raw = (stream, cancel) => stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n{"u8.ToArray(), cancel).AsTask();
        Assert.Equal(Reason.Unreachable, (await Assert.ThrowsAsync<HawserException>(() => _chain.ViewAsync(_patience.Token))).Reason);
    }

    [Theory, InlineData(""), InlineData("HTTP/1.1 200 OK\r\n"), InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")]
    public async Task One_that_drips_or_says_nothing_costs_one_patience_and_no_more(string first)
    {
        _node.Raw = async (stream, cancel) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(first), cancel);
            while (first.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await stream.WriteAsync(" "u8.ToArray(), cancel);
                await Task.Delay(20, cancel);
            }

            await Task.Delay(Timeout.Infinite, cancel);
        };
        using var hasty = new JsonRpcChain(_node.Url, null, Small with { Patience = TimeSpan.FromMilliseconds(400) });
        var since = Stopwatch.GetTimestamp();
        var said = await Assert.ThrowsAsync<HawserException>(() => hasty.ViewAsync(_patience.Token));
        Assert.Equal((Reason.Unreachable, true), (said.Reason, said.Message.Contains("longer than 0.4 s", StringComparison.Ordinal)));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("""[{"id":1e99,"result":"aa"},7,null,{"id":"1"},[]]""")]
    [InlineData("[]")]
    public async Task A_batch_with_foreign_numbers_gives_nothing(string answer)
    {
        _node.Raw = (stream, cancel) => RpcNode.WriteAsync(stream, answer, cancel);
        Assert.Equal([null], await _chain.TransactionsAsync([Somewhere.Transaction], _patience.Token));
    }

    [Fact]
    public async Task A_nodes_words_reach_the_screen_without_control_characters_and_in_bounded_length()
    {
        var evil = "\\u001b]0;owned\\u0007\\u202e" + new string('x', 5_000);
        _node.Raw = (stream, cancel) => RpcNode.WriteAsync(stream, $$$"""{"result":null,"error":{"code":-1,"message":"{{{evil}}}"}}""", cancel, "500 Internal Server Error");
        var said = await Assert.ThrowsAsync<HawserException>(() => _chain.HashAsync(1, _patience.Token));
        Assert.DoesNotContain(said.Message, c => char.IsControl(c) || c == '\u202e');
        Assert.InRange(said.Message.Length, 100, 300);
    }

    [Fact]
    public async Task A_wallet_with_the_calls_of_Bitcoin_Core_pays_and_signs()
    {
        var (funded, fee, script) = await FundAsync();
        Assert.Equal(1_000, (double)fee / funded.VirtualSize * 1_000, 300.0);
        var signed = await _chain.SignAsync(funded with { Outputs = [funded.Outputs[0] with { Script = script }, .. funded.Outputs[1..]] }, _patience.Token);
        await _chain.SendAsync(signed.Write(), _patience.Token);
        Assert.Equal(signed.Id, Assert.Single(_node.Chain.Waiting).Id);
    }

    [Theory]
    [InlineData("less"), InlineData("more"), InlineData("negative"), InlineData("outputs"), InlineData("gone"), InlineData("unsegwit"), InlineData("none")]
    public async Task A_wallet_that_funds_otherwise_than_it_was_asked_is_refused(string how)
    {
        _node.Funds = (made, fee) => how switch
        {
            "less" => (made, "0.00000001"), // than it takes
            "more" => (made, "0.01"),
            "negative" => (made, "-0.00001"),
            "outputs" => (made with { Outputs = [.. made.Outputs, new(1_000, [0x51]), new(1_000, [0x52])] }, "0.00000200"),
            "gone" => (made with { Outputs = [made.Outputs[^1]] }, "0.00000200"), // without the message
            "unsegwit" => (made with { Inputs = [new(_node.Chain.Fund([0x76, 0xa9, 0x14, .. new byte[20], 0x88, 0xac], 90_000), [], 0, [])] }, "0.00000200"),
            _ => (made with { Inputs = [new(Somewhere, [], 0, [])] }, "0.00000200"), // what nobody has
        };
        await Assert.ThrowsAsync<HawserException>(FundAsync);
        Assert.Empty(_node.Chain.Sent);
    }

    [Theory, InlineData("kind"), InlineData("other"), InlineData("unsigned")]
    public async Task A_wallet_that_signs_otherwise_than_it_was_asked_is_refused(string how)
    {
        var (funded, _, script) = await FundAsync();
        _node.Signs = signed => how switch
        {
            "kind" => signed with { Inputs = [.. signed.Inputs.Select(i => i with { Witness = [[.. i.Witness[0][..^1], 2], i.Witness[1]] })] }, // SIGHASH_NONE
            "other" => signed with { LockTime = 7 },
            _ => signed with { Inputs = [.. signed.Inputs.Select(i => i with { Witness = [] })] },
        };
        await Assert.ThrowsAsync<HawserException>(() => _chain.SignAsync(funded with { Outputs = [funded.Outputs[0] with { Script = script }, .. funded.Outputs[1..]] }, _patience.Token));
    }

    private async Task<(LedgerTransaction Funded, ulong Fee, byte[] Script)> FundAsync()
    {
        if (_node.Purse is null)
        {
            _node.Purse = new(Sha256.Hash("purse"u8), 0, []);
            var pay = SegwitAddress.ScriptOf(_node.Purse.KeyToPay.Hash);
            var at = _node.Chain.Fund(pay, 50_000);
            _node.Purse.See(at.Transaction, 0, 50_000, pay, 1);
        }

        var script = new Announcement(MessageProfile.Compact, new byte[20], [.. Enumerable.Repeat((byte)7, 31)]).Write();
        var (funded, fee) = await _chain.FundAsync(new() { Inputs = [], Outputs = [new(0, new byte[script.Length])] }, 1_000, _patience.Token);
        return (funded, fee, script);
    }

    private Task CallAsync(string method)
    {
        var cancel = _patience.Token;
        return method switch
        {
            "getblockchaininfo" => _chain.ViewAsync(cancel),
            "getblockhash" => _chain.HashAsync(0, cancel),
            "getblock" => _chain.BlockAsync(default, cancel),
            "getrawmempool" => _chain.WaitingAsync(cancel),
            "gettxout" => _chain.OutputAsync(Somewhere, cancel),
            "estimatesmartfee" => _chain.FeeRateAsync(cancel),
            "sendrawtransaction" => _chain.SendAsync(Person.Spend([Somewhere], [new(0, [0x51])]).Write(), cancel),
            _ => FundAsync(),
        };
    }

    private static string Head(int length) => $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n";
}
