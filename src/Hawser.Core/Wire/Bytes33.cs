using System.Runtime.CompilerServices;

namespace Hawser.Wire;

/// <summary>Thirty-three bytes by value: a compressed point of a curve. Written as 66 lower-case hexadecimal digits.</summary>
[InlineArray(Size)]
internal struct Bytes33 : IEquatable<Bytes33>, IComparable<Bytes33>
{
    public const int Size = 33;
    private byte _first;

    /// <summary>Takes exactly 33 bytes; another length is our bug.</summary>
    public static Bytes33 Read(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        var value = default(Bytes33);
        bytes.CopyTo(value);
        return value;
    }

    public readonly void CopyTo(Span<byte> target) => ((ReadOnlySpan<byte>)this).CopyTo(target);

    public readonly byte[] ToArray() => ((ReadOnlySpan<byte>)this).ToArray();

    public readonly int CompareTo(Bytes33 other) => ((ReadOnlySpan<byte>)this).SequenceCompareTo(other);

    public readonly bool Equals(Bytes33 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Bytes33 other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    public override readonly string ToString() => Convert.ToHexStringLower(this);

    public static bool operator ==(Bytes33 a, Bytes33 b) => a.Equals(b);

    public static bool operator !=(Bytes33 a, Bytes33 b) => !a.Equals(b);

    public static bool operator <(Bytes33 a, Bytes33 b) => a.CompareTo(b) < 0;

    public static bool operator >(Bytes33 a, Bytes33 b) => a.CompareTo(b) > 0;

    public static bool operator <=(Bytes33 a, Bytes33 b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Bytes33 a, Bytes33 b) => a.CompareTo(b) >= 0;
}
