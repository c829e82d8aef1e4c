using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Hawser.Crypto;

/// <summary>What protocols of others are made of. Nothing of our own rests on these.</summary>
[SuppressMessage("Security", "CA5350", Justification = "RFC 8489 §14.5 says SHA-1")]
[SuppressMessage("Security", "CA5351", Justification = "RFC 8489 §9.2.2 says MD5")]
internal static class LegacyHashes
{
    public static void HmacSha1(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, Span<byte> mac) => HMACSHA1.HashData(key, bytes, mac);

    public static byte[] Md5(ReadOnlySpan<byte> bytes) => MD5.HashData(bytes);
}
