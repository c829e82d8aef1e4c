using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>
/// ECIES: a message that only the owner of a chain key can read, in the one transaction that spends these outpoints.
/// Spec: chain.md §4.6.
/// </summary>
/// <remarks><code>
/// | ephemeral key (33) | sealed message | tag (16) |
/// </code></remarks>
internal static class FullSeal
{
    public const int Overhead = LedgerPublicKey.Size + PacketCipher.TagSize;
    public const int MaxSize = Overhead + FullMessage.MaxSize;

    public static byte[] Seal(LedgerNetwork network, in LedgerPublicKey recipient, in Bytes32 outpoints, in Bytes20 field, ReadOnlySpan<byte> plain, IEntropy entropy)
    {
        var ephemeral = LedgerKeyPair.Generate(entropy);
        var message = new byte[Overhead + plain.Length];
        ephemeral.Public.Bytes.CopyTo(message);
        plain.CopyTo(message.AsSpan(LedgerPublicKey.Size));
        using var cipher = PacketCipher.Create(Aead.Aes256Gcm, KeyOf(network, ephemeral.Agree(recipient), outpoints, field, ephemeral.Public), seal: true);
        cipher.Seal(stackalloc byte[PacketCipher.NonceSize], Bound(field, stackalloc byte[BoundSize]),
            message.AsSpan(LedgerPublicKey.Size, plain.Length), message.AsSpan()[^PacketCipher.TagSize..]);
        return message;
    }

    public static bool TryOpen(LedgerNetwork network, LedgerKeyPair own, in Bytes32 outpoints, in Bytes20 field, ReadOnlySpan<byte> message, out byte[] plain)
    {
        plain = [];
        if (message.Length is <= Overhead or > MaxSize || !LedgerPublicKey.TryRead(message[..LedgerPublicKey.Size], out var ephemeral)) return false;
        var opened = message[LedgerPublicKey.Size..^PacketCipher.TagSize].ToArray();
        Span<byte> tag = stackalloc byte[PacketCipher.TagSize];
        message[^PacketCipher.TagSize..].CopyTo(tag);
        using var cipher = PacketCipher.Create(Aead.Aes256Gcm, KeyOf(network, own.Agree(ephemeral), outpoints, field, ephemeral), seal: false);
        if (!cipher.TryOpen(stackalloc byte[PacketCipher.NonceSize], Bound(field, stackalloc byte[BoundSize]), opened, tag)) return false;
        plain = opened;
        return true;
    }

    private const int BoundSize = Announcement.FlagSize + Bytes20.Size;

    private static ReadOnlySpan<byte> Bound(in Bytes20 field, Span<byte> target)
    {
        Announcement.FlagOf(MessageProfile.Full).CopyTo(target);
        field.CopyTo(target[Announcement.FlagSize..]);
        return target;
    }

    private static Bytes32 KeyOf(LedgerNetwork network, in Bytes32 x, in Bytes32 outpoints, in Bytes20 field, in LedgerPublicKey ephemeral)
    {
        Span<byte> info = stackalloc byte[LedgerNetwork.MagicSize + BoundSize + LedgerPublicKey.Size];
        network.WriteMagic(info);
        Bound(field, info.Slice(LedgerNetwork.MagicSize, BoundSize));
        ephemeral.Bytes.CopyTo(info[(LedgerNetwork.MagicSize + BoundSize)..]);
        var key = default(Bytes32);
        Sha256.Hkdf(x, outpoints, info, key);
        return key;
    }
}
