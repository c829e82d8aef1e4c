using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>
/// A key of HMAC-SHA256 whose two pads are hashed already: a message of one block then costs two compressions and no
/// allocation.
/// </summary>
internal readonly struct HmacKey
{
    private const int BlockSize = 64;
    private const int MaxShort = BlockSize - 9; // with its padding it is one block
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

    /// <summary>HMAC-SHA256; quick up to 55 bytes.</summary>
    public Bytes32 Mac(ReadOnlySpan<byte> message)
    {
        if (!HasCompression || message.Length > MaxShort) return Sha256.Hmac(_key, message);
        Span<byte> block = stackalloc byte[BlockSize];
        message.CopyTo(block);
        var state = _inner;
        Finish(ref state, block, message.Length);
        Write(state, block);
        state = _outer;
        Finish(ref state, block, Bytes32.Size);
        var mac = default(Bytes32);
        Write(state, mac);
        return mac;
    }

    /// <summary>HKDF-Expand (RFC 5869) of a label to at most 32 bytes.</summary>
    public void Expand(ReadOnlySpan<byte> label, Span<byte> output)
    {
        Span<byte> message = stackalloc byte[label.Length + 1];
        label.CopyTo(message);
        message[^1] = 1; // the first block is all there is
        var mac = Mac(message);
        mac[..output.Length].CopyTo(output);
    }

    // What is left of the block: the padding of a text that had one block before.
    private static void Finish(ref Words state, Span<byte> block, int length)
    {
        block[length..].Clear();
        block[length] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(block[62..], (ushort)((BlockSize + length) * 8));
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
