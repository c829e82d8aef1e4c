using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>A coin of ours.</summary>
/// <param name="At">The output that it is.</param>
/// <param name="Value">In satoshi.</param>
/// <param name="Key">Number of the key that spends it.</param>
/// <param name="Height">Of its block; null while it is unconfirmed.</param>
internal sealed record Coin(OutPoint At, ulong Value, int Key, int? Height);

/// <summary>
/// Coins behind keys of our own, found by looking at every output, and transactions that spend them: inputs of kind
/// P2WPKH, signed with SIGHASH_ALL, change to a key that was never used. Spec: chain.md §5.6.
/// </summary>
internal sealed class OwnCoins
{
    public const int Ahead = 20; // chain.md §6: keys that are looked for beyond the last one used
    public const ulong Dust = 294; // satoshi: less is no output of this kind
    private const uint Final = 0xFFFFFFFE;

    private readonly Bytes32 _seed;
    private readonly Dictionary<Bytes20, int> _numbers = [];
    private readonly List<LedgerKeyPair> _keys = [];
    private readonly Dictionary<OutPoint, Coin> _coins = [];
    private readonly HashSet<OutPoint> _held = [];
    private readonly HashSet<OutPoint> _doubted = [];

    /// <param name="seed">32 random bytes: all keys come of it.</param>
    /// <param name="next">How many keys are used already.</param>
    /// <param name="coins">As they were stored.</param>
    public OwnCoins(in Bytes32 seed, int next, IEnumerable<Coin> coins)
    {
        _seed = seed;
        Next = next;
        Grow();
        foreach (var coin in coins) _coins[coin.At] = coin;
    }

    /// <summary>The first key that was not used yet.</summary>
    public int Next { get; private set; }

    /// <summary>Whether there is anything that was not stored.</summary>
    public bool IsChanged { get; set; }

    public IReadOnlyCollection<Coin> All => _coins.Values;

    public LedgerPublicKey KeyToPay => _keys[Next].Public;

    /// <summary>Looks at an output that is somebody's.</summary>
    public void See(in Bytes32 transaction, int index, ulong value, ReadOnlySpan<byte> script, int? height)
    {
        if (!SegwitAddress.TryReadScript(script, out var hash) || !_numbers.TryGetValue(hash, out var number)) return;
        var at = new OutPoint(transaction, (uint)index);
        var coin = new Coin(at, value, number, height);
        if (_coins.TryGetValue(at, out var known) && known == coin) return;
        _coins[at] = coin;
        (Next, IsChanged) = (Math.Max(Next, number + 1), true);
        Grow();
    }

    /// <summary>Cheap: whether an output needs <see cref="See"/>.</summary>
    public bool IsMine(ReadOnlySpan<byte> script) => SegwitAddress.TryReadScript(script, out var hash) && _numbers.ContainsKey(hash);

    /// <summary>Looks at an input.</summary>
    public void Spent(in OutPoint at)
    {
        if (_coins.Count > 0 && _coins.Remove(at)) IsChanged = true;
        _held.Remove(at);
    }

    /// <summary>
    /// A node does not know this coin. One that never was in a block is gone, as its transaction was replaced; another one is left
    /// out only until <see cref="Trust"/>, as the node may be wrong.
    /// </summary>
    public void Doubt(in OutPoint at)
    {
        if (_coins.TryGetValue(at, out var coin) && coin.Height is null) Spent(at);
        else _doubted.Add(at);
    }

    /// <summary>How many coins are left out just now.</summary>
    public int Doubted => _doubted.Count;

    /// <summary>Each coin may be asked for again.</summary>
    public void Trust() => _doubted.Clear();

    /// <summary>A coin that may be spent after all.</summary>
    public void Release(in OutPoint at) => _held.Remove(at);

    /// <summary>Blocks down to this height are no longer there.</summary>
    public void Disconnect(int height)
    {
        foreach (var coin in _coins.Values.Where(coin => coin.Height >= height).ToArray())
        {
            _coins[coin.At] = coin with { Height = null };
            IsChanged = true;
        }
    }

    /// <summary>
    /// Chooses coins, and makes the transaction without its message: the script is zeros, of the size that is wanted.
    /// The coins are held until it is seen, or released.
    /// </summary>
    /// <param name="scriptSize">Of the output that will carry the message.</param>
    /// <param name="more">Another output, if one is wanted.</param>
    /// <param name="rate">Satoshi for 1,000 virtual bytes.</param>
    /// <returns>Null if there is not enough.</returns>
    public Spending? Choose(int scriptSize, LedgerOutput? more, ulong rate)
    {
        // The smallest coin that does, else as few as possible: each further one costs, and links what it came from.
        var free = _coins.Values.Where(coin => !_held.Contains(coin.At) && !_doubted.Contains(coin.At)).OrderBy(coin => coin.Height is null).ThenBy(coin => coin.Value).ToList();
        foreach (var coin in free)
            if (TryMake([coin], scriptSize, more, rate) is { } made) return Hold(made);
        List<Coin> several = [];
        foreach (var coin in Enumerable.Reverse(free))
        {
            several.Add(coin);
            if (several.Count > Outpoints.Max) break;
            if (TryMake(several, scriptSize, more, rate) is { } made) return Hold(made);
        }

        return null;
    }

    /// <summary>Puts the message in, and signs.</summary>
    public LedgerTransaction Sign(Spending spending, byte[] script)
    {
        var outputs = spending.Transaction.Outputs.ToArray();
        if (outputs[0].Script.Length != script.Length) throw new ArgumentException("the fee was for another size", nameof(script));
        outputs[0] = outputs[0] with { Script = script };
        var transaction = spending.Transaction with { Outputs = outputs };
        var inputs = transaction.Inputs.ToArray();
        for (var i = 0; i < inputs.Length; i++)
        {
            var coin = spending.Coins.Single(coin => coin.At == inputs[i].Spent);
            var key = _keys[coin.Key];
            inputs[i] = inputs[i] with
            {
                Witness = [[.. key.SignDer(transaction.SignatureHash(i, key.Public.Hash, coin.Value)), SpentWhole.All], key.Public.Bytes.ToArray()],
            };
        }

        return transaction with { Inputs = inputs };
    }

    private Spending Hold(Spending spending)
    {
        foreach (var coin in spending.Coins) _held.Add(coin.At);
        return spending;
    }

    private Spending? TryMake(List<Coin> coins, int scriptSize, LedgerOutput? more, ulong rate)
    {
        var have = coins.Aggregate(0ul, (sum, coin) => sum + coin.Value);
        List<LedgerOutput> outputs = [new(0, new byte[scriptSize])];
        if (more is not null) outputs.Add(more);
        var spent = more?.Value ?? 0;
        var bare = FeeFor(coins, outputs, rate);
        if (have < spent + bare) return null;
        List<LedgerOutput> withChange = [.. outputs, new(0, SegwitAddress.ScriptOf(KeyToPay.Hash))];
        var fee = FeeFor(coins, withChange, rate);
        if (have >= spent + fee + Dust)
        {
            withChange[^1] = withChange[^1] with { Value = have - spent - fee };
            return new(Make(coins, withChange), [.. coins], fee);
        }

        return new(Make(coins, outputs), [.. coins], have - spent);
    }

    private static ulong FeeFor(List<Coin> coins, List<LedgerOutput> outputs, ulong rate)
    {
        var size = (ulong)Make(coins, outputs, new byte[LedgerKeyPair.MaxDerSize + 1]).VirtualSize;
        return (size * rate + 999) / 1000;
    }

    private static LedgerTransaction Make(List<Coin> coins, List<LedgerOutput> outputs, byte[]? signature = null) => new()
    {
        Inputs = [.. coins.Select(coin => new LedgerInput(coin.At, [], Final, signature is null ? [] : [signature, new byte[LedgerPublicKey.Size]]))],
        Outputs = [.. outputs],
    };

    private void Grow()
    {
        while (_keys.Count < Next + Ahead)
        {
            var secret = default(Bytes32);
            var number = _keys.Count;
            for (var turn = 0; secret.IsZero || !LedgerKeyPair.IsSecret(secret); turn++)
                Sha256.Hkdf(_seed, [], System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"hawser/chain-coin/1 {number} {turn}")), secret);
            _keys.Add(new(secret));
            _numbers[_keys[^1].Public.Hash] = number;
        }
    }
}

/// <summary>A transaction that is not signed yet.</summary>
/// <param name="Transaction">Its first output will carry the message.</param>
/// <param name="Coins">What it spends, in its order.</param>
/// <param name="Fee">In satoshi.</param>
internal sealed record Spending(LedgerTransaction Transaction, Coin[] Coins, ulong Fee);
