using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>SHA-256, and what is made of it (FIPS 180-4, RFC 2104, RFC 5869).</summary>
internal static class Sha256
{
    public static Bytes32 Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = default(Bytes32);
        SHA256.HashData(bytes, hash);
        return hash;
    }

    public static Bytes32 Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes)
    {
        var mac = default(Bytes32);
        HMACSHA256.HashData(key, bytes, mac);
        return mac;
    }

    public static void HkdfExtract(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> secret, out Bytes32 key)
    {
        key = default;
        HKDF.Extract(HashAlgorithmName.SHA256, secret, salt, key);
    }

    public static void HkdfExpand(ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output) =>
        HKDF.Expand(HashAlgorithmName.SHA256, key, output, info);

    public static void Hkdf(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, Span<byte> output) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, output, salt, info);

    /// <summary>Equal in constant time.</summary>
    public static bool SameSecret(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) =>
        CryptographicOperations.FixedTimeEquals(a, b);
}

/// <summary>BLAKE2b with 64 bytes of output (RFC 7693), the hash of our Noise suite.</summary>
internal static class Blake2b
{
    public const int HashSize = 64;
    private const int BlockSize = 128;
    private const int MaxOnStack = 4096;

    public static void Hash(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, HashSize);
        Interop.GenericHash(hash, bytes);
    }

    /// <summary>HMAC over BLAKE2b, as Noise wants it: not BLAKE2b's own keyed mode.</summary>
    public static void Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, Span<byte> mac)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, BlockSize);
        var length = BlockSize + bytes.Length;
        var inner = length <= MaxOnStack ? stackalloc byte[length] : new byte[length];
        inner[..BlockSize].Clear();
        key.CopyTo(inner);
        Xor(inner[..BlockSize], 0x3636363636363636);
        bytes.CopyTo(inner[BlockSize..]);

        Span<byte> outer = stackalloc byte[BlockSize + HashSize];
        outer.Clear();
        key.CopyTo(outer);
        Xor(outer[..BlockSize], 0x5c5c5c5c5c5c5c5c);
        Hash(inner, outer[BlockSize..]);
        Hash(outer, mac);
    }

    private static void Xor(Span<byte> block, ulong with)
    {
        foreach (ref var word in MemoryMarshal.Cast<byte, ulong>(block)) word ^= with;
    }
}
