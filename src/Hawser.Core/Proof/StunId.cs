using System.Buffers.Binary;

namespace Hawser.Proof;

/// <summary>
/// The 16 bytes behind a STUN header's length: the cookie and 96 bits that a client drew, or the 128 bits of RFC 3489,
/// which had no cookie.
/// </summary>
internal readonly record struct StunId(UInt128 Bits)
{
    public const int Size = 16;
    public const int DrawnSize = 12;
    public const uint Cookie = 0x2112A442; // stun.md §6

    /// <summary>Whether the sender knows nothing later than RFC 3489.</summary>
    public bool IsClassic => (uint)(Bits >> 96) != Cookie;

    public static StunId Draw(IEntropy entropy)
    {
        Span<byte> drawn = stackalloc byte[DrawnSize];
        entropy.Fill(drawn);
        return Of(drawn);
    }

    /// <summary>Takes 12 bytes: of a challenge, for one.</summary>
    public static StunId Of(ReadOnlySpan<byte> drawn)
    {
        Span<byte> all = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt32BigEndian(all, Cookie);
        drawn.CopyTo(all[4..]);
        return Read(all);
    }

    public static StunId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public void CopyTo(Span<byte> target) => BinaryPrimitives.WriteUInt128BigEndian(target, Bits);

    /// <summary>Writes the 12 bytes behind the cookie.</summary>
    public void CopyDrawnTo(Span<byte> target)
    {
        Span<byte> all = stackalloc byte[Size];
        CopyTo(all);
        all[4..].CopyTo(target);
    }
}
