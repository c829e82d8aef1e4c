using Hawser.Chain;
using Hawser.Wire;

namespace Hawser.Net.Chain;

/// <summary>A node that speaks the JSON-RPC of Bitcoin Core: only calls that bcoin knows too. What ran against which: chain.md §4.8.</summary>
internal sealed class JsonRpcChain : IChain, IChainWallet
{
    private const int Batch = 100; // transactions in one request
    private const int NoMethod = -32601;
    private const long Satoshi = 100_000_000;
    private const ulong MaxRate = 1_000_000_000; // satoshi for 1,000 virtual bytes: a whole coin for a message is no estimate

    private readonly RpcClient _node;
    private readonly RpcClient? _wallet;

    /// <param name="node">Its URL, with user and password or <c>?cookie=FILE</c>.</param>
    /// <param name="wallet">The same of the wallet that pays; null: nobody asks it.</param>
    /// <param name="limits">What an answer may cost; null takes the usual.</param>
    public JsonRpcChain(string node, string? wallet, RpcLimits? limits = null)
    {
        _node = new(node, limits);
        try
        {
            _wallet = wallet is null ? null : new(wallet, limits);
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
        var name = info["chain"].Text();
        var network = LedgerNetwork.Of(name)
            ?? throw new HawserException(Reason.NotSupported, $"the node follows a ledger called {RpcValue.Clean(name)}, which is not known here", "Bitcoin's are: main, test, testnet4, signet, regtest");
        return new(network, info["blocks"].Count(), info["bestblockhash"].Id());
    }

    public async Task<Bytes32> HashAsync(int height, CancellationToken cancel) => (await _node.CallAsync("getblockhash", [height], cancel)).Id();

    public async Task<byte[]> BlockAsync(Bytes32 hash, CancellationToken cancel) => (await _node.CallAsync("getblock", [TxId.Show(hash), false], cancel)).Bytes();

    public async Task<IReadOnlyList<Bytes32>> WaitingAsync(CancellationToken cancel) =>
        [.. (await _node.CallAsync("getrawmempool", [false], cancel)).Items().Select(id => id.Id())];

    public async Task<IReadOnlyList<byte[]?>> TransactionsAsync(IReadOnlyList<Bytes32> ids, CancellationToken cancel)
    {
        List<byte[]?> all = new(ids.Count);
        foreach (var some in ids.Chunk(Batch))
        {
            var answers = await _node.BatchAsync("getrawtransaction", [.. some.Select(id => (object[])[TxId.Show(id), false])], cancel);
            all.AddRange(answers.Select(answer => answer is { IsText: true } hex ? hex.Bytes() : null));
        }

        return all;
    }

    public async Task<ulong?> FeeRateAsync(CancellationToken cancel)
    {
        var (found, _) = await _node.TryCallAsync("estimatesmartfee", [2], cancel);
        if ((found?.Find("feerate") ?? found?.Find("fee")) is not { IsNumber: true } value || value.Number() <= 0) return null; // -1: no opinion
        var rate = value.Amount();
        return rate <= MaxRate ? rate : throw new HawserException(Reason.Refused, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the node at {Name} asks for {rate / 1000} satoshi a virtual byte, which cannot be right"), "ask another node");
    }

    public async Task<LedgerOutput?> OutputAsync(OutPoint at, CancellationToken cancel)
    {
        var answer = await _node.CallAsync("gettxout", [TxId.Show(at.Transaction), at.Index, true], cancel);
        return answer.IsObject ? new(answer["value"].Amount(), answer["scriptPubKey"]["hex"].Bytes()) : null;
    }

    public async Task SendAsync(byte[] transaction, CancellationToken cancel)
    {
        var (named, error) = await _node.TryCallAsync("sendrawtransaction", [Convert.ToHexStringLower(transaction)], cancel);
        if (error is { IsKnownAlready: true }) return;
        if (error is not null) throw new HawserException(Reason.Refused, $"the node refuses the transaction: {error.Message}", "see what its log says");
        if (!LedgerTransaction.TryRead(transaction, out var sent)) throw new ArgumentException("no transaction", nameof(transaction));
        if (named!.Value.Id() != sent.Id) throw new HawserException(Reason.Failed, $"the node at {Name} names another transaction than it was sent");

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
        if (found is { IsText: true }) return true;
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
            (funded, fee) = (made["hex"].Transaction(), made["fee"].Amount());
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
            if (created.Find("hex") is not { } hex)
                throw new HawserException(Reason.Refused, $"the wallet does not pay: {SaidBy(created) ?? error?.Message}", "has it coins?");
            (funded, fee) = (hex.Transaction(), created["fee"].Satoshis());
        }

        funded = funded with { Inputs = [.. funded.Inputs.Select(input => input with { Witness = [] })] };
        await CheckAsync(bare, funded, fee, cancel);
        return (funded, fee);
    }

    // A wallet that is wrong could give away more than it says.
    private async Task CheckAsync(LedgerTransaction bare, LedgerTransaction funded, ulong fee, CancellationToken cancel)
    {
        var have = 0ul;
        foreach (var input in funded.Inputs)
        {
            var spent = await OutputAsync(input.Spent, cancel)
                ?? throw new HawserException(Reason.Failed, $"the wallet spends {input.Spent}, which the node does not know", "are both of one node?");
            if (!SegwitAddress.IsWitnessProgram(spent.Script))
                throw new HawserException(Reason.Refused, "the wallet spends coins that are not segwit, whose signatures anybody can rewrite",
                    "give it an address of kind bech32 and move coins there, or let this node use coins of its own");
            have += spent.Value;
        }

        var isAsWished = funded.Inputs.Length is > 0 and <= Outpoints.Max && funded.Outputs.Length <= bare.Outputs.Length + 1
            && bare.Outputs.All(wished => funded.Outputs.Any(output => output.Value == wished.Value && output.Script.AsSpan().SequenceEqual(wished.Script)))
            && funded.Outputs.All(output => output.Value <= have);
        if (!isAsWished) throw new HawserException(Reason.Refused, "the wallet makes another transaction than it was asked for", "see what it is");
        var given = funded.Outputs.Aggregate(0ul, (sum, output) => sum + output.Value);
        if (given > have || have - given != fee)
            throw new HawserException(Reason.Refused, "the wallet says another fee than it takes", "see what it is");
    }

    public async Task<LedgerTransaction> SignAsync(LedgerTransaction transaction, CancellationToken cancel)
    {
        var hex = Convert.ToHexStringLower(transaction.Write());
        var (result, error) = await Wallet.TryCallAsync("signrawtransactionwithwallet", [hex], cancel);
        if (error is { Code: NoMethod }) result = await Wallet.PostAsync("wallet/primary/sign", new Dictionary<string, object> { ["tx"] = hex }, cancel); // bcoin's own way
        else if (error is not null) throw new HawserException(Reason.Refused, $"the wallet does not sign: {error.Message}", "is it locked?");
        var signed = result!.Value["hex"].Transaction();
        return signed.Inputs.All(input => input.Witness.Length > 0) && signed.Id == transaction.Id && IsWhole(signed)
            ? signed
            : throw new HawserException(Reason.Refused, "the wallet did not sign all that it spends", "is it locked, or for watching only?");
    }

    public void Dispose()
    {
        _node.Dispose();
        _wallet?.Dispose();
    }

    private static bool IsWhole(LedgerTransaction signed) => TransactionSpan.TryReadWhole(signed.Write(), out var span) && SpentWhole.IsWhole(span);

    private static string? SaidBy(RpcValue answer) => answer.Find("error")?.Find("message") is { IsText: true } message ? RpcValue.Clean(message.Text()) : null;

    private RpcClient Wallet => _wallet ?? throw new HawserException(Reason.Usage, "no wallet was named", "give its URL with --chain-wallet");
}
