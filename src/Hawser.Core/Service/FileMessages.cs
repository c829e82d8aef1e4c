using System.Text;
using Hawser.Wire;

namespace Hawser.Service;

/// <summary>What a sender says of a file before its bytes. Spec: file.md §4.1.</summary>
/// <remarks><code>
/// +--------+----------+-------------+------------+----------+
/// | kind=1 | size u64 | SHA-256 (32)| n (1..200) | name (n) |
/// +--------+----------+-------------+------------+----------+
/// </code></remarks>
/// <param name="Name">A legal one.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Hash">SHA-256 of all of it.</param>
internal sealed record FileOffer(string Name, long Size, Bytes32 Hash)
{
    public const byte Kind = 1;
    public const int MinSize = FixedSize + 1;
    public const int MaxSize = FixedSize + FileName.MaxBytes;
    internal const int FixedSize = 1 + 8 + Bytes32.Size + 1;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out FileOffer? offer)
    {
        offer = null;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var kind) || kind != Kind
            || !reader.TryReadU64(out var size) || size > long.MaxValue
            || !reader.TryReadBytes32(out var hash)
            || !reader.TryTakeBlob8(out var text) || !reader.AtEnd
            || !FileName.TryDecode(text, out var name)) return false;
        offer = new(name, (long)size, hash);
        return true;
    }

    /// <summary>Whether it is an offer but for its name: such a one is declined, anything else ends the stream.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> bytes)
    {
        var reader = new SpanReader(bytes);
        return reader.TryReadU8(out var kind) && kind == Kind
            && reader.TryReadU64(out var size) && size <= long.MaxValue
            && reader.TryReadBytes32(out _) && reader.TryTakeBlob8(out _) && reader.AtEnd;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8(Kind);
        writer.WriteU64((ulong)Size);
        writer.Write(Hash);
        writer.WriteBlob8(Encoding.UTF8.GetBytes(Name));
        return writer.Written;
    }
}

/// <summary>What a receiver says of an offer, and again when the bytes have come. Spec: file.md §4.2.</summary>
/// <remarks><code>
/// +------------------------+------------+------------+
/// | kind: 2 answer, 3 receipt | verdict | offset u64 |
/// +------------------------+------------+------------+
/// </code></remarks>
/// <param name="Kind">Answer or receipt.</param>
/// <param name="Verdict">Go on, stored, or why not.</param>
/// <param name="Offset">Of an accepting answer: bytes that are here already. Otherwise 0.</param>
internal readonly record struct FileReply(FileReplyKind Kind, FileVerdict Verdict, long Offset)
{
    public const int Size = 10;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out FileReply reply)
    {
        reply = default;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var kind) || kind is < (byte)FileReplyKind.Answer or > (byte)FileReplyKind.Receipt
            || !reader.TryReadU8(out var verdict) || verdict > (byte)FileVerdict.Failed
            || !reader.TryReadU64(out var offset) || offset > long.MaxValue || !reader.AtEnd) return false;
        if (offset != 0 && (kind != (byte)FileReplyKind.Answer || verdict != 0)) return false;
        reply = new((FileReplyKind)kind, (FileVerdict)verdict, (long)offset);
        return true;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8((byte)Kind);
        writer.WriteU8((byte)Verdict);
        writer.WriteU64((ulong)Offset);
        return writer.Written;
    }
}

internal enum FileReplyKind : byte { Answer = 2, Receipt = 3 }

/// <summary>How it stands with a file. Spec: file.md §4.2.</summary>
internal enum FileVerdict : byte
{
    /// <summary>Answer: send from the offset. Receipt: stored, on disk under its name.</summary>
    Yes,

    /// <summary>The receiver does not want it.</summary>
    Declined,

    /// <summary>It does not fit into the inbox.</summary>
    NoRoom,

    /// <summary>No file may bear such a name there.</summary>
    BadName,

    /// <summary>The bytes that came are not those that were offered.</summary>
    Mismatch,

    /// <summary>The receiver's disk failed it.</summary>
    Failed,
}
