using System.Text.Json;
using System.Text.Unicode;

namespace Hawser.Wire;

/// <summary>JSON that others made, looked at without taking it apart.</summary>
internal static class JsonText
{
    /// <summary>Whether this is one value of RFC 8259 in UTF-8, nested no deeper than that, and nothing besides.</summary>
    public static bool IsOneValue(ReadOnlySpan<byte> text, int maxDepth)
    {
        if (text.IsEmpty || !Utf8.IsValid(text)) return false;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            while (reader.Read()) { }
            return reader.BytesConsumed == text.Length;
        }
        catch (JsonException)
        {
            return false; // the class library has no reader that does not throw; three of these end a channel
        }
    }
}
