using System.Runtime.CompilerServices;
using System.Text;
using Hawser.Wire;

namespace Hawser.Handshake;

/// <summary>
/// A routing ID as a handshake carries it: its ten digits in lower case, without the hyphen. The default value, ten
/// zero bytes, is none.
/// </summary>
[InlineArray(Size)]
internal struct PlainId : IEquatable<PlainId>
{
    public const int Size = 10;
    private byte _first;

    public readonly bool IsNone => ((ReadOnlySpan<byte>)this).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Takes ten lower-case digits of base 36 in ASCII.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out PlainId id)
    {
        id = default;
        if (bytes.Length != Size) return false;
        foreach (var b in bytes)
            if (!Base36.Digits.Contains((char)b)) return false;
        bytes.CopyTo(id);
        return true;
    }

    public static bool TryParse(string text, out PlainId id)
    {
        id = default;
        return text.Length == Size && Ascii.IsValid(text) && TryRead(Encoding.ASCII.GetBytes(text), out id);
    }

    public readonly void CopyTo(Span<byte> target) => ((ReadOnlySpan<byte>)this).CopyTo(target);

    public readonly bool Equals(PlainId other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is PlainId other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    public override readonly string ToString() => IsNone ? "" : Encoding.ASCII.GetString(this);

    public static bool operator ==(PlainId a, PlainId b) => a.Equals(b);

    public static bool operator !=(PlainId a, PlainId b) => !a.Equals(b);
}
