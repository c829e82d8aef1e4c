using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>A ticket as few dots: 63 bytes in upper-case base 32, for a square that a telephone reads. Spec: tickets.md §4.2.</summary>
/// <remarks><code>| kind=1 (1) | host 32 | token 16 | expires u32 | start of SHA-256 of the hub's key, or zeros 10 |</code></remarks>
internal static class TicketCode
{
    public const int Size = 1 + Bytes32.Size + Token16.Size + 4 + HubTagSize;
    public const int TextLength = (Size * 8 + 4) / 5;
    private const int HubTagSize = 10;
    private const byte Kind = 1;
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648 §6, without padding

    public static string Write(Ticket ticket)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Kind);
        writer.Write(ticket.Host.Bytes);
        ticket.Token.CopyTo(writer.Take(Token16.Size));
        writer.WriteU32((uint)ticket.Expires.ToUnixTimeSeconds());
        if (ticket.Hub is { } hub) writer.Write(Tag(hub));
        return Encode(bytes);
    }

    /// <param name="text">What was scanned.</param>
    /// <param name="hubs">The channel keys of the hubs that this node knows: the code names one of them.</param>
    /// <param name="ticket">With a null hub if the code names none.</param>
    public static bool TryParse(string text, ReadOnlySpan<DhPublicKey> hubs, [NotNullWhen(true)] out Ticket? ticket)
    {
        ticket = null;
        Span<byte> bytes = stackalloc byte[Size];
        if (!TryDecode(text, bytes)) return false;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var kind) || kind != Kind || !reader.TryReadBytes32(out var host) || host.IsZero
            || !reader.TryTake(Token16.Size, out var token) || !reader.TryReadU32(out var expires)
            || !TryFind(reader.Rest, hubs, out var hub)) return false;
        ticket = new()
        {
            Host = new(host),
            Token = Token16.Read(token),
            Expires = DateTimeOffset.FromUnixTimeSeconds(expires),
            Hub = hub,
        };
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
        Span<char> text = stackalloc char[TextLength];
        for (var i = 0; i < text.Length; i++) text[i] = Digits[Window(bytes, i)];
        return new(text);
    }

    private static bool TryDecode(string text, Span<byte> bytes)
    {
        if (text.Length != TextLength) return false;
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
