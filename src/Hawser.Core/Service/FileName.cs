using System.Globalization;
using System.Text;

namespace Hawser.Service;

/// <summary>Which names a file may bear in another's inbox. Spec: file.md §4.1.</summary>
internal static class FileName
{
    public const int MaxBytes = 200; // file.md §6: leaves room for " (99)" and for names of partial files
    private const string Forbidden = "/\\:*?\"<>|";

    /// <summary>Names that some systems give to devices, whatever follows the first dot.</summary>
    private static readonly HashSet<string> Devices = new(
        ["con", "prn", "aux", "nul",
         .. Enumerable.Range(0, 10).Select(n => $"com{n}"), .. Enumerable.Range(0, 10).Select(n => $"lpt{n}")],
        StringComparer.OrdinalIgnoreCase);

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// A base name alone: no path, no leading dot, nothing invisible or that turns the writing direction, nothing that
    /// another system would take for something else.
    /// </summary>
    public static bool IsLegal(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name[0] is '.' or ' ' || name[^1] is '.' or ' ') return false;
        for (var i = 0; i < name.Length;)
        {
            if (Rune.DecodeFromUtf16(name[i..], out var rune, out var used) is not System.Buffers.OperationStatus.Done
                || !IsLegal(rune)) return false;
            i += used;
        }

        return Encoding.UTF8.GetByteCount(name) <= MaxBytes && !IsDevice(name);
    }

    /// <summary>Reads a name as it was offered; only a legal one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, out string name)
    {
        name = "";
        if (utf8.Length is 0 or > MaxBytes || !System.Text.Unicode.Utf8.IsValid(utf8)) return false;
        var text = Strict.GetString(utf8);
        if (!IsLegal(text)) return false;
        name = text;
        return true;
    }

    /// <summary>The legal name under which the file at a path is offered.</summary>
    public static string FromPath(string path)
    {
        var name = path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
        var text = new StringBuilder();
        var bytes = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            var next = IsLegal(rune) ? rune : new Rune('_');
            if ((bytes += next.Utf8SequenceLength) > MaxBytes - 1) break;
            text.Append(next);
        }

        var clean = text.ToString().TrimStart('.', ' ').TrimEnd('.', ' ');
        return clean.Length == 0 ? "file" : IsDevice(clean) ? "_" + clean : clean;
    }

    /// <summary>The name to take when this one is taken: <c>a (2).txt</c>.</summary>
    public static string Numbered(string name, int number)
    {
        var dot = name.LastIndexOf('.');
        var stem = dot > 0 ? name[..dot] : name;
        return string.Create(CultureInfo.InvariantCulture, $"{stem} ({number}){name[stem.Length..]}");
    }

    private static bool IsLegal(Rune rune) =>
        rune.Value != 0xFFFD
        && !(rune.IsAscii && Forbidden.Contains((char)rune.Value, StringComparison.Ordinal))
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static bool IsDevice(ReadOnlySpan<char> name)
    {
        var dot = name.IndexOf('.');
        return Devices.Contains((dot < 0 ? name : name[..dot]).TrimEnd(' ').ToString());
    }
}
