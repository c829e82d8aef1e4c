using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Ends a connection. Its resends are the same bytes. Spec: transport.md §4.5.</summary>
/// <remarks><code>
///  0        1            9            17              21             25           26
/// +--------+------------+------------+---------------+--------------+------------+----------+
/// | kind=5 | nonceI (8) | nonceH (8) | sequence (4)  | counter (4)  | reason (1) | tag (16) |
/// +--------+------------+------------+---------------+--------------+------------+----------+
///                                                                    `-- sealed --'
/// </code></remarks>
internal readonly record struct ClosePacket(ulong NonceI, ulong NonceH, uint Sequence, uint Counter)
{
    public const byte Kind = 5;
    public const int HeaderSize = 25;
    public const int Size = HeaderSize + 1 + Crypto.PacketCipher.TagSize;

    /// <summary>Reads the clear part.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out ClosePacket header)
    {
        var reader = new SpanReader(packet);
        if (packet.Length == Size
            && reader.TryReadU8(out var kind) && kind == Kind
            && reader.TryReadU64(out var nonceI)
            && reader.TryReadU64(out var nonceH)
            && reader.TryReadU32(out var sequence)
            && reader.TryReadU32(out var counter))
        {
            header = new(nonceI, nonceH, sequence, counter);
            return true;
        }

        header = default;
        return false;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8(Kind);
        writer.WriteU64(NonceI);
        writer.WriteU64(NonceH);
        writer.WriteU32(Sequence);
        writer.WriteU32(Counter);
        return writer.Written;
    }
}
