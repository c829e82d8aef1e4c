using System.Runtime.CompilerServices;
using System.Text;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The routing ID of an admin: ten lower-case digits of base 36. Founders have timestamp 000.</summary>
[InlineArray(Size)]
internal struct AdminId : IEquatable<AdminId>, IComparable<AdminId>
{
    public const int Size = 10;
    private byte _first;

    /// <summary>The ID of a founder: timestamp <c>000</c>, its place as the slot.</summary>
    public static AdminId Founder(int place)
    {
        var id = default(AdminId);
        ((Span<byte>)id).Fill((byte)'0');
        for (var at = Size - 1; place > 0; at--, place /= 36) id[at] = (byte)Base36.Digits[place % 36];
        return id;
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out AdminId id)
    {
        id = default;
        if (text.Length != Size || text.IndexOfAnyExcept("0123456789abcdefghijklmnopqrstuvwxyz"u8) >= 0) return false;
        text.CopyTo(id);
        return true;
    }

    public readonly void CopyTo(Span<byte> target) => ((ReadOnlySpan<byte>)this).CopyTo(target);

    public readonly int CompareTo(AdminId other) => ((ReadOnlySpan<byte>)this).SequenceCompareTo(other);

    public readonly bool Equals(AdminId other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is AdminId other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    public override readonly string ToString() => Encoding.ASCII.GetString(this);

    public static bool operator ==(AdminId a, AdminId b) => a.Equals(b);

    public static bool operator !=(AdminId a, AdminId b) => !a.Equals(b);

    public static bool operator <(AdminId a, AdminId b) => a.CompareTo(b) < 0;

    public static bool operator >(AdminId a, AdminId b) => a.CompareTo(b) > 0;

    public static bool operator <=(AdminId a, AdminId b) => a.CompareTo(b) <= 0;

    public static bool operator >=(AdminId a, AdminId b) => a.CompareTo(b) >= 0;
}
