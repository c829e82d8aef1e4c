using System.Buffers;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>One typed message of a tally, as a view of its bytes. Spec: messages.md §4.1.</summary>
/// <remarks><code>| kind=40 (1) | tally 16 | series u64 | number u64 | sent u64 | type 1+n | body … |</code></remarks>
internal readonly ref struct Note
{
    public const byte Kind = 40;
    public const int MaxType = 32; // messages.md §6
    public const int MaxBody = 60_000; // messages.md §6
    public const int MaxDepth = 32; // messages.md §6
    public const ulong MaxNumber = 1UL << 62; // messages.md §4.1
    public const int MaxSize = HeaderSize + MaxType + MaxBody;
    private const int HeaderSize = 1 + Token16.Size + 8 + 8 + 8 + 1;

    private static readonly SearchValues<byte> Edges = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789"u8);
    private static readonly SearchValues<byte> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-"u8);

    public required Token16 Tally { get; init; }

    public required ulong Series { get; init; }

    public required ulong Number { get; init; }

    /// <summary>Milliseconds of Unix time, by the sender's clock.</summary>
    public required ulong Sent { get; init; }

    public required ReadOnlySpan<byte> Type { get; init; }

    public required ReadOnlySpan<byte> Body { get; init; }

    public int Size => HeaderSize + Type.Length + Body.Length;

    public static bool IsType(ReadOnlySpan<byte> type) => type.Length is > 0 and <= MaxType && !type.ContainsAnyExcept(Letters)
        && Edges.Contains(type[0]) && Edges.Contains(type[^1]);

    public static bool IsBody(ReadOnlySpan<byte> body) => body.Length <= MaxBody && JsonText.IsOneValue(body, MaxDepth);

    public static bool TryRead(ReadOnlySpan<byte> bytes, out Note note)
    {
        note = default;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var kind) || kind != Kind || !reader.TryTake(Token16.Size, out var tally)
            || !reader.TryReadU64(out var series) || !reader.TryReadU64(out var number) || number is 0 or > MaxNumber
            || !reader.TryReadU64(out var sent) || sent > long.MaxValue || !reader.TryTakeBlob8(out var type) || !IsType(type)
            || !IsBody(reader.Rest)) return false;
        note = new() { Tally = Token16.Read(tally), Series = series, Number = number, Sent = sent, Type = type, Body = reader.Rest };
        return true;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8(Kind);
        Tally.CopyTo(writer.Take(Token16.Size));
        writer.WriteU64(Series);
        writer.WriteU64(Number);
        writer.WriteU64(Sent);
        writer.WriteBlob8(Type);
        writer.Write(Body);
        return writer.Written;
    }
}

/// <summary>What of a series is on the disk of who says so. Spec: messages.md §4.2.</summary>
/// <remarks><code>| kind=41 (1) | tally 16 | series u64 | count (1) | { first u64 | last u64 } |</code></remarks>
internal sealed record Got(Token16 Tally, ulong Series, IReadOnlyList<(ulong First, ulong Last)> Ranges)
{
    public const byte Kind = 41;
    public const int MaxRanges = 32; // messages.md §6
    private const int HeaderSize = 1 + Token16.Size + 8 + 1;
    private const int RangeSize = 16;

    public int Size => HeaderSize + Ranges.Count * RangeSize;

    public static bool TryRead(ReadOnlySpan<byte> bytes, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Got? got)
    {
        got = null;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var kind) || kind != Kind || !reader.TryTake(Token16.Size, out var tally)
            || !reader.TryReadU64(out var series) || !reader.TryReadU8(out var count) || count is 0 or > MaxRanges) return false;
        var ranges = new (ulong First, ulong Last)[count];
        ulong before = 0;
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadU64(out var first) || !reader.TryReadU64(out var last) || first > last || last > Note.MaxNumber
                || first == 0 || (i > 0 && first <= before + 1)) return false;
            ranges[i] = (first, last);
            before = last;
        }

        if (!reader.AtEnd) return false;
        got = new(Token16.Read(tally), series, ranges);
        return true;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8(Kind);
        Tally.CopyTo(writer.Take(Token16.Size));
        writer.WriteU64(Series);
        writer.WriteU8((byte)Ranges.Count);
        foreach (var (first, last) in Ranges)
        {
            writer.WriteU64(first);
            writer.WriteU64(last);
        }

        return writer.Written;
    }
}
