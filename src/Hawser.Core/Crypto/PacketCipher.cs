using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>The AEAD of a direction's packets under one key. Both kinds take a 12-byte nonce.</summary>
internal enum Aead : byte
{
    Aes256Gcm = 1,
    ChaCha20Poly1305 = 2,
}

/// <summary>
/// Seals or opens packets with one key, in place, without allocating. Belongs to one thread at a time. Which library
/// does it is <see cref="CipherEngines"/>' choice; the bytes are the same.
/// </summary>
internal abstract class PacketCipher : IDisposable
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>Sets the key up, once.</summary>
    /// <param name="aead">Which cipher.</param>
    /// <param name="key">Its 32 bytes.</param>
    /// <param name="seal">Whether to seal; else to open.</param>
    /// <param name="engine">Whose code; null: the fastest at hand.</param>
    public static PacketCipher Create(Aead aead, in Bytes32 key, bool seal, CipherEngine? engine = null) =>
        (engine ?? CipherEngines.For(aead)) switch
        {
            CipherEngine.IpsecMb => new IpsecMbCipher(key),
            CipherEngine.OpenSsl => new OpenSslCipher(aead, key, seal),
            CipherEngine.Portable => new PortableCipher(aead, key),
            _ => throw new ArgumentOutOfRangeException(nameof(engine)),
        };

    /// <summary>Encrypts in place and writes the tag: 16 bytes, or with AES 12 to 16.</summary>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag);

    /// <summary>Decrypts in place. False, with nothing to believe in the bytes, if anything was altered.</summary>
    public abstract bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag);

    public abstract void Dispose();

    protected static void Check(ReadOnlySpan<byte> nonce, Span<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize);
        if (tag.Length is < 12 or > TagSize) throw new ArgumentOutOfRangeException(nameof(tag));
    }
}
