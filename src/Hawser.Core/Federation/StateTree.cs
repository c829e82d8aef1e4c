using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// Every title, in a tree of its own for each timestamp, and these in one tree by tick. The IDs of a timestamp are born
/// together, so nothing needs a sparse map. Spec: registry.md §4.
/// </summary>
internal sealed class StateTree
{
    private readonly List<RoutingTick> _ticks = [];
    private readonly List<Timestamp> _timestamps = [];
    private readonly MerkleTree _top = new();
    private readonly HashSet<RoutingTick> _stale = []; // timestamps whose leaf at the top is not that of their tree

    /// <summary>The titles of one timestamp, by slot.</summary>
    private sealed class Timestamp
    {
        public List<Title> Titles { get; } = [];
        public MerkleTree Tree { get; } = new();
    }

    public Bytes32 Root
    {
        get
        {
            Freshen();
            return RootOf((uint)_ticks.Count, _top.Root);
        }
    }

    public long Count => _timestamps.Sum(timestamp => (long)timestamp.Titles.Count);

    public IEnumerable<Title> All => _timestamps.SelectMany(timestamp => timestamp.Titles);

    public static Bytes32 RootOf(uint timestamps, in Bytes32 topRoot)
    {
        var count = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(count, timestamps);
        return Sha256.Hash([.. "hawser/state/1\n"u8, .. count, .. topRoot.ToArray()]);
    }

    /// <summary>The leaf of a title: slot and hash.</summary>
    public static Bytes32 LeafHash(RoutingId id, in Bytes32 titleHash) =>
        Merkle.LeafHash([.. id.ToArray().AsSpan(RoutingTick.TextLength), .. titleHash.ToArray()]);

    /// <summary>The leaf of a timestamp at the top.</summary>
    public static Bytes32 TopLeafHash(RoutingTick timestamp, uint count, in Bytes32 root)
    {
        Span<byte> leaf = stackalloc byte[RoutingTick.TextLength + 4 + Bytes32.Size];
        var writer = new SpanWriter(leaf);
        timestamp.CopyTo(writer.Take(RoutingTick.TextLength));
        writer.WriteU32(count);
        writer.Write(root);
        return Merkle.LeafHash(leaf);
    }

    public bool TryFind(RoutingId id, [NotNullWhen(true)] out Title? title)
    {
        title = null;
        var at = _ticks.BinarySearch(id.Timestamp);
        if (at < 0) return false;
        var index = Search(_timestamps[at].Titles, id);
        if (index >= 0) title = _timestamps[at].Titles[index];
        return index >= 0;
    }

    /// <summary>Puts a title in, or in place of the one that its ID has.</summary>
    public void Set(Title title)
    {
        var tick = title.Id.Timestamp;
        var at = _ticks.BinarySearch(tick);
        if (at < 0)
        {
            at = ~at;
            _ticks.Insert(at, tick);
            _timestamps.Insert(at, new());
            _top.Insert(at, default);
        }

        var timestamp = _timestamps[at];
        var index = Search(timestamp.Titles, title.Id);
        var leaf = LeafHash(title.Id, title.Hash);
        if (index >= 0)
        {
            timestamp.Titles[index] = title;
            timestamp.Tree.Set(index, leaf);
        }
        else
        {
            timestamp.Titles.Insert(~index, title);
            timestamp.Tree.Insert(~index, leaf);
        }

        _stale.Add(tick);
    }

    /// <summary>What shows the title of an ID, or that there is none.</summary>
    public StatePath Prove(RoutingId id)
    {
        Freshen();
        var at = _ticks.BinarySearch(id.Timestamp);
        if (at < 0)
        {
            var (before, after) = (~at - 1, ~at);
            return new StatePath.NoTimestamp((uint)_ticks.Count, TopStep(before), TopStep(after));
        }

        var titles = _timestamps[at].Titles;
        var index = Search(titles, id);
        var top = TopStep(at)!;
        if (index >= 0) return new StatePath.Held(titles[index], Step(at, index)!.Path, top);
        return new StatePath.NoTitle(Step(at, ~index - 1), Step(at, ~index), top);
    }

    // A height changes many titles, and only its end wants the root.
    private void Freshen()
    {
        foreach (var tick in _stale)
        {
            var at = _ticks.BinarySearch(tick);
            var timestamp = _timestamps[at];
            _top.Set(at, TopLeafHash(tick, (uint)timestamp.Titles.Count, timestamp.Tree.Root));
            timestamp.Titles.TrimExcess();
        }

        _stale.Clear();
    }

    private TimestampStep? TopStep(int at)
    {
        if (at < 0 || at >= _ticks.Count) return null;
        var timestamp = _timestamps[at];
        var path = new TreePath((uint)at, (uint)_ticks.Count, _top.ProveInclusion(at, _top.Size));
        return new(_ticks[at], (uint)timestamp.Titles.Count, timestamp.Tree.Root, path);
    }

    private TitleStep? Step(int at, int index)
    {
        var timestamp = _timestamps[at];
        if (index < 0 || index >= timestamp.Titles.Count) return null;
        var path = timestamp.Tree.ProveInclusion(index, timestamp.Titles.Count);
        var title = timestamp.Titles[index];
        return new(title.Id, title.Hash, new((uint)index, (uint)timestamp.Titles.Count, path));
    }

    private static int Search(List<Title> titles, RoutingId id)
    {
        var (low, high) = (0, titles.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = titles[middle].Id.CompareTo(id);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
