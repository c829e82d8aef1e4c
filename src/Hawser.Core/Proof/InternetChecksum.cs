using System.Buffers.Binary;

namespace Hawser.Proof;

/// <summary>The checksum of RFC 1071, and what TCP and UDP put before themselves for it.</summary>
internal static class InternetChecksum
{
    public static ushort Of(ReadOnlySpan<byte> bytes) => Fold(Sum(bytes));

    /// <summary>Of a segment with its pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1); 0 if the one that is in it is right.</summary>
    public static ushort OfSegment(in HostPort source, in HostPort destination, byte protocol, ReadOnlySpan<byte> segment)
    {
        var size = source.IsIPv4 ? 4 : 16;
        Span<byte> addresses = stackalloc byte[2 * size];
        source.CopyAddressTo(addresses[..size]);
        destination.CopyAddressTo(addresses[size..]);
        return Fold(Sum(addresses) + (uint)segment.Length + protocol + Sum(segment));
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (; bytes.Length >= 2; bytes = bytes[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return bytes.IsEmpty ? sum : sum + ((ulong)bytes[0] << 8);
    }

    private static ushort Fold(ulong sum)
    {
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)(~sum & 0xFFFF);
    }
}
