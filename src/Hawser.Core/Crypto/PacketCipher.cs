using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>The AEAD of a direction's packets under one key. Both kinds take a 12-byte nonce and give a 16-byte tag.</summary>
internal enum Aead : byte
{
    Aes256Gcm = 1,
    ChaCha20Poly1305 = 2,
}

/// <summary>Seals or opens packets with one key, in place, without allocating. Belongs to one thread at a time.</summary>
internal sealed class PacketCipher : IDisposable
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    private readonly bool _seal;
    private nint _context;

    /// <summary>Sets the key up, once.</summary>
    /// <param name="aead">Which cipher.</param>
    /// <param name="key">Its 32 bytes.</param>
    /// <param name="seal">Whether to seal; else to open.</param>
    public PacketCipher(Aead aead, in Bytes32 key, bool seal)
    {
        _seal = seal;
        _context = Interop.NewCipher(
            aead is Aead.Aes256Gcm ? Interop.EVP_aes_256_gcm() : Interop.EVP_chacha20_poly1305(), key, seal);
    }

    ~PacketCipher() => Free();

    /// <summary>Encrypts in place and writes the tag.</summary>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Check(nonce, tag, seal: true);
        if (!Interop.RunCipher(_context, true, nonce, ad, bytes, bytes, tag))
            throw new InvalidOperationException("libcrypto failed to seal");
    }

    /// <summary>Decrypts in place. False, with nothing to believe in the bytes, if anything was altered.</summary>
    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Check(nonce, tag, seal: false);
        return Interop.RunCipher(_context, false, nonce, ad, bytes, bytes, tag);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Check(ReadOnlySpan<byte> nonce, Span<byte> tag, bool seal)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(seal, _seal);
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tag.Length, TagSize);
    }

    private void Free()
    {
        if (_context != 0) Interop.EVP_CIPHER_CTX_free(_context);
        _context = 0;
    }
}
