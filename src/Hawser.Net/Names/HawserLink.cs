using System.Text;

namespace Hawser.Net.Names;

/// <summary>
/// A link of people: <c>hawser:KIND/BODY?name=value&amp;…</c>. A contact card is <c>hawser:peer/KEY</c> with
/// <c>id</c>, <c>name</c>, <c>at=HOST:PORT</c> and <c>hub=HOST:PORT#KEY</c>, the last two any number of times.
/// </summary>
internal sealed record HawserLink(string Kind, string Body, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    public const string Scheme = "hawser:";
    private const int MaxLength = 2048;

    public static bool TryParse(string text, out HawserLink link)
    {
        link = null!;
        if (text.Length > MaxLength || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        var question = text.IndexOf('?');
        var path = question < 0 ? text[Scheme.Length..] : text[Scheme.Length..question];
        if (path.IndexOf('/') is var slash && slash <= 0) return false;

        List<KeyValuePair<string, string>> fields = [];
        foreach (var field in question < 0 ? [] : text[(question + 1)..].Split('&'))
        {
            if (field.IndexOf('=') is var equals && equals <= 0) return false;
            fields.Add(new(field[..equals], Uri.UnescapeDataString(field[(equals + 1)..])));
        }

        link = new(path[..slash].ToLowerInvariant(), path[(slash + 1)..], fields);
        return link.Body.Length > 0;
    }

    /// <summary>The first value of a field; null if there is none.</summary>
    public string? First(string name) => All(name).FirstOrDefault();

    public IEnumerable<string> All(string name) => Fields.Where(field => field.Key == name).Select(field => field.Value);

    public override string ToString()
    {
        var text = new StringBuilder($"{Scheme}{Kind}/{Body}");
        var separator = '?';
        foreach (var (name, value) in Fields)
        {
            text.Append(separator).Append(name).Append('=').Append(Escape(value));
            separator = '&';
        }

        return text.ToString();
    }

    // Only what would end the field or the link, so that addresses stay readable.
    private static string Escape(string value)
    {
        var text = new StringBuilder();
        foreach (var c in value.EnumerateRunes())
        {
            if (c.IsAscii && (":[]/-._~".Contains((char)c.Value) || char.IsAsciiLetterOrDigit((char)c.Value))) text.Append(c);
            else text.Append(Uri.EscapeDataString(c.ToString()));
        }

        return text.ToString();
    }
}
