using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>A ticket as few dots: at most 63 bytes in upper-case base 32, for a square that a telephone reads. Spec: tickets.md §4.2.</summary>
/// <remarks><code>
/// | kind=1 (1) | host 32 | token 16 | expires u32 | start of SHA-256 of the hub's key, or zeros 10 |
/// | kind=3 (1) | host 32 | token 16 | expires u32 | IPv4 address 4 | port u16 |
/// </code>Kinds 2 and 4 are the same for a ticket that gives files.</remarks>
internal static class TicketCode
{
    public const int Size = Common + HubTagSize;
    public const int TextLength = (Size * 8 + 4) / 5;
    private const int Common = 1 + Bytes32.Size + Token16.Size + 4;
    private const int HubTagSize = 10;
    private const int AddressSize = 6;
    private const int DirectTextLength = ((Common + AddressSize) * 8 + 4) / 5;
    private const byte ByHub = 1, ByAddress = 3; // and one more for files
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648 §6, without padding

    /// <summary>Whether a text can only be meant as a code.</summary>
    public static bool HasLength(string text) => text.Length is TextLength or DirectTextLength;

    /// <summary>The code of a ticket that has a hub, else of one that has an IPv4 address; null if it has neither.</summary>
    public static string? TryWrite(Ticket ticket) =>
        ticket.Hub is not null || ticket.HostAddresses.Any(at => at.IsIPv4) ? Write(ticket) : null;

    public static string Write(Ticket ticket)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var writer = new SpanWriter(bytes);
        var direct = ticket.Hub is null && ticket.HostAddresses.Any(at => at.IsIPv4);
        writer.WriteU8((byte)((direct ? ByAddress : ByHub) + (ticket.Purpose is TicketPurpose.Receive ? 1 : 0)));
        writer.Write(ticket.Host.Bytes);
        ticket.Token.CopyTo(writer.Take(Token16.Size));
        writer.WriteU32((uint)ticket.Expires.ToUnixTimeSeconds());
        if (ticket.Hub is { } hub) writer.Write(Tag(hub));
        else if (direct)
        {
            var address = ticket.HostAddresses.First(at => at.IsIPv4);
            address.CopyAddressTo(writer.Take(4));
            writer.WriteU16(address.Port);
            return Encode(bytes[..writer.Written]);
        }

        return Encode(bytes);
    }

    /// <param name="text">What was scanned.</param>
    /// <param name="hubs">The channel keys of the hubs that this node knows: the code names one of them.</param>
    /// <param name="ticket">With a null hub if the code names none.</param>
    public static bool TryParse(string text, ReadOnlySpan<DhPublicKey> hubs, [NotNullWhen(true)] out Ticket? ticket)
    {
        ticket = null;
        if (!HasLength(text)) return false;
        var direct = text.Length == DirectTextLength;
        Span<byte> bytes = stackalloc byte[direct ? Common + AddressSize : Size];
        if (!TryDecode(text, bytes)) return false;
        var reader = new SpanReader(bytes);
        DhPublicKey? hub = null;
        HostPort[] addresses = [];
        if (!reader.TryReadU8(out var kind) || kind - (direct ? ByAddress : ByHub) is not (0 or 1)
            || !reader.TryReadBytes32(out var host) || host.IsZero
            || !reader.TryTake(Token16.Size, out var token) || !reader.TryReadU32(out var expires)
            || !(direct ? TryReadAddress(ref reader, out addresses) : TryFind(reader.Rest, hubs, out hub))) return false;
        ticket = new()
        {
            Host = new(host),
            Token = Token16.Read(token),
            Expires = DateTimeOffset.FromUnixTimeSeconds(expires),
            Hub = hub,
            HostAddresses = addresses,
            Purpose = kind is ByHub or ByAddress ? TicketPurpose.Join : TicketPurpose.Receive,
        };
        return true;
    }

    private static bool TryReadAddress(ref SpanReader reader, out HostPort[] addresses)
    {
        addresses = [];
        if (!reader.TryTake(4, out var ip) || !reader.TryReadU16(out var port) || port == 0) return false;
        addresses = [HostPort.Read(ip, port)];
        return true;
    }

    private static bool TryFind(ReadOnlySpan<byte> tag, ReadOnlySpan<DhPublicKey> hubs, out DhPublicKey? found)
    {
        found = null;
        if (!tag.ContainsAnyExcept((byte)0)) return true;
        foreach (var hub in hubs)
            if (tag.SequenceEqual(Tag(hub))) found = hub;
        return found is not null;
    }

    private static byte[] Tag(in DhPublicKey hub) => Sha256.Hash(hub.Bytes.ToArray().AsSpan()).ToArray()[..HubTagSize];

    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[(bytes.Length * 8 + 4) / 5];
        for (var i = 0; i < text.Length; i++) text[i] = Digits[Window(bytes, i)];
        return new(text);
    }

    private static bool TryDecode(string text, Span<byte> bytes)
    {
        int bits = 0, count = 0, at = 0;
        foreach (var c in text)
        {
            var digit = Digits.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0) return false;
            bits = ((bits << 5) | digit) & 0xFFF;
            count += 5;
            if (count < 8) continue;
            count -= 8;
            bytes[at++] = (byte)((bits >> count) & 255);
        }

        return (bits & ((1 << count) - 1)) == 0; // what is left over of the last digit is zero
    }

    // The five bits of a digit lie in two bytes at most.
    private static int Window(ReadOnlySpan<byte> bytes, int digit)
    {
        var (at, shift) = (digit * 5 / 8, digit * 5 % 8);
        Span<byte> two = [bytes[at], at + 1 < bytes.Length ? bytes[at + 1] : (byte)0];
        return (BinaryPrimitives.ReadUInt16BigEndian(two) >> (11 - shift)) & 31;
    }
}
