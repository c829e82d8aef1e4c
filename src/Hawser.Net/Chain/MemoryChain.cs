using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Net.Chain;

/// <summary>
/// A ledger in memory, for tests: transactions wait, come into blocks, are replaced, evicted, and thrown back by a
/// longer branch. It checks that inputs are there and unspent, and no scripts.
/// </summary>
internal sealed class MemoryChain : IChain
{
    private readonly Lock _gate = new();
    private readonly List<Block> _blocks = [];
    private readonly List<LedgerTransaction> _waiting = [];
    private readonly Dictionary<OutPoint, LedgerOutput> _unspent = [];
    private uint _made;

    public MemoryChain() => Mine();

    public string Name => "memory";

    public LedgerNetwork Network { get; init; } = LedgerNetwork.Regtest;

    public ulong? Rate { get; set; } = 1_000;

    /// <summary>What was handed to it, refused or not.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>Set: nothing is answered.</summary>
    public bool IsDown { get; set; }

    /// <summary>Set: what waits is not shown, as if news had not come yet.</summary>
    public bool IsPoolHidden { get; set; }

    /// <summary>Hashes of the blocks that were asked for, in their order.</summary>
    public List<Bytes32> Asked { get; } = [];

    public int Height => _blocks.Count - 1;

    public IReadOnlyList<LedgerTransaction> Waiting => [.. _waiting];

    public Task<ChainView> ViewAsync(CancellationToken cancel) => Answer(() => new ChainView(Network, Height, _blocks[^1].Hash));

    public Task<Bytes32> HashAsync(int height, CancellationToken cancel) => Answer(() => _blocks[height].Hash);

    public Task<byte[]> BlockAsync(Bytes32 hash, CancellationToken cancel) => Answer(() =>
    {
        Asked.Add(hash);
        return _blocks.Single(block => block.Hash == hash).Bytes;
    });

    public Task<IReadOnlyList<Bytes32>> WaitingAsync(CancellationToken cancel) => Answer<IReadOnlyList<Bytes32>>(() => IsPoolHidden ? [] : [.. _waiting.Select(t => t.Id)]);

    public Task<IReadOnlyList<byte[]?>> TransactionsAsync(IReadOnlyList<Bytes32> ids, CancellationToken cancel) =>
        Answer<IReadOnlyList<byte[]?>>(() => [.. ids.Select(id => _waiting.Find(t => t.Id == id)?.Write())]);

    public Task<ulong?> FeeRateAsync(CancellationToken cancel) => Answer(() => Rate);

    public Task<LedgerOutput?> OutputAsync(OutPoint at, CancellationToken cancel) => Answer(() =>
    {
        if (_waiting.Any(t => t.Inputs.Any(input => input.Spent == at))) return null;
        return _unspent.GetValueOrDefault(at) ?? (_waiting.Find(t => t.Id == at.Transaction) is { } parent && at.Index < parent.Outputs.Length ? parent.Outputs[at.Index] : null);
    });

    public Task SendAsync(byte[] transaction, CancellationToken cancel) => Answer(() =>
    {
        Sent.Add(transaction);
        if (!LedgerTransaction.TryRead(transaction, out var read)) throw new HawserException(Reason.Refused, "the node says: no transaction");
        var id = read.Id;
        if (_waiting.Any(t => t.Id == id) || _blocks.Any(block => block.Transactions.Any(t => t.Id == id))) return true;
        if (read.Inputs.Any(input => !IsThere(input.Spent) || IsSpent(input.Spent))) throw new HawserException(Reason.Refused, "the node says: bad-txns-inputs-missingorspent");
        _waiting.Add(read);
        return true;
    });

    /// <summary>A confirmed coin for a script, out of nowhere.</summary>
    public OutPoint Fund(byte[] script, ulong value)
    {
        lock (_gate)
        {
            var made = Coinbase(new LedgerOutput(value, script));
            Seal([made]);
            return new(made.Id, 0);
        }
    }

    /// <summary>Puts what waits into a block.</summary>
    public void Mine(int blocks = 1)
    {
        lock (_gate)
        {
            for (var i = 0; i < blocks; i++)
            {
                Seal([Coinbase(new LedgerOutput(50, [0x51])), .. _waiting]);
                _waiting.Clear();
            }
        }
    }

    /// <summary>Throws the last blocks away; what they held waits again. One more empty block than before takes their place.</summary>
    public void Reorganise(int depth)
    {
        lock (_gate)
        {
            for (var i = 0; i < depth; i++)
            {
                var gone = _blocks[^1];
                _blocks.RemoveAt(_blocks.Count - 1);
                _waiting.InsertRange(0, gone.Transactions.Skip(1));
            }

            Recount();
            for (var i = 0; i <= depth; i++) Seal([Coinbase(new LedgerOutput(50, [0x52]))]);
        }
    }

    /// <summary>Takes a waiting transaction's place: they spend the same.</summary>
    public void Replace(LedgerTransaction with)
    {
        lock (_gate)
        {
            _waiting.RemoveAll(t => t.Inputs.Any(input => with.Inputs.Any(other => other.Spent == input.Spent)));
            _waiting.Add(with);
        }
    }

    /// <summary>Forgets all that waits, as a full pool does.</summary>
    public void Evict()
    {
        lock (_gate) _waiting.Clear();
    }

    public void Dispose()
    {
    }

    private Task<T> Answer<T>(Func<T> answer)
    {
        lock (_gate)
        {
            if (IsDown) return Task.FromException<T>(new HawserException(Reason.Unreachable, "the node does not answer"));
            try
            {
                return Task.FromResult(answer());
            }
            catch (HawserException e)
            {
                return Task.FromException<T>(e);
            }
        }
    }

    private bool IsThere(OutPoint at) => _unspent.ContainsKey(at) || _waiting.Any(t => t.Id == at.Transaction && at.Index < t.Outputs.Length);

    private bool IsSpent(OutPoint at) => _waiting.Any(t => t.Inputs.Any(input => input.Spent == at));

    private LedgerTransaction Coinbase(LedgerOutput output) => new()
    {
        Inputs = [new(new(default, uint.MaxValue), BitConverter.GetBytes(++_made), uint.MaxValue, [])],
        Outputs = [output],
    };

    private void Seal(IReadOnlyList<LedgerTransaction> transactions)
    {
        var header = new byte[80];
        BitConverter.TryWriteBytes(header, ++_made);
        if (_blocks.Count > 0) _blocks[^1].Hash.CopyTo(header.AsSpan(4));
        byte[] bytes = [.. header, .. Count(transactions.Count), .. transactions.SelectMany(t => t.Write())];
        _blocks.Add(new(LedgerHash.Twice(header), bytes, transactions));
        foreach (var transaction in transactions) Apply(transaction);
    }

    private void Apply(LedgerTransaction transaction)
    {
        foreach (var input in transaction.Inputs) _unspent.Remove(input.Spent);
        for (var i = 0; i < transaction.Outputs.Length; i++) _unspent[new(transaction.Id, (uint)i)] = transaction.Outputs[i];
    }

    private void Recount()
    {
        _unspent.Clear();
        foreach (var transaction in _blocks.SelectMany(block => block.Transactions)) Apply(transaction);
    }

    private static byte[] Count(int count) => count < 0xFD ? [(byte)count] : [0xFD, (byte)(count & 0xFF), (byte)(count >> 8)];

    private sealed record Block(Bytes32 Hash, byte[] Bytes, IReadOnlyList<LedgerTransaction> Transactions);
}
