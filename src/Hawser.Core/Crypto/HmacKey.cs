using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>
/// A key of HMAC-SHA256 whose two pads are hashed already, for messages of exactly 32 bytes: each then costs two
/// compressions and no allocation.
/// </summary>
internal readonly struct HmacKey
{
    private const int BlockSize = 64;
    private static readonly bool HasCompression = Interop.FindCompression();

    private readonly Words _inner, _outer;
    private readonly Bytes32 _key;

    public HmacKey(in Bytes32 key)
    {
        _key = key;
        if (!HasCompression) return;
        _inner = Pad(key, 0x36);
        _outer = Pad(key, 0x5c);
    }

    /// <summary>HMAC-SHA256 of 32 bytes.</summary>
    public Bytes32 Mac(in Bytes32 message)
    {
        if (!HasCompression) return Sha256.Hmac(_key, message);
        Span<byte> block = stackalloc byte[BlockSize];
        message.CopyTo(block);
        var state = _inner;
        Finish(ref state, block);
        Write(state, block);
        state = _outer;
        Finish(ref state, block);
        var mac = default(Bytes32);
        Write(state, mac);
        return mac;
    }

    // The block's second half: padding of a message that is one block and 32 bytes long.
    private static void Finish(ref Words state, Span<byte> block)
    {
        block[32..].Clear();
        block[32] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(block[62..], (BlockSize + 32) * 8);
        Interop.CompressSha256(state, block);
    }

    private static Words Pad(in Bytes32 key, byte with)
    {
        Span<byte> block = stackalloc byte[BlockSize];
        block.Clear();
        key.CopyTo(block);
        foreach (ref var b in block) b ^= with;
        var state = default(Words);
        ((ReadOnlySpan<uint>)[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]).CopyTo(state);
        Interop.CompressSha256(state, block);
        return state;
    }

    private static void Write(in Words state, Span<byte> target)
    {
        for (var i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32BigEndian(target[(4 * i)..], state[i]);
    }

    [InlineArray(8)]
    private struct Words
    {
        private uint _first;
    }
}
