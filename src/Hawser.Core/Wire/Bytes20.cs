using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Hawser.Wire;

/// <summary>Twenty bytes by value: the short hash of a key, or a tag in its place.</summary>
[InlineArray(Size)]
internal struct Bytes20 : IEquatable<Bytes20>
{
    public const int Size = 20;
    private byte _first;

    /// <summary>Takes exactly 20 bytes; another length is our bug.</summary>
    public static Bytes20 Read(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        var value = default(Bytes20);
        bytes.CopyTo(value);
        return value;
    }

    public readonly void CopyTo(Span<byte> target) => ((ReadOnlySpan<byte>)this).CopyTo(target);

    public readonly byte[] ToArray() => ((ReadOnlySpan<byte>)this).ToArray();

    public readonly bool Equals(Bytes20 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Bytes20 other && Equals(other);

    // They are hashes already.
    public override readonly int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(this);

    public override readonly string ToString() => Convert.ToHexStringLower(this);

    public static bool operator ==(Bytes20 a, Bytes20 b) => a.Equals(b);

    public static bool operator !=(Bytes20 a, Bytes20 b) => !a.Equals(b);
}
