using System.Text;

namespace Hawser.Wire;

/// <summary>
/// Reads canonical text front to back: lines that end in LF, fields as <c>Name: value</c> in a fixed order.
/// A failed read consumes nothing and never throws.
/// </summary>
internal ref struct LineReader(ReadOnlySpan<byte> text)
{
    /// <summary>Longest value of a field that people fill in, in bytes.</summary>
    public const int MaxValue = 256; // naming.md §6

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Bytes read so far: where the next line begins.</summary>
    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _text.Length;

    /// <summary>The next line without its LF.</summary>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        var rest = _text[Position..];
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? default : rest[..end];
        if (end >= 0) Position += end + 1;
        return end >= 0;
    }

    /// <summary>The value of the next line, if that is a field of this name with a value.</summary>
    public bool TryReadField(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var before = Position;
        if (TryReadLine(out var line) && line.Length > name.Length + 2 && line.StartsWith(name)
            && line[name.Length..].StartsWith(": "u8))
        {
            value = line[(name.Length + 2)..];
            return true;
        }

        Position = before;
        value = default;
        return false;
    }

    /// <summary>The next field as 32 bytes: a key or a hash.</summary>
    public bool TryReadField(ReadOnlySpan<byte> name, out Bytes32 value)
    {
        var before = Position;
        if (TryReadField(name, out ReadOnlySpan<byte> text) && TryParse32(text, out value)) return true;
        Position = before;
        value = default;
        return false;
    }

    /// <summary>The next field as 64 bytes: a signature.</summary>
    public bool TryReadField(ReadOnlySpan<byte> name, out Bytes64 value)
    {
        var before = Position;
        if (TryReadField(name, out ReadOnlySpan<byte> text) && Bytes64.TryParse(text, out value)) return true;
        Position = before;
        value = default;
        return false;
    }

    /// <summary>The next field as a decimal number in its only form.</summary>
    public bool TryReadField(ReadOnlySpan<byte> name, out ulong value)
    {
        var before = Position;
        if (TryReadField(name, out ReadOnlySpan<byte> text) && TryParseDecimal(text, out value)) return true;
        Position = before;
        value = 0;
        return false;
    }

    /// <summary>The first line of a signed text, <c>hawser/type/1 genesis</c>.</summary>
    public bool TryReadTitle(ReadOnlySpan<byte> type, out Bytes32 genesis)
    {
        var before = Position;
        if (TryReadLine(out var line) && line.Length == type.Length + 1 + Bytes32.TextLength && line.StartsWith(type)
            && line[type.Length] == ' ' && TryParse32(line[(type.Length + 1)..], out genesis)) return true;
        Position = before;
        genesis = default;
        return false;
    }

    public static bool TryParse32(ReadOnlySpan<byte> text, out Bytes32 value)
    {
        value = default;
        if (text.Length != Bytes32.TextLength || !CanonicalBase64.TryDecode(text, out var bytes)) return false;
        value = Bytes32.Read(bytes);
        return true;
    }

    /// <summary>No sign, no leading zero, at most <see cref="ulong.MaxValue"/>.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 20 || (text.Length > 1 && text[0] == '0')) return false;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            var next = (ulong)(digit - '0');
            if (value > (ulong.MaxValue - next) / 10) return false;
            value = value * 10 + next;
        }

        return true;
    }

    /// <summary>
    /// Words of a person: well-formed UTF-8 of 1 to 256 bytes, no space at either end, and no character that moves the
    /// cursor or turns the reading direction.
    /// </summary>
    public static bool IsPlain(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > MaxValue || value[0] == ' ' || value[^1] == ' ') return false;
        while (!value.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(value, out var rune, out var length) != System.Buffers.OperationStatus.Done)
                return false;
            if (rune.Value is < 0x20 or (>= 0x7f and < 0xa0) or 0x61c or 0x200e or 0x200f
                or (>= 0x2028 and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0xfeff) return false;
            value = value[length..];
        }

        return true;
    }
}
