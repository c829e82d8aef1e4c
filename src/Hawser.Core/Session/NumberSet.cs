using System.Globalization;
using System.Text;
using Hawser.Transport.Streams;

namespace Hawser.Session;

/// <summary>Numbers from 1 on, most of them without gaps: which of a series are here. Spec: messages.md §5.2.</summary>
internal sealed class NumberSet
{
    private readonly RangeSet _above = new(); // ends are exclusive

    /// <summary>All numbers up to this one are in.</summary>
    public ulong Low { get; private set; }

    /// <summary>Stretches above that, each after a gap.</summary>
    public int Gaps => _above.Count;

    public bool Contains(ulong number)
    {
        if (number <= Low) return true;
        foreach (var (start, end) in Above())
            if ((long)number >= start && (long)number < end) return true;
        return false;
    }

    /// <summary>Adds one; false if it was in.</summary>
    public bool Add(ulong number)
    {
        if (number == Low + 1 && _above.IsEmpty)
        {
            Low = number;
            return true;
        }

        if (Contains(number)) return false;
        AddRange(number, number);
        return true;
    }

    /// <summary>Adds all from first to last.</summary>
    public void AddRange(ulong first, ulong last)
    {
        if (last <= Low) return;
        _above.Add((long)Math.Max(first, Low + 1), checked((long)last + 1));
        if (_above.First.Start != (long)Low + 1) return;
        Low = (ulong)_above.First.End - 1;
        _above.Remove((long)0, (long)Low + 1);
    }

    /// <summary>The lowest stretches, at most so many; the first begins at 1 if <see cref="Low"/> is not 0.</summary>
    public List<(ulong First, ulong Last)> Ranges(int max)
    {
        List<(ulong, ulong)> ranges = [];
        if (Low > 0) ranges.Add((1, Low));
        foreach (var (start, end) in Above())
        {
            if (ranges.Count == max) break;
            ranges.Add(((ulong)start, (ulong)end - 1));
        }

        return ranges;
    }

    /// <summary>For the store: <c>12 15-17 20</c>, the first being <see cref="Low"/>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Low.ToString(CultureInfo.InvariantCulture));
        foreach (var (start, end) in Above()) text.Append(CultureInfo.InvariantCulture, $" {start}-{end - 1}");
        return text.ToString();
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static NumberSet Parse(string text)
    {
        var set = new NumberSet();
        foreach (var part in text.Split(' '))
        {
            var dash = part.IndexOf('-');
            if (dash < 0) set.Low = ulong.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture);
            else
                set.AddRange(ulong.Parse(part.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture),
                    ulong.Parse(part.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
        }

        return set;
    }

    private ReadOnlySpan<(long Start, long End)> Above() => _above.All;
}
