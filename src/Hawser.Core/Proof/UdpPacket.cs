using System.Buffers.Binary;

namespace Hawser.Proof;

/// <summary>A whole packet of UDP, as raw.md §5.2 lets it through.</summary>
internal static class UdpPacket
{
    private const byte Udp = 17, TimeToLive = 64;
    private const int Header = 8;

    public static byte[] Write(in HostPort source, in HostPort destination, ReadOnlySpan<byte> payload)
    {
        var front = source.IsIPv4 ? IpHeader.IPv4Size : IpHeader.IPv6Size;
        var packet = new byte[front + Header + payload.Length];
        IpHeader.Write(packet, source, destination, Udp, TimeToLive);
        var segment = packet.AsSpan(front);
        BinaryPrimitives.WriteUInt16BigEndian(segment, source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)segment.Length);
        payload.CopyTo(segment[Header..]);
        var checksum = InternetChecksum.OfSegment(source, destination, Udp, segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment[6..], checksum == 0 ? ushort.MaxValue : checksum); // zero says that there is none
        return packet;
    }
}
