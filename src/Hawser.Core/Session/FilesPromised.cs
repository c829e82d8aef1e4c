using Hawser.Wire;

namespace Hawser.Session;

/// <summary>What a link gives, in the answer to who shows it: for a bar, and for nothing else. Spec: tickets.md §4.4.</summary>
/// <remarks><code>| version=1 (1) | files u32 | bytes u64 |</code></remarks>
internal readonly record struct FilesPromised(int Count, long Bytes)
{
    public const int Size = 1 + 4 + 8;
    private const byte Version = 1;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out FilesPromised promised)
    {
        promised = default;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var version) || version != Version || !reader.TryReadU32(out var count) || count is 0 or > int.MaxValue
            || !reader.TryReadU64(out var size) || size > long.MaxValue || !reader.AtEnd) return false;
        promised = new((int)count, (long)size);
        return true;
    }

    /// <summary>Nothing where nothing is promised.</summary>
    public byte[] Write()
    {
        if (Count == 0) return [];
        var bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Version);
        writer.WriteU32((uint)Count);
        writer.WriteU64((ulong)Bytes);
        return bytes;
    }
}
