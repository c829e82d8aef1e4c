using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>libcrypto's EVP with context and key kept.</summary>
internal sealed class OpenSslCipher(Aead aead, in Bytes32 key, bool seal) : PacketCipher
{
    private nint _context = Interop.NewCipher(
        aead is Aead.Aes256Gcm ? Interop.EVP_aes_256_gcm() : Interop.EVP_chacha20_poly1305(), key, seal);

    ~OpenSslCipher() => Free();

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Check(nonce, tag, isSeal: true);
        if (!Interop.RunCipher(_context, true, nonce, ad, bytes, bytes, tag))
            throw new InvalidOperationException("libcrypto failed to seal");
    }

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Check(nonce, tag, isSeal: false);
        return Interop.RunCipher(_context, false, nonce, ad, bytes, bytes, tag);
    }

    public override void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Check(ReadOnlySpan<byte> nonce, Span<byte> tag, bool isSeal)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(isSeal, seal);
        Check(nonce, tag);
    }

    private void Free()
    {
        if (_context != 0) Interop.EVP_CIPHER_CTX_free(_context);
        _context = 0;
    }
}
