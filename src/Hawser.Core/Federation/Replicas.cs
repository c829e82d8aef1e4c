using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// Everybody's logs as one admin holds them: what is certified as a tree, and beyond it my own tail and the branches
/// that others' heads name. A log that forks is held in each branch until a certificate chooses one.
/// </summary>
internal sealed class Replicas(Genesis genesis) : IHeldLeaves
{
    private readonly Dictionary<RoutingId, Log> _logs = [];
    private readonly List<byte[]> _tail = []; // my leaves that no certificate covers yet
    private readonly Dictionary<(RoutingId Member, LogHead Head), IReadOnlyList<byte[]>?> _branches = []; // null: over the caps
    private RoutingId? _me;

    /// <summary>One log: the certified part; of mine also what follows.</summary>
    private sealed class Log
    {
        public MerkleTree Tree { get; } = new();
        public ulong Certified { get; set; }
    }

    /// <summary>Whose tail this is; null as long as I am no member.</summary>
    public RoutingId? Me => _me;

    public LogHead Own => _me is { } me ? new((ulong)LogOf(me).Tree.Size, LogOf(me).Tree.Root) : LogHead.Empty;

    /// <summary>Leaves of mine; 0 as long as I am no member.</summary>
    public ulong OwnSize => _me is { } me ? (ulong)LogOf(me).Tree.Size : 0;

    /// <summary>Leaves of a log that certificates cover.</summary>
    public ulong CertifiedSize(RoutingId member) => LogOf(member).Certified;

    public LogHead Certified(RoutingId member)
    {
        var log = LogOf(member);
        return new(log.Certified, log.Tree.RootAt((long)log.Certified));
    }

    /// <summary>The tree of a member's log.</summary>
    public MerkleTree TreeOf(RoutingId member) => LogOf(member).Tree;

    /// <summary>A leaf of mine has become durable.</summary>
    public void AppendOwn(byte[] leaf)
    {
        LogOf(_me ?? throw new InvalidOperationException("I have no log")).Tree.Append(Merkle.LeafHash(leaf));
        _tail.Add(leaf);
    }

    public void Write(RoutingId? me)
    {
        if (me == _me) return;
        if (_me is { } before) LogOf(before).Tree.Truncate((int)LogOf(before).Certified);
        _tail.Clear();
        _me = me;
    }

    /// <summary>Keeps the leaves between the certified ones and a head, if they hash to it.</summary>
    public bool Add(RoutingId member, in LogHead head, IReadOnlyList<byte[]> leaves)
    {
        var certified = LogOf(member).Certified;
        if (head.Size < certified || head.Size - certified != (ulong)leaves.Count) return false;
        if (leaves.Sum(l => (long)l.Length) > genesis.MaxBytes)
        {
            _branches[(member, head)] = null;
            return true;
        }

        var fits = On(member, leaves, static tree => tree.Root) == head.Root;
        if (fits) _branches[(member, head)] = leaves;
        return fits;
    }

    public HoldState Check(RoutingId member, in LogHead head)
    {
        if (_branches.TryGetValue((member, head), out var leaves)) return leaves is null ? HoldState.Refused : HoldState.Held;
        return IsMine(member, head) ? HoldState.Held : HoldState.Missing;
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Leaves(RoutingId member, in LogHead head) =>
        [.. Between(member, head)!.Select(l => (ReadOnlyMemory<byte>)l)];

    public Bytes32[] Prove(RoutingId member, in LogHead head, ulong index)
    {
        var size = (long)head.Size;
        return On(member, Between(member, head)!, tree =>
        {
            if (!tree.TryHash(0, (long)index, out var leaf)) throw new ArgumentOutOfRangeException(nameof(index));
            return (Bytes32[])[leaf, .. tree.ProveInclusion((long)index, size)];
        });
    }

    /// <summary>For whoever asks: the leaves from what is certified to a head; null if they are not here.</summary>
    public IReadOnlyList<byte[]>? Between(RoutingId member, in LogHead head) =>
        _branches.TryGetValue((member, head), out var leaves) ? leaves
        : IsMine(member, head) ? _tail[..(int)(head.Size - LogOf(member).Certified)]
        : null;

    /// <summary>A certificate has chosen: its leaves are part of the logs now, and no other branch is.</summary>
    public void Advance(Members members, IReadOnlyList<LogHead> vector)
    {
        for (var place = 0; place < vector.Count; place++)
        {
            var (member, head) = (members[place].Id, vector[place]);
            if (head.Size == LogOf(member).Certified) continue;
            Advance(member, head, Between(member, head)!);
        }
    }

    /// <summary>At the start: leaves that a certificate in the store covers.</summary>
    public void Restore(NewLeaves leaves)
    {
        var log = LogOf(leaves.Member);
        foreach (var leaf in leaves.Leaves) log.Tree.Append(Merkle.LeafHash(leaf.Span));
        log.Certified = (ulong)log.Tree.Size;
    }

    /// <summary>The same of one leaf, of which only the hash is known.</summary>
    public void Restore(RoutingId member, in Bytes32 leafHash)
    {
        var log = LogOf(member);
        log.Tree.Append(leafHash);
        log.Certified = (ulong)log.Tree.Size;
    }

    private void Advance(RoutingId member, in LogHead head, IReadOnlyList<byte[]> leaves)
    {
        var log = LogOf(member);
        if (!IsMine(member, head))
        {
            log.Tree.Truncate((int)log.Certified);
            foreach (var leaf in leaves) log.Tree.Append(Merkle.LeafHash(leaf));
            if (member == _me) _tail.Clear(); // a store restored from a backup: what was certified is my log
        }
        else
        {
            _tail.RemoveRange(0, leaves.Count);
        }

        log.Certified = head.Size;
        foreach (var key in _branches.Keys.Where(k => k.Member == member).ToArray()) _branches.Remove(key);
    }

    // Asks the tree of a branch, and leaves it as it was.
    private T On<T>(RoutingId member, IReadOnlyList<byte[]> leaves, Func<MerkleTree, T> ask)
    {
        var log = LogOf(member);
        var before = log.Tree.Size;
        log.Tree.Truncate((int)log.Certified);
        foreach (var leaf in leaves) log.Tree.Append(Merkle.LeafHash(leaf));
        var answer = ask(log.Tree);
        log.Tree.Truncate((int)log.Certified);
        if (member == _me)
            foreach (var leaf in _tail) log.Tree.Append(Merkle.LeafHash(leaf));
        return log.Tree.Size == before ? answer : throw new InvalidOperationException("a tree that is not as it was");
    }

    private bool IsMine(RoutingId member, in LogHead head)
    {
        if (member != _me) return false;
        var log = LogOf(member);
        return head.Size >= log.Certified && head.Size <= (ulong)log.Tree.Size && log.Tree.RootAt((long)head.Size) == head.Root;
    }

    private Log LogOf(RoutingId member)
    {
        if (!_logs.TryGetValue(member, out var log)) _logs.Add(member, log = new());
        return log;
    }
}
