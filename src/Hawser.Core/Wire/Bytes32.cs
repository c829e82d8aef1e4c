using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Hawser.Wire;

/// <summary>Thirty-two bytes by value: a hash, a key. Written as 43 characters of base64url without padding.</summary>
[InlineArray(Size)]
internal struct Bytes32 : IEquatable<Bytes32>, IComparable<Bytes32>
{
    public const int Size = 32;
    public const int TextLength = 43;
    private byte _first;

    public readonly bool IsZero => ((ReadOnlySpan<byte>)this).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Takes exactly 32 bytes; another length is our bug.</summary>
    public static Bytes32 Read(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        var value = default(Bytes32);
        bytes.CopyTo(value);
        return value;
    }

    /// <summary>Reads the one text that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Bytes32 value)
    {
        value = default;
        if (text.Length != TextLength) return false;
        Span<byte> bytes = stackalloc byte[Size];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != Size) return false; // TryDecodeFromChars throws on what is no base64
        value = Read(bytes);
        Span<char> again = stackalloc char[TextLength];
        return Base64Url.TryEncodeToChars(bytes, again, out _) && again.SequenceEqual(text); // no stray bits at the end
    }

    public readonly void CopyTo(Span<byte> target) => ((ReadOnlySpan<byte>)this).CopyTo(target);

    public readonly byte[] ToArray() => ((ReadOnlySpan<byte>)this).ToArray();

    public readonly int CompareTo(Bytes32 other) => ((ReadOnlySpan<byte>)this).SequenceCompareTo(other);

    public readonly bool Equals(Bytes32 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Bytes32 other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    public override readonly string ToString() => Base64Url.EncodeToString(this);

    public static bool operator ==(Bytes32 a, Bytes32 b) => a.Equals(b);

    public static bool operator !=(Bytes32 a, Bytes32 b) => !a.Equals(b);

    public static bool operator <(Bytes32 a, Bytes32 b) => a.CompareTo(b) < 0;

    public static bool operator >(Bytes32 a, Bytes32 b) => a.CompareTo(b) > 0;

    public static bool operator <=(Bytes32 a, Bytes32 b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Bytes32 a, Bytes32 b) => a.CompareTo(b) >= 0;
}
