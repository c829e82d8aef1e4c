using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>
/// The clear part of a narrow packet: four bytes, an identifier and a mask of what arrived. Spec: transport.md §4.2.
/// </summary>
/// <remarks><code>
///  0                1               2               3         3 + c         (+4)
/// +-----------------+---------------+---------------+---------+-------------+-----------+---------+--------
/// |1|seq 0–4 |kind:2|ack 0–1|seq 5–10| ack 2–9       | cid (c) | counter (4) | bytes (1) | mask    | sealed …
/// +-----------------+---------------+---------------+---------+-------------+-----------+---------+--------
///                                                               control only
/// </code></remarks>
/// <param name="Kind">Data, ping, ack or framed.</param>
/// <param name="Cid">What the receiver chose.</param>
/// <param name="Sequence">The lower bits of its own sequence; of control: of the last one sent.</param>
/// <param name="Ack">The lower bits of the highest sequence that was judged.</param>
/// <param name="Counter">Of control.</param>
/// <param name="Mask">Bit i: the packet i before that one arrived.</param>
/// <param name="MaskBytes">Bytes of the mask that go along: 0 to 4.</param>
internal readonly record struct NarrowHeader(
    PacketKind Kind, Cid Cid, uint Sequence, uint Ack, uint Counter, uint Mask, int MaskBytes)
{
    public const int SequenceBits = 11;
    public const int AckBits = 10;
    public const int MaxMask = 4;
    public const int MaxSize = 3 + Cid.MaxLength + 4 + 1 + MaxMask;

    public bool IsControl => Kind is PacketKind.Ping or PacketKind.Ack;

    public int Size => SizeOf(IsControl, Cid.Length, MaskBytes);

    public static int SizeOf(bool isControl, int cidLength, int maskBytes) => 3 + cidLength + (isControl ? 4 : 0) + 1 + maskBytes;

    /// <summary>Reads the header of a packet to one who draws identifiers of this length.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, int cidLength, out NarrowHeader header)
    {
        header = default;
        var reader = new SpanReader(packet);
        if (!reader.TryReadU8(out var first) || first < 0x80
            || !reader.TryReadU16(out var rest)
            || !reader.TryTake(cidLength, out var cid)) return false;
        var kind = (PacketKind)(0x80 | (first & 3));
        var counter = 0u;
        if (kind is PacketKind.Ping or PacketKind.Ack && !reader.TryReadU32(out counter)) return false;
        if (!reader.TryReadU8(out var count) || count > MaxMask || !reader.TryTake(count, out var bytes)) return false;
        var mask = 0u;
        for (var i = 0; i < count; i++) mask |= (uint)bytes[i] << (8 * i);
        var sequence = (uint)((first >> 2) & 0x1F) | ((uint)((rest >> 8) & 0x3F) << 5);
        var ack = (uint)(rest >> 14) | ((uint)(rest & 0xFF) << 2);
        header = new(kind, Cid.FromBytes(cid), sequence, ack, counter, mask, count);
        return true;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8((byte)(0x80u | ((uint)Kind & 3) | ((Sequence & 0x1F) << 2)));
        writer.WriteU8((byte)(((Sequence >> 5) & 0x3F) | ((Ack & 3) << 6)));
        writer.WriteU8((byte)((Ack >> 2) & 0xFF));
        Cid.CopyTo(writer.Take(Cid.Length));
        if (IsControl) writer.WriteU32(Counter);
        writer.WriteU8((byte)MaskBytes);
        for (var i = 0; i < MaskBytes; i++) writer.WriteU8((byte)((Mask >> (8 * i)) & 0xFF));
        return writer.Written;
    }
}
