using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>The compact profile: a message of 31 to 51 bytes that two who know each other's keys can read. Spec: chain.md §4.5.</summary>
/// <remarks><code>
/// | type (1) | salt (8) | sealed: address (4 or 16) port (2), reference (8) | tag (16) |
/// </code></remarks>
internal static class CompactMessage
{
    public const int MaxSize = HeaderSize + MaxPlain + PacketCipher.TagSize;
    private const int HeaderSize = 1 + 8;
    private const int MaxPlain = 16 + 2 + InvitationReference.CompactSize;
    private const int RandomSize = 16;
    private const byte IPv6 = 0x80, Tcp = 0x40, Kinds = 0x3F;

    /// <summary>Bytes of a message.</summary>
    public static int SizeOf(MessageKind kind, HostPort? address) => HeaderSize + PacketCipher.TagSize
        + (kind is MessageKind.Invitation ? 0 : InvitationReference.CompactSize)
        + (kind is MessageKind.Cancel ? 0 : address is { IsIPv4: false } ? 18 : 6);

    public static byte[] Seal(PairKeys keys, in Bytes32 outpoints, in MessageContent content, IEntropy entropy)
    {
        Span<byte> buffer = stackalloc byte[MaxPlain];
        var (type, length) = Write(content, buffer);
        var plain = buffer[..length];
        Span<byte> random = stackalloc byte[RandomSize];
        entropy.Fill(random);
        var message = new byte[HeaderSize + plain.Length + PacketCipher.TagSize];
        var writer = new SpanWriter(message);
        writer.WriteU8(type);
        writer.WriteU64(keys.SaltFor(outpoints, type, plain, random));
        writer.Write(plain);
        Span<byte> header = stackalloc byte[Announcement.FlagSize + Bytes20.Size + HeaderSize];
        var key = KeyOf(keys, outpoints, keys.TagOf(outpoints), message, header);
        using var cipher = PacketCipher.Create(Aead.Aes256Gcm, key, seal: true);
        cipher.Seal(stackalloc byte[PacketCipher.NonceSize], header, message.AsSpan(HeaderSize, plain.Length), message.AsSpan()[^PacketCipher.TagSize..]);
        return message;
    }

    /// <summary>Whether a message can be one by its length and type alone.</summary>
    public static bool HasForm(ReadOnlySpan<byte> message) =>
        message.Length is > HeaderSize + PacketCipher.TagSize and <= MaxSize;

    /// <summary>Opens what a peer sealed under a field that is this pair's tag.</summary>
    public static MessageFault TryOpen(PairKeys keys, in Bytes32 outpoints, in Bytes20 field, ReadOnlySpan<byte> message, out MessageContent content)
    {
        content = default;
        if (!HasForm(message)) return MessageFault.Length;
        Span<byte> header = stackalloc byte[Announcement.FlagSize + Bytes20.Size + HeaderSize];
        var key = KeyOf(keys, outpoints, field, message, header);
        Span<byte> opened = stackalloc byte[message.Length];
        message.CopyTo(opened);
        var plain = opened[HeaderSize..^PacketCipher.TagSize];
        using var cipher = PacketCipher.Create(Aead.Aes256Gcm, key, seal: false);
        if (!cipher.TryOpen(stackalloc byte[PacketCipher.NonceSize], header, plain, opened[^PacketCipher.TagSize..])) return MessageFault.Sealed;
        return Read(message[0], plain, out content);
    }

    /// <summary>Reads what was sealed under a type.</summary>
    public static MessageFault Read(byte type, ReadOnlySpan<byte> plain, out MessageContent content)
    {
        content = default;
        var kind = (MessageKind)(type & Kinds);
        if (kind is not (MessageKind.Invitation or MessageKind.Acceptance or MessageKind.Cancel)) return MessageFault.Kind;
        if ((type & Tcp) != 0) return kind is MessageKind.Cancel ? MessageFault.Malformed : MessageFault.Carrier;
        if (kind is MessageKind.Cancel && (type & IPv6) != 0) return MessageFault.Malformed;
        var reader = new SpanReader(plain);
        HostPort? address = null;
        var start = 0ul;
        if (kind is not MessageKind.Cancel)
        {
            var isIPv6 = (type & IPv6) != 0;
            if (!reader.TryTake(isIPv6 ? 16 : 4, out var bytes) || !reader.TryReadU16(out var port) || port == 0) return MessageFault.Malformed;
            address = HostPort.Read(bytes, port);
            if (address.Value.IsIPv4 == isIPv6) return MessageFault.Malformed; // one encoding of each address
        }

        if (kind is not MessageKind.Invitation && (!reader.TryReadU64(out start) || start == 0)) return MessageFault.Malformed;
        if (!reader.AtEnd) return MessageFault.Malformed;
        content = new(kind, address, new(start, default));
        return MessageFault.None;
    }

    private static (byte Type, int Length) Write(in MessageContent content, Span<byte> plain)
    {
        var writer = new SpanWriter(plain);
        var type = (byte)content.Kind;
        if (content.Kind is not MessageKind.Cancel)
        {
            var address = content.Address ?? throw new ArgumentException("an address is wanted", nameof(content));
            if (!address.IsIPv4) type |= IPv6;
            address.CopyAddressTo(writer.Take(address.IsIPv4 ? 4 : 16));
            writer.WriteU16(address.Port);
        }

        if (content.Kind is not MessageKind.Invitation) writer.WriteU64(content.Reference.Start);
        return (type, writer.Written);
    }

    private static Bytes32 KeyOf(PairKeys keys, in Bytes32 outpoints, in Bytes20 field, ReadOnlySpan<byte> message, Span<byte> header)
    {
        var writer = new SpanWriter(header);
        writer.Write(Announcement.FlagOf(MessageProfile.Compact));
        field.CopyTo(writer.Take(Bytes20.Size));
        writer.Write(message[..HeaderSize]);
        return keys.KeyFor(outpoints, header);
    }
}

/// <summary>What is wrong with a message, in the order in which it is looked for. Spec: chain.md §5.2.</summary>
internal enum MessageFault
{
    None,

    /// <summary>No message has this length.</summary>
    Length,

    /// <summary>It does not open: it was altered, or copied from another transaction, or is not for us.</summary>
    Sealed,

    /// <summary>It opens, and makes no sense.</summary>
    Malformed,

    /// <summary>Of no kind that is known.</summary>
    Kind,

    /// <summary>It names a port of TCP, on which nothing of ours speaks.</summary>
    Carrier,
}
