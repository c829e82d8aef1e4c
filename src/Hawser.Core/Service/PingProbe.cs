using Hawser.Wire;

namespace Hawser.Service;

/// <summary>A probe on a stream of the ping service, and, byte for byte, its answer. Spec: service.md §4.3.</summary>
/// <remarks><code>
/// +-------------+-------------+
/// | number u64  | opaque u64  |
/// +-------------+-------------+
/// </code></remarks>
internal readonly record struct PingProbe(ulong Number, ulong Opaque)
{
    public const int Size = 16;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out PingProbe probe)
    {
        var reader = new SpanReader(bytes);
        if (reader.TryReadU64(out var number) && reader.TryReadU64(out var opaque) && reader.AtEnd)
        {
            probe = new(number, opaque);
            return true;
        }

        probe = default;
        return false;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU64(Number);
        writer.WriteU64(Opaque);
        return writer.Written;
    }
}
