using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>How long a log is, and its RFC 6962 root.</summary>
internal readonly record struct LogHead(ulong Size, Bytes32 Root)
{
    public const int Bytes = 8 + Bytes32.Size;

    /// <summary>Of a log without leaves: the hash of nothing.</summary>
    public static readonly LogHead Empty = new(0, Sha256.Hash(ReadOnlySpan<byte>.Empty));

    public static bool TryTake(ref SpanReader reader, out LogHead head)
    {
        head = default;
        if (!reader.TryReadU64(out var size) || !reader.TryReadBytes32(out var root)) return false;
        head = new(size, root);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteU64(Size);
        writer.Write(Root);
    }
}
