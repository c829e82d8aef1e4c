using System.Buffers.Binary;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>
/// The bytes by which a receiver knows the packets of one connection: 0 to 8 of them, chosen by that receiver.
/// Written as a length byte and the bytes.
/// </summary>
internal readonly record struct Cid(ulong Value, int Length)
{
    public const int MaxLength = 8;

    public int Size => 1 + Length;

    /// <summary>Random bytes.</summary>
    public static Cid Draw(IEntropy entropy, int length)
    {
        Span<byte> bytes = stackalloc byte[length];
        entropy.Fill(bytes);
        return FromBytes(bytes);
    }

    public static Cid FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == MaxLength) return new(BinaryPrimitives.ReadUInt64BigEndian(bytes), MaxLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxLength);
        var value = 0UL;
        foreach (var b in bytes) value = (value << 8) | b;
        return new(value, bytes.Length);
    }

    /// <summary>Reads the length byte and the bytes.</summary>
    public static bool TryTake(ref SpanReader reader, out Cid cid)
    {
        var taken = reader.TryTakeBlob8(out var bytes) && bytes.Length <= MaxLength;
        cid = taken ? FromBytes(bytes) : default;
        return taken;
    }

    /// <summary>Writes the bytes alone, as packets carry them.</summary>
    public void CopyTo(Span<byte> target)
    {
        if (Length == MaxLength)
        {
            BinaryPrimitives.WriteUInt64BigEndian(target, Value);
            return;
        }

        for (var i = 0; i < Length; i++) target[i] = (byte)((Value >> (8 * (Length - 1 - i))) & 0xFF);
    }

    /// <summary>Writes the length byte and the bytes.</summary>
    public void Write(ref SpanWriter writer)
    {
        writer.WriteU8((byte)Length);
        CopyTo(writer.Take(Length));
    }
}
