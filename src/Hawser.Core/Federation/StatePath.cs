using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Where a leaf stands in a tree, and its path up.</summary>
internal sealed record TreePath(uint Index, uint Count, Bytes32[] Path)
{
    public const int MaxPath = 32;

    public bool TryFollow(in Bytes32 leafHash, out Bytes32 root) =>
        Merkle.TryFollow(leafHash, Index, Count, Path, out root);

    public void Write(ref SpanWriter writer)
    {
        writer.WriteU32(Index);
        writer.WriteU32(Count);
        foreach (var node in Path) writer.Write(node);
    }

    /// <summary>The length of the path follows from index and count.</summary>
    public static bool TryRead(ref SpanReader reader, out TreePath path)
    {
        path = null!;
        if (!reader.TryReadU32(out var index) || !reader.TryReadU32(out var count) || index >= count) return false;
        var nodes = new Bytes32[LengthOf(index, count)];
        foreach (ref var node in nodes.AsSpan())
            if (!reader.TryReadBytes32(out node)) return false;
        path = new(index, count, nodes);
        return true;
    }

    private static int LengthOf(uint index, uint count)
    {
        var length = 0;
        for (var (node, last) = (index, count - 1); last > 0; (node, last) = (node >> 1, last >> 1))
            if ((node & 1) == 1 || node < last) length++; // the lone right edge has no sibling
        return length;
    }
}

/// <summary>A leaf of a timestamp's tree without its title.</summary>
internal sealed record TitleStep(RoutingId Id, Bytes32 TitleHash, TreePath Path)
{
    public bool TryFollow(out Bytes32 root) => Path.TryFollow(StateTree.LeafHash(Id, TitleHash), out root);
}

/// <summary>A leaf of the top tree.</summary>
internal sealed record TimestampStep(RoutingTick Timestamp, uint Count, Bytes32 Root, TreePath Path)
{
    public bool TryFollow(out Bytes32 root) => Path.TryFollow(StateTree.TopLeafHash(Timestamp, Count, Root), out root);
}

/// <summary>What shows an ID's title under a state root, or shows that it has none. Spec: registry.md §4.</summary>
internal abstract record StatePath
{
    private StatePath() { }

    /// <summary>The state root that this leads to, if it is sound and about this ID.</summary>
    public abstract bool TryFollow(RoutingId id, out Bytes32 stateRoot);

    /// <summary>The title, and its path through its timestamp's tree.</summary>
    internal sealed record Held(Title Title, TreePath Path, TimestampStep Top) : StatePath
    {
        public override bool TryFollow(RoutingId id, out Bytes32 stateRoot)
        {
            stateRoot = default;
            return Title.Id == id && Top.Timestamp == id.Timestamp && Path.Count == Top.Count
                && Path.TryFollow(StateTree.LeafHash(id, Title.Hash), out var root) && root == Top.Root
                && TryTop(Top, out stateRoot);
        }
    }

    /// <summary>The neighbours between which the ID would stand; null where there is none.</summary>
    internal sealed record NoTitle(TitleStep? Before, TitleStep? After, TimestampStep Top) : StatePath
    {
        public override bool TryFollow(RoutingId id, out Bytes32 stateRoot)
        {
            stateRoot = default;
            if (Top.Timestamp != id.Timestamp || !AreNeighbours(Before?.Path, After?.Path, Top.Count)) return false;
            foreach (var step in (ReadOnlySpan<TitleStep?>)[Before, After])
            {
                if (step is null) continue;
                if (step.Id.Timestamp != id.Timestamp || !step.TryFollow(out var root) || root != Top.Root) return false;
            }

            return (Before is null || Before.Id < id) && (After is null || After.Id > id) && TryTop(Top, out stateRoot);
        }
    }

    /// <summary>The timestamps between which the ID's own would stand.</summary>
    internal sealed record NoTimestamp(uint Count, TimestampStep? Before, TimestampStep? After) : StatePath
    {
        public override bool TryFollow(RoutingId id, out Bytes32 stateRoot)
        {
            stateRoot = StateTree.RootOf(0, Merkle.EmptyRoot);
            if (Count == 0) return Before is null && After is null;
            if (!AreNeighbours(Before?.Path, After?.Path, Count)) return false;
            if (Before is not null && (Before.Timestamp >= id.Timestamp || !TryTop(Before, out stateRoot))) return false;
            if (After is null) return true;
            var ofBefore = stateRoot;
            return After.Timestamp > id.Timestamp && TryTop(After, out stateRoot)
                && (Before is null || ofBefore == stateRoot);
        }
    }

    private static bool TryTop(TimestampStep step, out Bytes32 stateRoot)
    {
        var sound = step.TryFollow(out var root);
        stateRoot = StateTree.RootOf(step.Path.Count, root);
        return sound;
    }

    /// <summary>Side by side, or one of them at the edge, in a tree of this size.</summary>
    private static bool AreNeighbours(TreePath? before, TreePath? after, uint count) => (before, after) switch
    {
        (null, null) => false,
        (null, not null) => after.Index == 0 && after.Count == count,
        (not null, null) => before.Index == count - 1 && before.Count == count,
        (not null, not null) => after.Index - 1L == before.Index && before.Count == count && after.Count == count,
    };
}
