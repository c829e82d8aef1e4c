using System.Buffers.Binary;

namespace Hawser.Proof;

/// <summary>The flags of a TCP segment that matter here (RFC 9293 §3.1).</summary>
[Flags]
internal enum TcpFlags : byte
{
    None = 0,
    Finish = 1,
    Synchronize = 2,
    Reset = 4,
    Push = 8,
    Acknowledge = 16,
}

/// <summary>A TCP segment without options, in a packet of its own. Spec: reflection.md §4.2.</summary>
/// <param name="Source">From.</param>
/// <param name="Destination">To.</param>
/// <param name="Sequence">Of the first byte.</param>
/// <param name="Acknowledged">The next byte that is expected.</param>
/// <param name="Flags">What it is.</param>
internal readonly record struct TcpSegment(HostPort Source, HostPort Destination, uint Sequence, uint Acknowledged, TcpFlags Flags)
{
    public const ushort Window = 4_380; // reflection.md §6
    private const byte TimeToLive = 64, Tcp = 6;
    private const int Header = 20;

    public static int Overhead(bool isIPv4) => (isIPv4 ? IpHeader.IPv4Size : IpHeader.IPv6Size) + Header;

    /// <summary>Reads a segment that this machine has received, whose checksum may be missing still.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out TcpSegment segment, out ReadOnlySpan<byte> body)
    {
        segment = default;
        body = default;
        if (!RawPacket.TryReadOwn(packet, out var read) || read.Transport is not AddressTransport.Tcp) return false;
        var header = packet[read.Header..];
        segment = new(read.Source, read.Destination, BinaryPrimitives.ReadUInt32BigEndian(header[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(header[8..]), (TcpFlags)header[13]);
        body = packet[read.Body..];
        return true;
    }

    /// <summary>Writes the whole packet.</summary>
    public int Write(ReadOnlySpan<byte> body, Span<byte> target)
    {
        var header = Source.IsIPv4 ? IpHeader.IPv4Size : IpHeader.IPv6Size;
        var length = header + Header + body.Length;
        var packet = target[..length];
        packet[..(header + Header)].Clear();
        IpHeader.Write(packet, Source, Destination, Tcp, TimeToLive);
        var segment = packet[header..];
        BinaryPrimitives.WriteUInt16BigEndian(segment, Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], Destination.Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], Acknowledged);
        segment[12] = Header / 4 << 4;
        segment[13] = (byte)Flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], Window);
        body.CopyTo(segment[Header..]);
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], InternetChecksum.OfSegment(Source, Destination, Tcp, segment));
        return length;
    }
}
