using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>The keys of one direction between two people, for one generation. Spec: chain.md §4.4.</summary>
internal sealed class PairKeys
{
    private readonly HmacKey _tag;
    private readonly Bytes32 _seal, _salt;

    /// <param name="x">The x coordinate that the two share.</param>
    /// <param name="psk">Of their last session; zeros before the first.</param>
    /// <param name="network">The ledger.</param>
    /// <param name="sender">Who writes.</param>
    /// <param name="recipient">Who reads.</param>
    public PairKeys(in Bytes32 x, in Bytes32 psk, LedgerNetwork network, in LedgerPublicKey sender, in LedgerPublicKey recipient)
    {
        Span<byte> secret = stackalloc byte[2 * Bytes32.Size];
        x.CopyTo(secret);
        psk.CopyTo(secret[Bytes32.Size..]);
        Span<byte> info = stackalloc byte[LedgerNetwork.MagicSize + 2 * LedgerPublicKey.Size];
        network.WriteMagic(info);
        sender.Bytes.CopyTo(info[LedgerNetwork.MagicSize..]);
        recipient.Bytes.CopyTo(info[(LedgerNetwork.MagicSize + LedgerPublicKey.Size)..]);
        Span<byte> keys = stackalloc byte[3 * Bytes32.Size];
        Sha256.Hkdf(secret, "IPC2"u8, info, keys);
        _tag = new(Bytes32.Read(keys[..32]));
        _seal = Bytes32.Read(keys[32..64]);
        _salt = Bytes32.Read(keys[64..]);
    }

    /// <summary>What stands in a message's field: the recipient's, and nobody else's, to recognise. One hash, no allocation.</summary>
    public Bytes20 TagOf(in Bytes32 outpoints)
    {
        var mac = _tag.Mac(outpoints);
        return Bytes20.Read(mac[..Bytes20.Size]);
    }

    /// <summary>The salt of a message: of all that it says, so that no broken generator repeats a key for other bytes.</summary>
    public ulong SaltFor(in Bytes32 outpoints, byte type, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> random)
    {
        Span<byte> input = stackalloc byte[Bytes32.Size + 1 + plain.Length + random.Length];
        var writer = new SpanWriter(input);
        writer.Write(outpoints);
        writer.WriteU8(type);
        writer.Write(plain);
        writer.Write(random);
        var mac = Sha256.Hmac(_salt, input);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(mac);
    }

    /// <summary>The key of one message. <paramref name="header"/> is flag, field, type and salt.</summary>
    public Bytes32 KeyFor(in Bytes32 outpoints, ReadOnlySpan<byte> header)
    {
        Span<byte> input = stackalloc byte[Bytes32.Size + header.Length];
        outpoints.CopyTo(input);
        header.CopyTo(input[Bytes32.Size..]);
        return Sha256.Hmac(_seal, input);
    }
}
