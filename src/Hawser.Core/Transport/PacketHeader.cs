using System.Buffers.Binary;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>The kinds of sealed packets; bits 2 to 6 of a wide packet's first byte are zero, bit 7 is one.</summary>
internal enum PacketKind : byte
{
    /// <summary>Has a sequence of its own and gets a verdict.</summary>
    Data = 0x80,

    /// <summary>Wants an acknowledgement at once.</summary>
    Ping = 0x81,

    /// <summary>Wants nothing.</summary>
    Ack = 0x82,

    /// <summary>Narrow only: as data, but frames instead of one datagram.</summary>
    Framed = 0x83,
}

/// <summary>The clear part of a wide sealed packet, authenticated with it. Spec: transport.md §4.1.</summary>
/// <remarks><code>
///  0        1              1 + c            5 + c
/// +--------+--------------+----------------+------------------+------------
/// | kind   | cid (c)      | sequence (4)   | counter (4)      | sealed …
/// +--------+--------------+----------------+------------------+------------
///                            of control: the last one sent; the counter only there
/// </code></remarks>
internal readonly record struct PacketHeader(PacketKind Kind, Cid Cid, uint Sequence, uint Counter)
{
    public const int MaxSize = 1 + Cid.MaxLength + 4 + 4;

    public bool IsControl => Kind is not PacketKind.Data;

    public int Size => 1 + Cid.Length + 4 + (IsControl ? 4 : 0);

    /// <summary>Reads the header of a packet to one who draws identifiers of this length.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, int cidLength, out PacketHeader header)
    {
        header = default;
        var rest = 1 + cidLength;
        if (packet.Length < rest + 4 || packet[0] is < (byte)PacketKind.Data or > (byte)PacketKind.Ack) return false;
        var (kind, counter) = ((PacketKind)packet[0], 0u);
        if (kind is not PacketKind.Data)
        {
            if (packet.Length < rest + 8) return false;
            counter = BinaryPrimitives.ReadUInt32BigEndian(packet[(rest + 4)..]);
        }

        header = new(kind, Cid.FromBytes(packet[1..rest]), BinaryPrimitives.ReadUInt32BigEndian(packet[rest..]), counter);
        return true;
    }

    /// <summary>Writes the header toward a peer that knows its packets by this.</summary>
    public static int Write(Span<byte> target, PacketKind kind, in Cid cid, uint sequence, uint counter)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8((byte)kind);
        cid.CopyTo(writer.Take(cid.Length));
        writer.WriteU32(sequence);
        if (kind is not PacketKind.Data) writer.WriteU32(counter);
        return writer.Written;
    }

    public int Write(Span<byte> target) => Write(target, Kind, Cid, Sequence, Counter);
}
