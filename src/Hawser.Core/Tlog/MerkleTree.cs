using Hawser.Wire;

namespace Hawser.Tlog;

/// <summary>A tree in memory: per level the hashes of its complete subtrees. A change costs one path.</summary>
internal sealed class MerkleTree : IHashReader
{
    private const int Fresh = int.MaxValue;

    private readonly List<List<Bytes32>> _levels = [[]];
    private int _staleFrom = Fresh; // leaves were put in before their turn from here on; hashes above wait for who asks

    public long Size => _levels[0].Count;

    public Bytes32 Root => RootAt(Size);

    /// <summary>The root when the tree had this size.</summary>
    public Bytes32 RootAt(long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        return Merkle.TryRoot(this, size, out var root) ? root : throw new InvalidOperationException("a hash is missing");
    }

    public Bytes32[] ProveInclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        return Merkle.TryProveInclusion(this, index, size, out var path)
            ? path
            : throw new ArgumentOutOfRangeException(nameof(index));
    }

    public Bytes32[] ProveConsistency(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, Size);
        return Merkle.TryProveConsistency(this, from, to, out var path)
            ? path
            : throw new ArgumentOutOfRangeException(nameof(from));
    }

    public bool TryHash(int level, long index, out Bytes32 hash)
    {
        hash = default;
        Freshen();
        if (level >= _levels.Count || index < 0 || index >= _levels[level].Count) return false;
        hash = _levels[level][(int)index];
        return true;
    }

    public void Append(in Bytes32 leafHash)
    {
        Freshen();
        _levels[0].Add(leafHash);
        Rebuild(_levels[0].Count - 1, onlyThis: false);
    }

    public void Set(int index, in Bytes32 leafHash)
    {
        _levels[0][index] = leafHash;
        if (_staleFrom == Fresh) Rebuild(index, onlyThis: true);
        else _staleFrom = Math.Min(_staleFrom, index);
    }

    /// <summary>Moves what follows. Many insertions together cost one pass: it is made when somebody asks for a hash.</summary>
    public void Insert(int index, in Bytes32 leafHash)
    {
        _levels[0].Insert(index, leafHash);
        _staleFrom = Math.Min(_staleFrom, index);
    }

    /// <summary>Forgets the leaves from this size on.</summary>
    public void Truncate(int size)
    {
        Freshen();
        for (var level = 0; level < _levels.Count; level++)
        {
            var keep = size >> level;
            if (keep < _levels[level].Count) _levels[level].RemoveRange(keep, _levels[level].Count - keep);
        }
    }

    private void Freshen()
    {
        if (_staleFrom == Fresh) return;
        var from = _staleFrom;
        _staleFrom = Fresh;
        Rebuild(from, onlyThis: false);
        foreach (var level in _levels) level.TrimExcess();
    }

    private void Rebuild(int from, bool onlyThis)
    {
        for (var level = 0; _levels[level].Count > 1; level++)
        {
            if (level + 1 == _levels.Count) _levels.Add([]);
            var (below, above) = (_levels[level], _levels[level + 1]);
            from >>= 1;
            var end = below.Count / 2;
            for (var i = from; i < end && (!onlyThis || i == from); i++)
            {
                var node = Merkle.NodeHash(below[2 * i], below[2 * i + 1]);
                if (i < above.Count) above[i] = node;
                else above.Add(node);
            }
        }
    }
}
