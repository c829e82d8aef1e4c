using System.Globalization;
using Hawser.Wire;

namespace Hawser.Tlog;

/// <summary>
/// The address of a tile: up to 256 hashes of one level of a log, as C2SP tlog-tiles has them. Level −1 stands for
/// the entries themselves. Spec: tlog.md §4.
/// </summary>
internal readonly record struct Tile(int Level, long Index, int Width)
{
    public const int Height = 8;
    public const int FullWidth = 1 << Height;
    public const int Entries = -1;
    private const int MaxLevel = 5;

    public bool IsFull => Width == FullWidth;

    /// <summary>The tile, as wide as it is in a log of this size, that holds the hash of a complete subtree.</summary>
    public static Tile Holding(int level, long index, long logSize, out int levelInTile, out int indexInTile)
    {
        var tileLevel = level / Height;
        levelInTile = level % Height;
        var first = index << levelInTile;
        indexInTile = (int)(index & ((FullWidth >> levelInTile) - 1));
        return At(tileLevel, first >> Height, logSize);
    }

    /// <summary>The tile as wide as it is in a log of this size; width 0 if it is not there.</summary>
    public static Tile At(int level, long index, long logSize)
    {
        var hashes = logSize >> (Height * Math.Max(level, 0));
        return new(level, index, (int)Math.Clamp(hashes - index * FullWidth, 0, FullWidth));
    }

    /// <summary>Every tile that a log has at a size and did not have, or had narrower, at an earlier one.</summary>
    public static IEnumerable<Tile> Added(long before, long after)
    {
        for (var level = Entries; level <= MaxLevel; level++)
        {
            var shift = Height * Math.Max(level, 0);
            var (from, to) = (before >> shift, after >> shift);
            if (from == to) continue;
            for (var index = from / FullWidth; index * FullWidth < to; index++) yield return At(level, index, after);
        }
    }

    /// <summary>For example <c>tile/0/x001/067.p/12</c>.</summary>
    public override string ToString()
    {
        var digits = (Index % 1000).ToString("d3", CultureInfo.InvariantCulture);
        for (var rest = Index / 1000; rest > 0; rest /= 1000)
            digits = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:d3}/{digits}");
        var level = Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
        var width = IsFull ? "" : string.Create(CultureInfo.InvariantCulture, $".p/{Width}");
        return $"tile/{level}/{digits}{width}";
    }

    /// <summary>Reads the one path that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string path, out Tile tile)
    {
        tile = default;
        if (path.Length > 64) return false;
        var parts = path.Split('/');
        if (parts.Length < 3 || parts[0] != "tile") return false;
        var level = parts[1] == "entries" ? Entries : parts[1].Length == 1 ? parts[1][0] - '0' : -2;
        if (level is < Entries or > MaxLevel) return false;

        var width = FullWidth;
        var last = parts.Length - 1;
        if (parts[last - 1].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!int.TryParse(parts[last], NumberStyles.None, CultureInfo.InvariantCulture, out width)) return false;
            last--;
            parts[last] = parts[last][..^2];
        }

        var index = 0L;
        foreach (var part in parts.AsSpan(2..(last + 1)))
        {
            if (!int.TryParse(part.AsSpan(part.StartsWith('x') ? 1 : 0), NumberStyles.None,
                    CultureInfo.InvariantCulture, out var group) || group > 999 || index > long.MaxValue / 1001)
                return false;
            index = index * 1000 + group;
        }

        tile = new(level, index, width);
        return width is > 0 and <= FullWidth && tile.ToString() == path;
    }
}

/// <summary>Stored tiles of one log, as the shell has them.</summary>
internal interface ITileReader
{
    /// <summary>The tile's hashes one after the other; more than its width is welcome, less is not.</summary>
    bool TryReadTile(Tile tile, out ReadOnlyMemory<byte> hashes);
}

/// <summary>Gives the hashes of complete subtrees from tiles of a log of a given size.</summary>
internal sealed class TileHashes(ITileReader tiles, long logSize) : IHashReader
{
    public bool TryHash(int level, long index, out Bytes32 hash)
    {
        hash = default;
        var tile = Tile.Holding(level, index, logSize, out var levelInTile, out var indexInTile);
        var (start, count) = (indexInTile << levelInTile, 1 << levelInTile);
        if (start + count > tile.Width || !tiles.TryReadTile(tile, out var hashes)
            || hashes.Length < tile.Width * Bytes32.Size) return false;
        hash = Over(hashes.Span.Slice(start * Bytes32.Size, count * Bytes32.Size));
        return true;
    }

    private static Bytes32 Over(ReadOnlySpan<byte> hashes)
    {
        if (hashes.Length == Bytes32.Size) return Bytes32.Read(hashes);
        var half = hashes.Length / 2;
        return Merkle.NodeHash(Over(hashes[..half]), Over(hashes[half..]));
    }
}
