using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Noise;

/// <summary>A key and the count of what it sealed (Noise §5.1). Without a key, bytes pass as they are.</summary>
internal sealed class CipherState
{
    public const int TagSize = ChaChaPoly.TagSize;

    private Bytes32 _key;
    private ulong _nonce;

    public CipherState() { }

    public CipherState(in Bytes32 key) => SetKey(key);

    private CipherState(CipherState other) => (_key, _nonce, HasKey) = (other._key, other._nonce, other.HasKey);

    public bool HasKey { get; private set; }

    /// <summary>What sealing adds.</summary>
    public int Overhead => HasKey ? TagSize : 0;

    public CipherState Clone() => new(this);

    public void SetKey(in Bytes32 key) => (_key, _nonce, HasKey) = (key, 0, true);

    /// <summary>Writes <see cref="Overhead"/> bytes more than it is given.</summary>
    public void Encrypt(ReadOnlySpan<byte> ad, ReadOnlySpan<byte> plain, Span<byte> target)
    {
        if (!HasKey)
        {
            plain.CopyTo(target);
            return;
        }

        // 2^64-1 is reserved (Noise §5.1); nobody gets there
        Span<byte> nonce = stackalloc byte[ChaChaPoly.NonceSize];
        WriteNonce(nonce);
        ChaChaPoly.Seal(_key, nonce, ad, plain, target);
        _nonce++;
    }

    /// <summary>Writes <see cref="Overhead"/> bytes fewer than it is given. A failure uses no nonce up.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> ad, ReadOnlySpan<byte> box, Span<byte> target)
    {
        if (!HasKey)
        {
            box.CopyTo(target);
            return true;
        }

        Span<byte> nonce = stackalloc byte[ChaChaPoly.NonceSize];
        WriteNonce(nonce);
        if (!ChaChaPoly.TryOpen(_key, nonce, ad, box, target)) return false;
        _nonce++;
        return true;
    }

    /// <summary>The next key, from this one (Noise §11.3); the count goes on.</summary>
    public void Rekey()
    {
        Span<byte> nonce = stackalloc byte[ChaChaPoly.NonceSize];
        nonce.Clear();
        nonce[4..].Fill(0xFF);
        Span<byte> box = stackalloc byte[Bytes32.Size + TagSize];
        ReadOnlySpan<byte> zeros = stackalloc byte[Bytes32.Size];
        ChaChaPoly.Seal(_key, nonce, [], zeros, box);
        _key = Bytes32.Read(box[..Bytes32.Size]);
    }

    private void WriteNonce(Span<byte> nonce)
    {
        nonce[..4].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], _nonce);
    }
}
