using System.Text;
using Hawser.Naming;

namespace Hawser.Net.Names;

/// <summary>How people write a routing ID: any case, <c>0a9-lljk28n</c>, with or without its hyphen and check character.</summary>
internal static class IdText
{
    public const int Length = 10;

    /// <summary>Reads an ID into its ten lower-case characters; a check character that is there must be right.</summary>
    public static bool TryParse(string text, out string id)
    {
        var parsed = RoutingId.TryParse(text, out var read);
        id = parsed ? Encoding.ASCII.GetString(read.ToArray()) : "";
        return parsed;
    }

    /// <summary>The grouped form with its check character: what is shown.</summary>
    /// <param name="id">Ten lower-case characters.</param>
    public static string Show(string id) => RoutingId.TryRead(Encoding.ASCII.GetBytes(id), out var read) ? read.ToDisplay() : id;

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
