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

    private readonly Bytes32 _secret; // of this epoch: it tells nothing of those before
    private readonly Aead _aead;
    private readonly bool _seal;
    private PacketCipher? _cipher; // only while packets go: its tables are larger than all else of an idle connection
    private uint _ivHigh; // both with the cipher
    private ulong _ivLow;

    /// <summary>Sets up the key of an epoch from the secret of epoch 0.</summary>
    public EpochKey(Aead aead, in Bytes32 secret, bool seal, long epoch)
    {
        (_aead, _seal, Epoch, _secret) = (aead, seal, epoch, secret);
        for (var at = 0L; at < epoch; at++) _secret = SecretAfter(_secret);
    }

    private EpochKey(EpochKey before)
    {
        (_aead, _seal, Epoch) = (before._aead, before._seal, before.Epoch + 1);
        _secret = SecretAfter(before._secret);
    }

    public long Epoch { get; }

    public EpochKey Next() => new(this);

    public void Seal(NonceDomain domain, long number, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        var cipher = _cipher ?? Wake();
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceSize];
        WriteNonce(nonce, domain, number);
        cipher.Seal(nonce, ad, bytes, tag);
    }

    public bool TryOpen(NonceDomain domain, long number, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        var cipher = _cipher ?? Wake();
        Span<byte> nonce = stackalloc byte[PacketCipher.NonceSize];
        WriteNonce(nonce, domain, number);
        return cipher.TryOpen(nonce, ad, bytes, tag);
    }

    /// <summary>Gives the memory back until the key is needed again.</summary>
    public void Rest()
    {
        _cipher?.Dispose();
        _cipher = null;
    }

    public void Dispose() => Rest();

    private PacketCipher Wake()
    {
        var derive = new HmacKey(_secret);
        var key = default(Bytes32);
        derive.Expand(KeyLabel(_aead), key);
        Span<byte> iv = stackalloc byte[PacketCipher.NonceSize];
        derive.Expand("iv"u8, iv);
        _ivHigh = BinaryPrimitives.ReadUInt32BigEndian(iv);
        _ivLow = BinaryPrimitives.ReadUInt64BigEndian(iv[4..]);
        return _cipher = PacketCipher.Create(_aead, key, _seal);
    }

    private void WriteNonce(Span<byte> nonce, NonceDomain domain, long number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _ivHigh ^ (uint)domain);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], _ivLow ^ (ulong)number);
    }

    private static Bytes32 SecretAfter(in Bytes32 secret)
    {
        var next = default(Bytes32);
        new HmacKey(secret).Expand("next"u8, next);
        return next;
    }

    private static ReadOnlySpan<byte> KeyLabel(Aead aead) => aead switch
    {
        Aead.Aes256Gcm => "key aes-256-gcm"u8,
        Aead.ChaCha20Poly1305 => "key chacha20-poly1305"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(aead)),
    };
}
