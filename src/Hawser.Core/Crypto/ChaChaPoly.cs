using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>ChaCha20-Poly1305 (RFC 8439), for handshakes and sealed documents.</summary>
internal static class ChaChaPoly
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>Writes ciphertext and tag: 16 bytes more than the plaintext. The two may be the same memory.</summary>
    public static void Seal(
        in Bytes32 key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> plain, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, plain.Length + TagSize);
        Interop.SealChaCha(key, nonce, ad, plain, target);
    }

    /// <summary>Writes the plaintext: 16 bytes fewer. False, with nothing to believe in the target, if it was altered.</summary>
    public static bool TryOpen(
        in Bytes32 key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> box, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize);
        if (box.Length < TagSize) return false;
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, box.Length - TagSize);
        return Interop.TryOpenChaCha(key, nonce, ad, box, target);
    }
}
