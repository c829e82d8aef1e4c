using System.Security.Cryptography;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>The ciphers of the class library: slower, and everywhere.</summary>
internal sealed class PortableCipher : PacketCipher
{
    private readonly Bytes32 _key;
    private readonly ChaCha20Poly1305? _chaCha;
    private AesGcm? _aes; // knows one length of tags

    public PortableCipher(Aead aead, in Bytes32 key)
    {
        _key = key;
        if (aead is Aead.Aes256Gcm) _aes = new(key, TagSize);
        else _chaCha = new(key);
    }

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Check(nonce, tag);
        if (_chaCha is { } chaCha) chaCha.Encrypt(nonce, bytes, bytes, tag, ad);
        else Aes(tag.Length).Encrypt(nonce, bytes, bytes, tag, ad);
    }

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Check(nonce, tag);
        try
        {
            if (_chaCha is { } chaCha) chaCha.Decrypt(nonce, bytes, tag, bytes, ad);
            else Aes(tag.Length).Decrypt(nonce, bytes, tag, bytes, ad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public override void Dispose()
    {
        _aes?.Dispose();
        _chaCha?.Dispose();
    }

    private AesGcm Aes(int tagSize)
    {
        if (_aes!.TagSizeInBytes == tagSize) return _aes;
        _aes.Dispose();
        return _aes = new(_key, tagSize);
    }
}
