using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>What a nonce is for, so that no two packets under one key share one. Spec: transport.md §4.3.</summary>
internal enum NonceDomain : uint { Data = 0, Control = 1, Close = 5 }

/// <summary>The key of one direction for 2^20 data sequences. Spec: transport.md §4.3.</summary>
internal sealed class EpochKey : IDisposable
{
    public const int SequenceBits = 20; // transport.md §6

    private readonly Aead _aead;
    private readonly bool _seal;
    private readonly Bytes32 _nextSecret; // the own one is gone: a key that leaks opens nothing of the past
    private readonly Bytes32 _key;
    private PacketCipher? _cipher; // only while packets go: its tables are larger than all else of an idle connection
    private readonly uint _ivHigh;
    private readonly ulong _ivLow;

    /// <summary>Sets up the key of an epoch from the secret of epoch 0, or of the epoch before.</summary>
    public EpochKey(Aead aead, in Bytes32 secret, bool seal, long epoch, long secretOf = 0)
    {
        (_aead, _seal, Epoch) = (aead, seal, epoch);
        var own = secret;
        for (var at = secretOf; at < epoch; at++) own = SecretAfter(own);
        _nextSecret = SecretAfter(own);

        Sha256.HkdfExpand(own, KeyLabel(aead), _key);
        Span<byte> iv = stackalloc byte[PacketCipher.NonceSize];
        Sha256.HkdfExpand(own, "iv"u8, iv);
        _ivHigh = BinaryPrimitives.ReadUInt32BigEndian(iv);
        _ivLow = BinaryPrimitives.ReadUInt64BigEndian(iv[4..]);
    }

    public long Epoch { get; }

    public EpochKey Next() => new(_aead, _nextSecret, _seal, Epoch + 1, Epoch + 1);

    public void Seal(NonceDomain domain, long number, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceSize];
        WriteNonce(nonce, domain, number);
        Cipher.Seal(nonce, ad, bytes, tag);
    }

    public bool TryOpen(NonceDomain domain, long number, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceSize];
        WriteNonce(nonce, domain, number);
        return Cipher.TryOpen(nonce, ad, bytes, tag);
    }

    /// <summary>Gives the memory back until the key is needed again.</summary>
    public void Rest()
    {
        _cipher?.Dispose();
        _cipher = null;
    }

    public void Dispose() => Rest();

    private PacketCipher Cipher => _cipher ??= PacketCipher.Create(_aead, _key, _seal);

    private void WriteNonce(Span<byte> nonce, NonceDomain domain, long number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _ivHigh ^ (uint)domain);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], _ivLow ^ (ulong)number);
    }

    private static Bytes32 SecretAfter(in Bytes32 secret)
    {
        var next = default(Bytes32);
        Sha256.HkdfExpand(secret, "next"u8, next);
        return next;
    }

    private static ReadOnlySpan<byte> KeyLabel(Aead aead) => aead switch
    {
        Aead.Aes256Gcm => "key aes-256-gcm"u8,
        Aead.ChaCha20Poly1305 => "key chacha20-poly1305"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(aead)),
    };
}
