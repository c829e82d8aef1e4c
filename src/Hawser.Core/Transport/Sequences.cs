namespace Hawser.Transport;

/// <summary>Sequences are 64 bits long; the wire carries the lower 32. Spec: transport.md §3.</summary>
internal static class Sequences
{
    private const long Span = 1L << 32;

    public static uint Low(long sequence) => (uint)(sequence & (Span - 1));

    /// <summary>The sequence with these lower bits that is nearest to one that is known.</summary>
    public static long Expand(uint low, long near)
    {
        var candidate = (near & ~(Span - 1)) | low;
        if (candidate - near > Span / 2) return candidate >= Span ? candidate - Span : candidate;
        return near - candidate > Span / 2 ? candidate + Span : candidate;
    }

    /// <summary>The lowest sequence with these lower bits that is not below one that is known: narrow packets carry few.</summary>
    public static long Ahead(uint low, int bits, long from) => from + ((low - from) & ((1L << bits) - 1));
}
