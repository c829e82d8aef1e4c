using System.Buffers.Binary;
using System.Security.Cryptography;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>libipsec-mb's AES-256-GCM: one call a packet, on whatever vector units the processor has.</summary>
internal sealed class IpsecMbCipher : PacketCipher
{
    private nint _key; // and the call's context behind it

    public IpsecMbCipher(in Bytes32 key)
    {
        _key = Interop.NewGcmKey();
        Interop.PrepareGcm(key, _key);
    }

    ~IpsecMbCipher() => Free();

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        ObjectDisposedException.ThrowIf(_key == 0, this);
        Check(nonce, tag);
        Interop.SealGcm(_key, nonce, ad, bytes, tag);
    }

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        ObjectDisposedException.ThrowIf(_key == 0, this);
        Check(nonce, tag);
        Span<byte> right = stackalloc byte[TagSize];
        right = right[..tag.Length];
        Interop.OpenGcm(_key, nonce, ad, bytes, right);
        return AreEqual(right, tag); // the library only computes it
    }

    // In the same time whatever they are.
    private static bool AreEqual(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (b.Length != TagSize) return CryptographicOperations.FixedTimeEquals(a, b);
        var first = BinaryPrimitives.ReadUInt64LittleEndian(a) ^ BinaryPrimitives.ReadUInt64LittleEndian(b);
        var second = BinaryPrimitives.ReadUInt64LittleEndian(a[8..]) ^ BinaryPrimitives.ReadUInt64LittleEndian(b[8..]);
        return (first | second) == 0;
    }

    public override void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_key != 0) Interop.FreeGcmKey(_key);
        _key = 0;
    }
}
