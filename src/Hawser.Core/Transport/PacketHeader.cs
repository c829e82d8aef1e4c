using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>The kinds of sealed packets; bits 2 to 6 of their first byte are zero, bit 7 is one.</summary>
internal enum PacketKind : byte
{
    /// <summary>Has a sequence of its own and gets a verdict.</summary>
    Data = 0x80,

    /// <summary>Wants an acknowledgement at once.</summary>
    Ping = 0x81,

    /// <summary>Wants nothing.</summary>
    Ack = 0x82,
}

/// <summary>The clear part of a sealed packet, authenticated with it. Spec: transport.md §4.1.</summary>
/// <remarks><code>
///  0        1              9                13
/// +--------+--------------+----------------+------------------+------------
/// | kind   | cid (8)      | sequence (4)   | counter (4)      | sealed …
/// +--------+--------------+----------------+------------------+------------
///                            of control: the last one sent; the counter only there
/// </code></remarks>
internal readonly record struct PacketHeader(PacketKind Kind, ulong Cid, uint Sequence, uint Counter)
{
    public const int CidSize = 8;
    public const int DataSize = 1 + CidSize + 4;
    public const int ControlSize = DataSize + 4;

    public bool IsControl => Kind is not PacketKind.Data;

    public int Size => IsControl ? ControlSize : DataSize;

    public static bool TryRead(ReadOnlySpan<byte> packet, out PacketHeader header)
    {
        var reader = new SpanReader(packet);
        var counter = 0u;
        if (reader.TryReadU8(out var kind) && kind is >= (byte)PacketKind.Data and <= (byte)PacketKind.Ack
            && reader.TryReadU64(out var cid)
            && reader.TryReadU32(out var sequence)
            && (kind == (byte)PacketKind.Data || reader.TryReadU32(out counter)))
        {
            header = new((PacketKind)kind, cid, sequence, counter);
            return true;
        }

        header = default;
        return false;
    }

    /// <summary>Writes the header toward a peer that knows its packets by this.</summary>
    public static int Write(Span<byte> target, PacketKind kind, in Transport.Cid cid, uint sequence, uint counter)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8((byte)kind);
        cid.CopyTo(writer.Take(cid.Length));
        writer.WriteU32(sequence);
        if (kind is not PacketKind.Data) writer.WriteU32(counter);
        return writer.Written;
    }

    public int Write(Span<byte> target) => Write(target, Kind, new(Cid, CidSize), Sequence, Counter);
}
