using System.Buffers.Binary;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>
/// What of the peer's packets arrived. Up to top the verdict is final: what no range covers is lost. Ranges above top
/// did arrive, the gaps between them are not judged yet. Spec: transport.md §4.4.
/// </summary>
/// <remarks><code>
///  0        1          5         9            11          12
/// +--------+----------+---------+------------+-----------+----------------------------------+
/// | kind=8 | base (4) | top (4) | delay (2)  | count (1) | count × (gap (2), length−1 (2))  |
/// +--------+----------+---------+------------+-----------+----------------------------------+
/// </code></remarks>
internal readonly ref struct AckFrame
{
    public const int MaxRanges = 64; // transport.md §6
    public const int HeaderSize = 12;
    public const int RangeSize = 4;
    public const int DelayUnitMicros = 8;

    /// <summary>Everything up to here was judged, and the peer of this frame's sender said that it knows.</summary>
    public uint Base { get; private init; }

    public uint Top { get; private init; }

    /// <summary>How long ago the highest packet came, in units of 8 microseconds.</summary>
    public ushort Delay { get; private init; }

    /// <summary>The ranges as they stand on the wire, upward from base.</summary>
    public ReadOnlySpan<byte> Ranges { get; private init; }

    public static bool TryRead(scoped ref SpanReader reader, out AckFrame frame)
    {
        if (reader.TryReadU32(out var bottom)
            && reader.TryReadU32(out var top)
            && reader.TryReadU16(out var delay)
            && reader.TryReadU8(out var count) && count <= MaxRanges
            && reader.TryTake(count * RangeSize, out var ranges)
            && IsCanonical(ranges))
        {
            frame = new() { Base = bottom, Top = top, Delay = delay, Ranges = ranges };
            return true;
        }

        frame = default;
        return false;
    }

    public void Write(ref SpanWriter writer)
    {
        WriteHeader(writer.Take(HeaderSize), Base, Top, Delay, Ranges.Length / RangeSize);
        writer.Write(Ranges);
    }

    public static void WriteHeader(Span<byte> target, uint bottom, uint top, ushort delay, int count)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8((byte)FrameKind.Ack);
        writer.WriteU32(bottom);
        writer.WriteU32(top);
        writer.WriteU16(delay);
        writer.WriteU8((byte)count);
    }

    public static void WriteRange(ref SpanWriter writer, long gap, long length)
    {
        writer.WriteU16((ushort)gap);
        writer.WriteU16((ushort)(length - 1));
    }

    /// <summary>Takes the lowest range off the front.</summary>
    public static bool TryTakeRange(ref ReadOnlySpan<byte> ranges, out int gap, out int length)
    {
        (gap, length) = (0, 0);
        if (ranges.IsEmpty) return false;
        gap = BinaryPrimitives.ReadUInt16BigEndian(ranges);
        length = BinaryPrimitives.ReadUInt16BigEndian(ranges[2..]) + 1;
        ranges = ranges[RangeSize..];
        return true;
    }

    // Ranges without a gap between them would be one range; only the first may start right above base.
    private static bool IsCanonical(ReadOnlySpan<byte> ranges)
    {
        for (var at = RangeSize; at < ranges.Length; at += RangeSize)
        {
            if (ranges[at] == 0 && ranges[at + 1] == 0) return false;
        }

        return true;
    }
}
