using System.Text;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The three characters of a tick's number: a year from 2011, and a unit of it.</summary>
internal static class TickLabel
{
    public const uint Count = 36 * 1_292 + 9 * 3; // 2012, 2016 … 2044 have 1,295 units, the others 1,292

    public static string Of(uint tick)
    {
        var year = 0;
        for (; tick >= UnitsOf(year); year++) tick -= UnitsOf(year);
        return $"{Base36.Digits[year]}{Base36.Digits[(int)tick / 36]}{Base36.Digits[(int)tick % 36]}";
    }

    public static bool TryParse(ReadOnlySpan<byte> label, out uint tick)
    {
        tick = 0;
        if (label.Length != 3) return false;
        Span<int> digits = [Base36.ValueOf((char)label[0]), Base36.ValueOf((char)label[1]), Base36.ValueOf((char)label[2])];
        if (digits.ContainsAny([-1]) || digits[1] * 36 + digits[2] >= UnitsOf(digits[0])) return false;
        for (var year = 0; year < digits[0]; year++) tick += UnitsOf(year);
        tick += (uint)(digits[1] * 36 + digits[2]);
        return Encoding.ASCII.GetString(label) == Of(tick);
    }

    private static uint UnitsOf(int year) => DateTime.IsLeapYear(2011 + year) ? 1_295u : 1_292u;
}
