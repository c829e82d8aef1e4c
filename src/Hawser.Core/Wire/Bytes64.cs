using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Hawser.Wire;

/// <summary>Sixty-four bytes by value: a signature. Written as 86 characters of base64url without padding.</summary>
[InlineArray(Size)]
internal struct Bytes64 : IEquatable<Bytes64>
{
    public const int Size = 64;
    public const int TextLength = 86;
    private byte _first;

    /// <summary>Takes exactly 64 bytes; another length is our bug.</summary>
    public static Bytes64 Read(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        var value = default(Bytes64);
        bytes.CopyTo(value);
        return value;
    }

    /// <summary>Reads the one text that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Bytes64 value)
    {
        value = default;
        if (text.Length != TextLength || !CanonicalBase64.TryDecode(text, out var bytes)) return false;
        value = Read(bytes);
        return true;
    }

    public readonly void CopyTo(Span<byte> target) => ((ReadOnlySpan<byte>)this).CopyTo(target);

    public readonly byte[] ToArray() => ((ReadOnlySpan<byte>)this).ToArray();

    public readonly bool Equals(Bytes64 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Bytes64 other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    public override readonly string ToString() => Base64Url.EncodeToString(this);

    public static bool operator ==(Bytes64 a, Bytes64 b) => a.Equals(b);

    public static bool operator !=(Bytes64 a, Bytes64 b) => !a.Equals(b);
}
