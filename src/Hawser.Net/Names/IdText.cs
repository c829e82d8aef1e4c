using Hawser.Wire;

namespace Hawser.Net.Names;

/// <summary>How people write a routing ID: any case, <c>0a9-lljk28n</c>, with or without its hyphen and check character.</summary>
internal static class IdText
{
    public const int Length = 10;
    private const int TimestampLength = 3;

    /// <summary>Reads an ID into its ten lower-case characters; a check character that is there must be right.</summary>
    public static bool TryParse(string text, out string id)
    {
        id = "";
        Span<char> digits = stackalloc char[Length + 1];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '-' && i is TimestampLength or TimestampLength + 1 + Length - TimestampLength) continue;
            if (count == digits.Length || Base36.ValueOf(text[i]) < 0) return false;
            digits[count++] = char.ToLowerInvariant(text[i]);
        }

        if (count < Length || (count > Length && digits[Length] != CheckOf(digits[..Length]))) return false;
        id = new(digits[..Length]);
        return true;
    }

    /// <summary>The grouped form with its check character: what is shown.</summary>
    public static string Show(string id) => $"{id[..TimestampLength]}-{id[TimestampLength..]}-{CheckOf(id)}";

    /// <summary>The check character: ISO 7064, MOD 37,36. Spec: naming.md §4.</summary>
    public static char CheckOf(ReadOnlySpan<char> id)
    {
        var product = 36;
        foreach (var digit in id)
        {
            var sum = (product + Base36.ValueOf(digit)) % 36;
            product = (sum == 0 ? 36 : sum) * 2 % 37;
        }

        return Base36.Digits[(37 - product) % 36];
    }

    /// <summary>Whether one edit, or one exchange of neighbours, makes one word of the other.</summary>
    public static bool IsNear(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 1 || a == b) return false;
        var same = 0;
        while (same < Math.Min(a.Length, b.Length) && a[same] == b[same]) same++;
        var (left, right) = (a[same..], b[same..]);
        if (left.Length != right.Length) return left.Length > right.Length ? left[1..] == right : right[1..] == left;
        if (left[1..] == right[1..]) return true;
        return left.Length >= 2 && left[0] == right[1] && left[1] == right[0] && left[2..] == right[2..];
    }
}
