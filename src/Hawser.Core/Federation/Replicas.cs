using Hawser.Tlog;

namespace Hawser.Federation;

/// <summary>
/// Everybody's logs as one admin holds them: what is certified as a tree, and beyond it my own tail and the branches
/// that others' heads name. A log that forks is held in each branch until a certificate chooses one.
/// </summary>
internal sealed class Replicas : IHeldLeaves
{
    private readonly Genesis _genesis;
    private readonly int _me;
    private readonly MerkleTree[] _trees; // certified; mine also what follows
    private readonly ulong[] _certified;
    private readonly List<byte[]> _tail = []; // my leaves that no certificate covers yet
    private readonly Dictionary<(int Member, LogHead Head), IReadOnlyList<byte[]>?> _branches = []; // null: over the caps

    public Replicas(Genesis genesis, int me)
    {
        (_genesis, _me) = (genesis, me);
        _trees = [.. genesis.Founders.All.Select(_ => new MerkleTree())];
        _certified = new ulong[_trees.Length];
    }

    public LogHead Own => new((ulong)_trees[_me].Size, _trees[_me].Root);

    /// <summary>Leaves of a log that certificates cover.</summary>
    public ulong Certified(int member) => _certified[member];

    /// <summary>The tree of my log, for proofs.</summary>
    public MerkleTree OwnTree => _trees[_me];

    /// <summary>The tree of a member's log.</summary>
    public IHashReader TreeOf(int member) => _trees[member];

    /// <summary>A leaf of mine has become durable.</summary>
    public void AppendOwn(byte[] leaf)
    {
        _trees[_me].Append(Merkle.LeafHash(leaf));
        _tail.Add(leaf);
    }

    /// <summary>Keeps the leaves between the certified ones and a head, if they hash to it.</summary>
    public bool Add(int member, in LogHead head, IReadOnlyList<byte[]> leaves)
    {
        var certified = _certified[member];
        if (head.Size < certified || head.Size - certified != (ulong)leaves.Count) return false;
        if (leaves.Sum(l => (long)l.Length) > _genesis.MaxBytes)
        {
            _branches[(member, head)] = null;
            return true;
        }

        var tree = _trees[member];
        var before = tree.Size;
        tree.Truncate((int)certified);
        foreach (var leaf in leaves) tree.Append(Merkle.LeafHash(leaf));
        var fits = tree.Root == head.Root;
        tree.Truncate((int)certified);
        if (member == _me)
            foreach (var leaf in _tail) tree.Append(Merkle.LeafHash(leaf));
        if (tree.Size != before) throw new InvalidOperationException("a tree that is not as it was");
        if (fits) _branches[(member, head)] = leaves;
        return fits;
    }

    public HoldState Check(int member, in LogHead certified, in LogHead head)
    {
        if (_branches.TryGetValue((member, head), out var leaves)) return leaves is null ? HoldState.Refused : HoldState.Held;
        return IsMine(member, head) ? HoldState.Held : HoldState.Missing;
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Leaves(int member, in LogHead certified, in LogHead head) =>
        [.. Between(member, head)!.Select(l => (ReadOnlyMemory<byte>)l)];

    /// <summary>For whoever asks: the leaves from what is certified to a head; null if they are not here.</summary>
    public IReadOnlyList<byte[]>? Between(int member, in LogHead head) =>
        _branches.TryGetValue((member, head), out var leaves) ? leaves
        : IsMine(member, head) ? _tail[..(int)(head.Size - _certified[member])]
        : null;

    /// <summary>A certificate has chosen: its leaves are part of the logs now, and no other branch is.</summary>
    public void Advance(IReadOnlyList<LogHead> vector)
    {
        for (var member = 0; member < vector.Count; member++)
        {
            var head = vector[member];
            if (head.Size == _certified[member]) continue;
            Advance(member, head, Between(member, head)!);
        }
    }

    private void Advance(int member, in LogHead head, IReadOnlyList<byte[]> leaves)
    {
        var mine = IsMine(member, head);
        if (!mine)
        {
            _trees[member].Truncate((int)_certified[member]);
            foreach (var leaf in leaves) _trees[member].Append(Merkle.LeafHash(leaf));
            if (member == _me) _tail.Clear(); // a store restored from a backup: what was certified is my log
        }
        else
        {
            _tail.RemoveRange(0, leaves.Count);
        }

        _certified[member] = head.Size;
        foreach (var key in _branches.Keys.Where(k => k.Member == member).ToArray()) _branches.Remove(key);
    }

    /// <summary>At the start: leaves that a certificate in the store covers.</summary>
    public void Restore(NewLeaves log, int member)
    {
        foreach (var leaf in log.Leaves) _trees[member].Append(Merkle.LeafHash(leaf.Span));
        _certified[member] = (ulong)_trees[member].Size;
    }

    /// <summary>Whether a log has come to this head by what was restored.</summary>
    public bool IsAt(int member, in LogHead head) => (ulong)_trees[member].Size == head.Size && _trees[member].Root == head.Root;

    private bool IsMine(int member, in LogHead head) =>
        member == _me && head.Size >= _certified[member] && head.Size <= (ulong)_trees[member].Size &&
        _trees[member].RootAt((long)head.Size) == head.Root;
}
