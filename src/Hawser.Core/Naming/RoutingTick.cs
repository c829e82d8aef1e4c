using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// A tick of routing time, as a running count from the first of 2011; written as one digit for the year and two for
/// the unit, a 1295th of 366 days. Spec: naming.md §4.
/// </summary>
internal readonly record struct RoutingTick : IComparable<RoutingTick>
{
    public const int TextLength = 3;
    public const int FirstYear = 2011; // naming.md §6
    public const int LastYear = 2046; // naming.md §6
    public const int UnitsInLeapYear = 1295; // naming.md §6
    public const int UnitsInCommonYear = 1292; // naming.md §6; the last one is short
    private const long LeapYearClockTicks = 366 * TimeSpan.TicksPerDay;

    /// <summary>The number of ticks there are.</summary>
    public static readonly int Count = CountBefore(LastYear + 1);

    private RoutingTick(int number) => Number = number;

    /// <summary>Ticks since the first one of 2011: only these may be subtracted.</summary>
    public int Number { get; }

    /// <summary>The tick after this one; false after the last of 2046.</summary>
    public bool TryNext(out RoutingTick next) => TryAdd(1, out next);

    public bool TryAdd(int ticks, out RoutingTick sum) => TryFromNumber(Number + ticks, out sum);

    public static bool TryFromNumber(int number, out RoutingTick tick)
    {
        var exists = number >= 0 && number < Count;
        tick = exists ? new(number) : default;
        return exists;
    }

    /// <summary>The tick that an instant lies in; false before 2011 and after 2046.</summary>
    public static bool TryAt(DateTimeOffset utc, out RoutingTick tick)
    {
        tick = default;
        var time = utc.UtcDateTime;
        if (time.Year is < FirstYear or > LastYear) return false;
        var since = time.Ticks - new DateTime(time.Year, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
        tick = new(CountBefore(time.Year) + (int)(since * UnitsInLeapYear / LeapYearClockTicks));
        return true;
    }

    /// <summary>The first instant of the tick, rounded up to 100 ns.</summary>
    public DateTimeOffset Start()
    {
        var (year, unit) = Split();
        var since = (unit * LeapYearClockTicks + UnitsInLeapYear - 1) / UnitsInLeapYear;
        return new(new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddTicks(since));
    }

    /// <summary>Reads the three characters in lower case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out RoutingTick tick)
    {
        tick = default;
        if (text.Length != TextLength) return false;
        Span<int> digits = stackalloc int[TextLength];
        for (var i = 0; i < TextLength; i++)
        {
            if (text[i] is >= (byte)'A' and <= (byte)'Z') return false;
            digits[i] = Base36.ValueOf((char)text[i]);
            if (digits[i] < 0) return false;
        }

        var (year, unit) = (FirstYear + digits[0], digits[1] * 36 + digits[2]);
        if (unit >= UnitsIn(year)) return false;
        tick = new(CountBefore(year) + unit);
        return true;
    }

    public void CopyTo(Span<byte> target)
    {
        var (year, unit) = Split();
        target[0] = (byte)Base36.Digits[year - FirstYear];
        target[1] = (byte)Base36.Digits[unit / 36];
        target[2] = (byte)Base36.Digits[unit % 36];
    }

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[TextLength];
        CopyTo(text);
        return System.Text.Encoding.ASCII.GetString(text);
    }

    public int CompareTo(RoutingTick other) => Number.CompareTo(other.Number);

    public static bool operator <(RoutingTick a, RoutingTick b) => a.Number < b.Number;

    public static bool operator >(RoutingTick a, RoutingTick b) => a.Number > b.Number;

    public static bool operator <=(RoutingTick a, RoutingTick b) => a.Number <= b.Number;

    public static bool operator >=(RoutingTick a, RoutingTick b) => a.Number >= b.Number;

    private (int Year, int Unit) Split()
    {
        var year = FirstYear + Number / UnitsInLeapYear; // never too late: no year has more units
        while (CountBefore(year + 1) <= Number) year++;
        return (year, Number - CountBefore(year));
    }

    private static int UnitsIn(int year) => DateTime.IsLeapYear(year) ? UnitsInLeapYear : UnitsInCommonYear;

    private static int CountBefore(int year)
    {
        var years = year - FirstYear;
        var leapYears = (year - 1) / 4 - (FirstYear - 1) / 4; // 2100 is out of range
        return years * UnitsInCommonYear + leapYears * (UnitsInLeapYear - UnitsInCommonYear);
    }
}
