using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Tlog;

/// <summary>Hashes of complete subtrees: all that roots and proofs are made of.</summary>
internal interface IHashReader
{
    /// <summary>The hash over the leaves from index·2^level on, 2^level of them; false if it is not at hand.</summary>
    bool TryHash(int level, long index, out Bytes32 hash);
}

/// <summary>The Merkle tree of RFC 6962: roots and proofs from the hashes of complete subtrees. Spec: tlog.md §4.</summary>
internal static class Merkle
{
    /// <summary>The root of no leaves: the hash of nothing.</summary>
    public static readonly Bytes32 EmptyRoot = Sha256.Hash(ReadOnlySpan<byte>.Empty);

    public static Bytes32 LeafHash(ReadOnlySpan<byte> entry)
    {
        var length = 1 + entry.Length;
        var bytes = length <= 1024 ? stackalloc byte[length] : new byte[length];
        bytes[0] = 0;
        entry.CopyTo(bytes[1..]);
        return Sha256.Hash(bytes);
    }

    public static Bytes32 NodeHash(in Bytes32 left, in Bytes32 right)
    {
        Span<byte> bytes = stackalloc byte[1 + 2 * Bytes32.Size];
        bytes[0] = 1;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[(1 + Bytes32.Size)..]);
        return Sha256.Hash(bytes);
    }

    public static bool TryRoot(IHashReader hashes, long size, out Bytes32 root) => TryHashOf(hashes, 0, size, out root);

    /// <summary>The path that shows leaf <paramref name="index"/> in the tree of this size, from the leaf upward.</summary>
    public static bool TryProveInclusion(IHashReader hashes, long index, long size, out Bytes32[] path)
    {
        path = [];
        if (index < 0 || index >= size) return false;
        var nodes = new List<Bytes32>();
        if (!Collect(0, size)) return false;
        path = [.. nodes];
        return true;

        bool Collect(long start, long end)
        {
            if (end - start == 1) return true;
            var middle = start + Split(end - start);
            var left = index < middle;
            if (!(left ? Collect(start, middle) : Collect(middle, end))) return false;
            if (!TryHashOf(hashes, left ? middle : start, left ? end : middle, out var sibling)) return false;
            nodes.Add(sibling);
            return true;
        }
    }

    /// <summary>The path that shows the tree of one size to be the beginning of a larger one.</summary>
    public static bool TryProveConsistency(IHashReader hashes, long from, long to, out Bytes32[] path)
    {
        path = [];
        if (from < 0 || from > to) return false;
        if (from == 0 || from == to) return true;
        var nodes = new List<Bytes32>();
        if (!Collect(0, to, whole: true)) return false;
        path = [.. nodes];
        return true;

        // `whole`: everything so far lies in the old tree, so its root is known to the verifier.
        bool Collect(long start, long end, bool whole)
        {
            if (end == from)
            {
                if (whole) return true;
                if (!TryHashOf(hashes, start, end, out var known)) return false;
                nodes.Add(known);
                return true;
            }

            var middle = start + Split(end - start);
            var left = from <= middle;
            if (!(left ? Collect(start, middle, whole) : Collect(middle, end, whole: false))) return false;
            if (!TryHashOf(hashes, left ? middle : start, left ? end : middle, out var sibling)) return false;
            nodes.Add(sibling);
            return true;
        }
    }

    /// <summary>The root that a path leads to; false if the path has the wrong length.</summary>
    public static bool TryFollow(
        in Bytes32 leafHash, long index, long size, ReadOnlySpan<Bytes32> path, out Bytes32 root)
    {
        root = leafHash;
        if (index < 0 || index >= size) return false;
        var (node, last) = (index, size - 1);
        foreach (var sibling in path)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                root = NodeHash(sibling, root);
                while ((node & 1) == 0) (node, last) = (node >> 1, last >> 1); // the lone right edge has no sibling here
            }
            else
            {
                root = NodeHash(root, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0;
    }

    public static bool VerifyInclusion(
        in Bytes32 leafHash, long index, long size, ReadOnlySpan<Bytes32> path, in Bytes32 root) =>
        TryFollow(leafHash, index, size, path, out var reached) && reached == root;

    public static bool VerifyConsistency(
        long from, in Bytes32 fromRoot, long to, in Bytes32 toRoot, ReadOnlySpan<Bytes32> path)
    {
        if (from < 0 || from > to) return false;
        if (from == to) return path.IsEmpty && fromRoot == toRoot;
        if (from == 0) return path.IsEmpty && fromRoot == EmptyRoot;

        var (node, last) = (from - 1, to - 1);
        while ((node & 1) == 1) (node, last) = (node >> 1, last >> 1);
        if (node != 0 && path.IsEmpty) return false;
        var (old, now) = node == 0 ? (fromRoot, fromRoot) : (path[0], path[0]);
        foreach (var sibling in node == 0 ? path : path[1..])
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                (old, now) = (NodeHash(sibling, old), NodeHash(sibling, now));
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                now = NodeHash(now, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && old == fromRoot && now == toRoot;
    }

    /// <summary>The hash over leaves start to end; start is where a subtree of that size may begin.</summary>
    private static bool TryHashOf(IHashReader hashes, long start, long end, out Bytes32 hash)
    {
        var count = end - start;
        if (count == 0) { hash = EmptyRoot; return true; }
        var level = 63 - (int)long.LeadingZeroCount(count);
        if (count == 1L << level) return hashes.TryHash(level, start >> level, out hash);
        var middle = start + Split(count);
        if (!TryHashOf(hashes, start, middle, out var left) || !TryHashOf(hashes, middle, end, out var right))
        {
            hash = default;
            return false;
        }

        hash = NodeHash(left, right);
        return true;
    }

    /// <summary>The largest power of two below the count.</summary>
    private static long Split(long count) => 1L << (63 - (int)long.LeadingZeroCount(count - 1));
}
