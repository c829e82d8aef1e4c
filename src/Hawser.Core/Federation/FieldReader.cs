using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Reads canonical text line by line; every line ends in LF. A failed read consumes nothing.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Takes a line that begins with a prefix, and returns what follows it.</summary>
    public bool TryTake(ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> value)
    {
        value = default;
        var end = _rest.IndexOf((byte)'\n');
        if (end < 0 || !_rest[..end].StartsWith(prefix)) return false;
        value = _rest[prefix.Length..end];
        _rest = _rest[(end + 1)..];
        return true;
    }

    public bool TryTakeBytes32(ReadOnlySpan<byte> prefix, out Bytes32 value)
    {
        var before = _rest;
        value = default;
        if (TryTake(prefix, out var text) && text.Length == Bytes32.TextLength &&
            Bytes32.TryParse(Encoding.ASCII.GetString(text), out value)) return true;
        _rest = before;
        return false;
    }

    /// <summary>Takes a decimal number without sign or leading zeros.</summary>
    public bool TryTakeNumber(ReadOnlySpan<byte> prefix, ulong max, out ulong value)
    {
        var before = _rest;
        value = 0;
        if (TryTake(prefix, out var text) && TryReadNumber(text, out value) && value <= max) return true;
        _rest = before;
        return false;
    }

    /// <summary>Takes padded base64 in its one form.</summary>
    public bool TryTakeBase64(ReadOnlySpan<byte> prefix, out byte[] value)
    {
        var before = _rest;
        value = [];
        if (TryTake(prefix, out var text) && TryDecode(text, out value)) return true;
        _rest = before;
        return false;
    }

    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] value)
    {
        value = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (text.Length % 4 != 0 || text.IndexOfAny(" \t\r\n"u8) >= 0 ||
            Base64.DecodeFromUtf8(text, value, out _, out var written) != System.Buffers.OperationStatus.Done)
            return false;
        Array.Resize(ref value, written);
        return text.SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToBase64String(value)));
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) &&
        (text.Length == 1 || text[0] != (byte)'0');
}
