using System.Buffers.Binary;

namespace Hawser.Proof;

/// <summary>The header of a packet without options, flags and extension (RFC 791, RFC 8200).</summary>
internal static class IpHeader
{
    public const int IPv4Size = 20, IPv6Size = 40;

    /// <summary>Fills the front of a packet that is all zeros there; the packet's length is its own.</summary>
    public static void Write(Span<byte> packet, in HostPort source, in HostPort destination, byte protocol, byte timeToLive)
    {
        if (source.IsIPv4)
        {
            packet[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
            packet[8] = timeToLive;
            packet[9] = protocol;
            source.CopyAddressTo(packet[12..16]);
            destination.CopyAddressTo(packet[16..20]);
            BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Of(packet[..IPv4Size]));
            return;
        }

        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - IPv6Size));
        packet[6] = protocol;
        packet[7] = timeToLive;
        source.CopyAddressTo(packet[8..24]);
        destination.CopyAddressTo(packet[24..40]);
    }
}
