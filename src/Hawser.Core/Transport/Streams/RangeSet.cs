namespace Hawser.Transport.Streams;

/// <summary>Stretches of a stream, apart from each other and in order.</summary>
internal sealed class RangeSet
{
    private (long Start, long End)[] _ranges = [];

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>The lowest stretch, without its end.</summary>
    public (long Start, long End) First => _ranges[0];

    /// <summary>All of them, each without its end; good until the next change.</summary>
    public ReadOnlySpan<(long Start, long End)> All => _ranges.AsSpan(0, Count);

    /// <summary>Adds a stretch and joins it with those it touches.</summary>
    public void Add(long start, long end)
    {
        if (start >= end) return;
        var from = Count; // most come at the end
        while (from > 0 && _ranges[from - 1].End >= start) from--;
        var to = from;
        while (to < Count && _ranges[to].Start <= end)
        {
            (start, end) = (Math.Min(start, _ranges[to].Start), Math.Max(end, _ranges[to].End));
            to++;
        }

        Replace(from, to, 1);
        _ranges[from] = (start, end);
    }

    /// <summary>Takes a stretch out, whatever of it is there.</summary>
    public void Remove(long start, long end)
    {
        for (var i = 0; i < Count; i++)
        {
            var range = _ranges[i];
            if (range.End <= start) continue;
            if (range.Start >= end) return;
            if (range.Start < start && range.End > end)
            {
                Replace(i, i + 1, 2);
                (_ranges[i], _ranges[i + 1]) = ((range.Start, start), (end, range.End));
                return;
            }

            if (range.Start < start) _ranges[i].End = start;
            else if (range.End > end) _ranges[i].Start = end;
            else Replace(i, i-- + 1, 0);
        }
    }

    public void Clear() => Count = 0;

    private void Replace(int from, int to, int by)
    {
        var count = Count - (to - from) + by;
        if (count > _ranges.Length) Array.Resize(ref _ranges, Math.Max(4, count * 2));
        Array.Copy(_ranges, to, _ranges, from + by, Count - to);
        Count = count;
    }
}
