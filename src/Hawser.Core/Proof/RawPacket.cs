using System.Buffers.Binary;

namespace Hawser.Proof;

/// <summary>Why a whole packet is not let through, in the order of the checks.</summary>
internal enum RawFault
{
    None,
    TooShort,
    TooLong,

    /// <summary>Neither IPv4 nor IPv6, or one in the frame of the other.</summary>
    WrongVersion,

    /// <summary>Options or extension headers: some of them choose the way, or hide what follows.</summary>
    HasOptions,

    /// <summary>The header says another length than there is.</summary>
    WrongLength,
    Fragment,
    TimeToLive,

    /// <summary>Neither UDP nor TCP, or not what was asked for.</summary>
    WrongTransport,
    WrongChecksum,
    WrongSource,
    WrongDestination,
}

/// <summary>
/// A whole IP packet with UDP or TCP in it, taken apart far enough to say from where to where it goes.
/// Spec: raw.md §5.2.
/// </summary>
/// <param name="Source">From where it says it is.</param>
/// <param name="Destination">For whom it is.</param>
/// <param name="Transport">What is in it.</param>
/// <param name="Header">Bytes before the segment.</param>
/// <param name="Body">Bytes before what the segment carries.</param>
internal readonly record struct RawPacket(HostPort Source, HostPort Destination, AddressTransport Transport, int Header, int Body)
{
    public const int MaxSize = 1_500; // raw.md §6
    private const int IPv4Header = 20, IPv6Header = 40, UdpHeader = 8, TcpHeader = 20;
    private const byte TcpProtocol = 6, UdpProtocol = 17; // IANA
    private const ushort MoreOrOffset = 0x3FFF, Reserved = 0x8000;

    /// <summary>Reads a packet that is whole, unfragmented, and right in every length and checksum.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RawPacket packet) => Read(bytes, checks: true, out packet) is RawFault.None;

    /// <summary>As <see cref="TryRead"/>, for packets that this machine's stack shows: whose checksums the card is yet to make.</summary>
    public static bool TryReadOwn(ReadOnlySpan<byte> bytes, out RawPacket packet) => Read(bytes, checks: false, out packet) is RawFault.None;

    /// <summary>What speaks against it; all lengths are checked before they are used.</summary>
    public static RawFault Read(ReadOnlySpan<byte> bytes, bool checks, out RawPacket packet)
    {
        packet = default;
        if (bytes.Length < IPv4Header + UdpHeader) return RawFault.TooShort;
        if (checks && bytes.Length > MaxSize) return RawFault.TooLong;
        return (bytes[0] >> 4) switch
        {
            4 => ReadIPv4(bytes, checks, ref packet),
            6 => ReadIPv6(bytes, checks, ref packet),
            _ => RawFault.WrongVersion,
        };
    }

    private static RawFault ReadIPv4(ReadOnlySpan<byte> bytes, bool checks, ref RawPacket packet)
    {
        if ((bytes[0] & 15) != IPv4Header / 4) return RawFault.HasOptions;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != bytes.Length) return RawFault.WrongLength;
        if ((BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) & (MoreOrOffset | Reserved)) != 0) return RawFault.Fragment;
        if (bytes[8] == 0) return RawFault.TimeToLive;
        if (checks && InternetChecksum.Of(bytes[..IPv4Header]) != 0) return RawFault.WrongChecksum;
        return ReadSegment(bytes, IPv4Header, bytes[9], HostPort.Read(bytes[12..16], 0), HostPort.Read(bytes[16..20], 0), checks, ref packet);
    }

    private static RawFault ReadIPv6(ReadOnlySpan<byte> bytes, bool checks, ref RawPacket packet)
    {
        if (bytes.Length < IPv6Header + UdpHeader) return RawFault.TooShort;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) != bytes.Length - IPv6Header) return RawFault.WrongLength;
        if (bytes[7] == 0) return RawFault.TimeToLive;
        if (bytes[6] is 44) return RawFault.Fragment; // its header is an extension
        if (bytes[6] is 0 or 43 or 50 or 51 or 60 or 135 or 139 or 140) return RawFault.HasOptions; // IANA's list of extension headers
        var (source, destination) = (HostPort.Read(bytes[8..24], 0), HostPort.Read(bytes[24..40], 0));
        if (source.IsIPv4 || destination.IsIPv4) return RawFault.WrongVersion; // ::ffff:0:0/96 is no address on the wire
        return ReadSegment(bytes, IPv6Header, bytes[6], source, destination, checks, ref packet);
    }

    private static RawFault ReadSegment(
        ReadOnlySpan<byte> bytes, int header, byte protocol, in HostPort source, in HostPort destination, bool checks, ref RawPacket packet)
    {
        var segment = bytes[header..];
        int body;
        switch (protocol)
        {
            case UdpProtocol:
                if (segment.Length < UdpHeader) return RawFault.TooShort;
                if (BinaryPrimitives.ReadUInt16BigEndian(segment[4..]) != segment.Length) return RawFault.WrongLength;
                // Zero is "none" in IPv4: an accident on the way would then go unseen, so it is not let through either.
                if (checks && segment[6] == 0 && segment[7] == 0) return RawFault.WrongChecksum;
                body = UdpHeader;
                break;
            case TcpProtocol:
                if (segment.Length < TcpHeader) return RawFault.TooShort;
                body = (segment[12] >> 4) * 4;
                if (body < TcpHeader || body > segment.Length) return RawFault.WrongLength;
                break;
            default:
                return RawFault.WrongTransport;
        }

        var (from, to) = (BinaryPrimitives.ReadUInt16BigEndian(segment), BinaryPrimitives.ReadUInt16BigEndian(segment[2..]));
        if (checks && InternetChecksum.OfSegment(source, destination, protocol, segment) != 0) return RawFault.WrongChecksum;
        packet = new(source with { Port = from }, destination with { Port = to },
            protocol == UdpProtocol ? AddressTransport.Udp : AddressTransport.Tcp, header, header + body);
        return RawFault.None;
    }
}
