using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Noise;

/// <summary>The chaining key and the hash of all that was said (Noise §5.2).</summary>
internal sealed class SymmetricState
{
    private const int HashSize = Blake2b.HashSize;
    private const int MaxOnStack = 1_024;

    private readonly byte[] _chainingKey = new byte[HashSize];
    private readonly byte[] _hash = new byte[HashSize];
    private readonly CipherState _cipher;

    public SymmetricState(string protocolName)
    {
        _cipher = new();
        Encoding.ASCII.GetBytes(protocolName, _hash); // ours are shorter than a hash: padded with zeros
        _hash.CopyTo(_chainingKey, 0);
    }

    private SymmetricState(SymmetricState other)
    {
        other._chainingKey.CopyTo(_chainingKey, 0);
        other._hash.CopyTo(_hash, 0);
        _cipher = other._cipher.Clone();
    }

    /// <summary>What sealing adds now.</summary>
    public int Overhead => _cipher.Overhead;

    public ReadOnlySpan<byte> HandshakeHash => _hash;

    public SymmetricState Clone() => new(this);

    public void MixKey(in Bytes32 secret)
    {
        Span<byte> next = stackalloc byte[2 * HashSize];
        Derive(secret, next[..HashSize], next[HashSize..]);
        next[..HashSize].CopyTo(_chainingKey);
        _cipher.SetKey(Bytes32.Read(next.Slice(HashSize, Bytes32.Size)));
    }

    public void MixHash(ReadOnlySpan<byte> bytes)
    {
        var length = HashSize + bytes.Length;
        var joined = length <= MaxOnStack ? stackalloc byte[length] : new byte[length];
        _hash.CopyTo(joined);
        bytes.CopyTo(joined[HashSize..]);
        Blake2b.Hash(joined, _hash);
    }

    public void EncryptAndHash(ReadOnlySpan<byte> plain, Span<byte> target)
    {
        _cipher.Encrypt(_hash, plain, target);
        MixHash(target);
    }

    public bool TryDecryptAndHash(ReadOnlySpan<byte> box, Span<byte> target)
    {
        if (!_cipher.TryDecrypt(_hash, box, target)) return false;
        MixHash(box);
        return true;
    }

    /// <summary>The keys of the two directions, the initiator's first.</summary>
    public (Bytes32 First, Bytes32 Second) Split()
    {
        Span<byte> keys = stackalloc byte[2 * HashSize];
        Derive([], keys[..HashSize], keys[HashSize..]);
        return (Bytes32.Read(keys[..Bytes32.Size]), Bytes32.Read(keys.Slice(HashSize, Bytes32.Size)));
    }

    /// <summary>A secret for another use, which tells nothing about the split keys.</summary>
    public Bytes32 Export(ReadOnlySpan<byte> label)
    {
        Span<byte> outputs = stackalloc byte[2 * HashSize];
        Derive(label, outputs[..HashSize], outputs[HashSize..]);
        return Bytes32.Read(outputs[..Bytes32.Size]);
    }

    // Noise §4.3: HKDF with two outputs
    private void Derive(ReadOnlySpan<byte> material, Span<byte> first, Span<byte> second)
    {
        Span<byte> key = stackalloc byte[HashSize];
        Blake2b.Hmac(_chainingKey, material, key);
        Blake2b.Hmac(key, [1], first);
        Span<byte> input = stackalloc byte[HashSize + 1];
        first.CopyTo(input);
        input[HashSize] = 2;
        Blake2b.Hmac(key, input, second);
    }
}
