using System.Buffers.Binary;
using System.Text;
using Hawser.Crypto;

namespace Hawser.Proof;

/// <summary>
/// MESSAGE-INTEGRITY with both kinds of credentials of RFC 8489 §9. Our own server asks for none; our client shows them
/// to servers that do, and reads their answers.
/// </summary>
internal static class StunIntegrity
{
    public const int Size = 20;

    /// <summary>The key of a short-term credential: the password as it is.</summary>
    public static byte[] ShortTerm(string password) => Encoding.UTF8.GetBytes(password);

    /// <summary>The key of a long-term credential.</summary>
    public static byte[] LongTerm(string user, string realm, string password) =>
        LegacyHashes.Md5(Encoding.UTF8.GetBytes($"{user}:{realm}:{password}"));

    /// <summary>Writes the MAC over all that stands before it, with the length as if it were the last.</summary>
    public static void Make(ReadOnlySpan<byte> key, ReadOnlySpan<byte> before, Span<byte> mac)
    {
        Span<byte> text = stackalloc byte[StunMessage.MaxSize];
        before.CopyTo(text);
        BinaryPrimitives.WriteUInt16BigEndian(text[2..], (ushort)(before.Length - StunMessage.HeaderSize + 4 + Size));
        LegacyHashes.HmacSha1(key, text[..before.Length], mac);
    }

    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> datagram, in StunMessage message)
    {
        if (message.IntegrityAt == 0) return false;
        Span<byte> mac = stackalloc byte[Size];
        Make(key, datagram[..message.IntegrityAt], mac);
        return Sha256.SameSecret(mac, datagram.Slice(message.IntegrityAt + 4, Size));
    }
}
