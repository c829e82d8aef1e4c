using System.Net;
using System.Text;
using System.Text.Json;

namespace Hawser.Wire;

/// <summary>One flat JSON object of texts and whole numbers, each name once: all that a seed's JSON needs.</summary>
internal sealed class JsonFields
{
    private const int MaxFields = 16;
    private readonly SortedDictionary<string, (string? Text, long Number)> _fields = new(StringComparer.Ordinal);

    private JsonFields() { }

    /// <summary>In alphabetical order, with commas.</summary>
    public string Names => string.Join(',', _fields.Keys);

    public int Count => _fields.Count;

    public bool Has(string name) => _fields.ContainsKey(name);

    public static bool TryRead(ReadOnlySpan<byte> text, out JsonFields fields)
    {
        fields = new();
        if (!JsonText.IsOneValue(text, 1)) return false;
        var reader = new Utf8JsonReader(text);
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (!TryString(ref reader, out var name) || !reader.Read() || fields._fields.Count == MaxFields) return false;
            (string?, long) value;
            if (reader.TokenType is JsonTokenType.String && TryString(ref reader, out var said)) value = (said, 0);
            else if (reader.TokenType is JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) value = (null, number);
            else return false;
            if (!fields._fields.TryAdd(name, value)) return false;
        }

        return true;
    }

    public bool TryText(string name, int most, out string text)
    {
        text = _fields.TryGetValue(name, out var field) && field.Text is { } said ? said : "";
        return text.Length > 0 && text.Length <= most;
    }

    public bool TryNumber(string name, long most, out long number)
    {
        number = _fields.TryGetValue(name, out var field) && field.Text is null ? field.Number : -1;
        return number >= 0 && number <= most;
    }

    /// <summary>An IP address as it is written here, and no other way.</summary>
    public bool TryAddress(string name, out UInt128 address)
    {
        address = default;
        if (!TryText(name, 45, out var text) || !IPAddress.TryParse(text, out var read)) return false;
        var at = HostPort.From(new(read, 0));
        address = at.Address;
        return at.ToEndPoint().Address.ToString() == text;
    }

    /// <summary>NameIP and NamePort.</summary>
    public bool TryPlace(string name, out HostPort place)
    {
        place = default;
        if (!TryAddress($"{name}IP", out var address) || !TryNumber($"{name}Port", ushort.MaxValue, out var port) || port == 0) return false;
        place = new(address, (ushort)port);
        return true;
    }

    /// <summary>Sixteen bytes in base64url without padding.</summary>
    public bool TryToken(string name, out Token16 token)
    {
        token = default;
        if (!TryText(name, 22, out var text) || !CanonicalBase64.TryDecode(Encoding.UTF8.GetBytes(text), out var bytes) || bytes.Length != Token16.Size) return false;
        token = Token16.Read(bytes);
        return true;
    }

    /// <summary>Bytes as Go writes them: base64 with padding.</summary>
    public bool TryBase64(string name, int most, out byte[] bytes)
    {
        bytes = [];
        if (!TryText(name, most * 2, out var text)) return false;
        var room = new byte[most];
        if (!Convert.TryFromBase64String(text, room, out var length) || Convert.ToBase64String(room, 0, length) != text) return false;
        bytes = room[..length];
        return true;
    }

    public static string Escape(string text) => JsonEncodedText.Encode(text).ToString();

    // A text with half a surrogate pair has no characters, and the class library says so by throwing.
    private static bool TryString(ref Utf8JsonReader reader, out string text)
    {
        text = "";
        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
