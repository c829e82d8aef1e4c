using System.Text.Json;
using Hawser.Chain;
using Hawser.Wire;

namespace Hawser.Net.Chain;

/// <summary>A node that speaks the JSON-RPC of Bitcoin Core: only calls that bcoin knows too. What ran against which: chain.md §4.8.</summary>
internal sealed class JsonRpcChain : IChain, IChainWallet
{
    private const int Batch = 100; // transactions in one request
    private const int NoMethod = -32601;
    private const long Satoshi = 100_000_000;

    private readonly RpcClient _node;
    private readonly RpcClient? _wallet;

    /// <param name="node">Its URL, with user and password or <c>?cookie=FILE</c>.</param>
    /// <param name="wallet">The same of the wallet that pays; null: nobody asks it.</param>
    public JsonRpcChain(string node, string? wallet)
    {
        _node = new(node);
        try
        {
            _wallet = wallet is null ? null : new(wallet);
        }
        catch
        {
            _node.Dispose();
            throw;
        }
    }

    public string Name => _node.Name;

    public async Task<ChainView> ViewAsync(CancellationToken cancel)
    {
        var info = await _node.CallAsync("getblockchaininfo", [], cancel);
        var name = info.GetProperty("chain").GetString()!;
        var network = LedgerNetwork.Of(name) ?? throw new HawserException(Reason.NotSupported, $"the node follows a ledger called {name}, which is not known here");
        return new(network, info.GetProperty("blocks").GetInt32(), ReadId(info.GetProperty("bestblockhash")));
    }

    public async Task<Bytes32> HashAsync(int height, CancellationToken cancel) => ReadId(await _node.CallAsync("getblockhash", [height], cancel));

    public async Task<byte[]> BlockAsync(Bytes32 hash, CancellationToken cancel) => ReadBytes(await _node.CallAsync("getblock", [TxId.Show(hash), false], cancel));

    public async Task<IReadOnlyList<Bytes32>> WaitingAsync(CancellationToken cancel)
    {
        var ids = await _node.CallAsync("getrawmempool", [false], cancel);
        return [.. ids.EnumerateArray().Select(ReadId)];
    }

    public async Task<IReadOnlyList<byte[]?>> TransactionsAsync(IReadOnlyList<Bytes32> ids, CancellationToken cancel)
    {
        List<byte[]?> all = new(ids.Count);
        foreach (var some in ids.Chunk(Batch))
        {
            var answers = await _node.BatchAsync("getrawtransaction", [.. some.Select(id => (object[])[TxId.Show(id), false])], cancel);
            all.AddRange(answers.Select(answer => answer is { ValueKind: JsonValueKind.String } hex ? ReadBytes(hex) : null));
        }

        return all;
    }

    public async Task<ulong?> FeeRateAsync(CancellationToken cancel)
    {
        var answer = await _node.TryCallAsync("estimatesmartfee", [2], cancel);
        var rate = answer.Result is { ValueKind: JsonValueKind.Object } found && (found.TryGetProperty("feerate", out var value) || found.TryGetProperty("fee", out value))
            && value.ValueKind is JsonValueKind.Number ? value.GetDecimal() : 0;
        return rate > 0 ? (ulong)(rate * Satoshi) : null;
    }

    public async Task<LedgerOutput?> OutputAsync(OutPoint at, CancellationToken cancel)
    {
        var answer = await _node.CallAsync("gettxout", [TxId.Show(at.Transaction), at.Index, true], cancel);
        if (answer.ValueKind is not JsonValueKind.Object) return null;
        return new((ulong)(answer.GetProperty("value").GetDecimal() * Satoshi), ReadBytes(answer.GetProperty("scriptPubKey").GetProperty("hex")));
    }

    public async Task SendAsync(byte[] transaction, CancellationToken cancel)
    {
        var (_, error) = await _node.TryCallAsync("sendrawtransaction", [Convert.ToHexStringLower(transaction)], cancel);
        if (error is { IsKnownAlready: true }) return;
        if (error is not null) throw new HawserException(Reason.Refused, $"the node refuses the transaction: {error.Message}", "see what its log says");
        if (!LedgerTransaction.TryRead(transaction, out var sent)) return;

        // bcoin says yes before it has looked: what counts is whether it has the transaction a moment later.
        for (var wait = 20; wait <= 1280; wait *= 2)
        {
            if (await IsThereAsync(sent, cancel)) return;
            await Task.Delay(wait, cancel);
        }

        throw new HawserException(Reason.Refused, "the node has dropped the transaction without a word", "see what its log says");
    }

    private async Task<bool> IsThereAsync(LedgerTransaction transaction, CancellationToken cancel)
    {
        var id = transaction.Id;
        var (found, _) = await _node.TryCallAsync("getrawtransaction", [TxId.Show(id), false], cancel);
        if (found is not null) return true;
        for (var i = 0; i < transaction.Outputs.Length; i++) // it may be in a block by now
            if (await OutputAsync(new(id, (uint)i), cancel) is not null) return true;
        return false;
    }

    public async Task<(LedgerTransaction Transaction, ulong Fee)> FundAsync(LedgerTransaction bare, ulong rate, CancellationToken cancel)
    {
        var wallet = Wallet;
        var options = new Dictionary<string, object> { ["feeRate"] = (decimal)rate / Satoshi };
        var (answer, error) = await wallet.TryCallAsync("fundrawtransaction", [Convert.ToHexStringLower(bare.Write()), options], cancel);
        LedgerTransaction funded;
        ulong fee;
        if (answer is { } made)
        {
            (funded, fee) = (ReadTransaction(made.GetProperty("hex")), (ulong)(made.GetProperty("fee").GetDecimal() * Satoshi));
        }
        else
        {
            // bcoin takes a transaction without inputs for one with witnesses. It has a way of its own, which signs at once: in vain.
            var request = new Dictionary<string, object>
            {
                ["rate"] = checked((int)rate),
                ["outputs"] = bare.Outputs.Select(o => (object)new Dictionary<string, object> { ["value"] = checked((int)o.Value), ["script"] = Convert.ToHexStringLower(o.Script) }).ToArray(),
            };
            var created = await wallet.PostAsync("wallet/primary/create", request, cancel);
            if (created.ValueKind is not JsonValueKind.Object || !created.TryGetProperty("hex", out var hex))
                throw new HawserException(Reason.Refused, $"the wallet does not pay: {(SaidBy(created) is { } said ? said : error?.Message)}", "has it coins?");
            (funded, fee) = (ReadTransaction(hex), created.GetProperty("fee").GetUInt64());
        }

        funded = funded with { Inputs = [.. funded.Inputs.Select(input => input with { Witness = [] })] };
        foreach (var input in funded.Inputs)
        {
            var spent = await OutputAsync(input.Spent, cancel)
                ?? throw new HawserException(Reason.Failed, $"the wallet spends {input.Spent}, which the node does not know", "are both of one node?");
            if (!SegwitAddress.IsWitnessProgram(spent.Script))
                throw new HawserException(Reason.Refused, "the wallet spends coins that are not segwit, whose signatures anybody can rewrite",
                    "give it an address of kind bech32 and move coins there, or let this node use coins of its own");
        }

        return (funded, fee);
    }

    public async Task<LedgerTransaction> SignAsync(LedgerTransaction transaction, CancellationToken cancel)
    {
        var hex = Convert.ToHexStringLower(transaction.Write());
        var (result, error) = await Wallet.TryCallAsync("signrawtransactionwithwallet", [hex], cancel);
        if (error is { Code: NoMethod }) result = await Wallet.PostAsync("wallet/primary/sign", new Dictionary<string, object> { ["tx"] = hex }, cancel); // bcoin's own way
        else if (error is not null) throw new HawserException(Reason.Refused, $"the wallet does not sign: {error.Message}", "is it locked?");
        var signed = ReadTransaction(result!.Value.GetProperty("hex"));
        return signed.Inputs.All(input => input.Witness.Length > 0) && signed.Id == transaction.Id
            ? signed
            : throw new HawserException(Reason.Refused, "the wallet did not sign all that it spends", "is it locked, or for watching only?");
    }

    public void Dispose()
    {
        _node.Dispose();
        _wallet?.Dispose();
    }

    private static string? SaidBy(JsonElement answer) => answer.ValueKind is JsonValueKind.Object && answer.TryGetProperty("error", out var error)
        && error.ValueKind is JsonValueKind.Object && error.TryGetProperty("message", out var message) ? message.GetString() : null;

    private RpcClient Wallet => _wallet ?? throw new HawserException(Reason.Usage, "no wallet was named", "give its URL with --chain-wallet");

    private static LedgerTransaction ReadTransaction(JsonElement hex) => LedgerTransaction.TryRead(ReadBytes(hex), out var read)
        ? read
        : throw new HawserException(Reason.Failed, "the wallet answers with no transaction");

    private static Bytes32 ReadId(JsonElement text) => TxId.TryParse(text.GetString() ?? "", out var id)
        ? id
        : throw new HawserException(Reason.Failed, "the node names something that is no hash");

    private static byte[] ReadBytes(JsonElement hex)
    {
        try
        {
            return Convert.FromHexString(hex.GetString() ?? "");
        }
        catch (FormatException e)
        {
            throw new HawserException(Reason.Failed, "the node answers with no hexadecimal", null, e);
        }
    }
}
