namespace Hawser.Wire;

/// <summary>Base 36 in lower case, the alphabet of routing IDs. Spec: naming.md §3.</summary>
internal static class Base36
{
    public const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Digits of a SHA-256 in base 36: 36^50 is above 2^256, 36^49 is not.</summary>
    public const int HashDigits = 50;

    /// <summary>The value of a digit in either case; -1 for another character.</summary>
    public static int ValueOf(char digit) => digit switch
    {
        >= '0' and <= '9' => digit - '0',
        >= 'a' and <= 'z' => digit - 'a' + 10,
        >= 'A' and <= 'Z' => digit - 'A' + 10,
        _ => -1,
    };

    /// <summary>
    /// A hash, taken as a big-endian number, as 50 digits with the least significant first: so its first digits are
    /// uniform, which those at the other end are not.
    /// </summary>
    public static string OfHash(in Bytes32 hash)
    {
        Span<byte> number = stackalloc byte[Bytes32.Size];
        hash.CopyTo(number);
        Span<char> text = stackalloc char[HashDigits];
        foreach (ref var digit in text) digit = Digits[DivideBy36(number)];
        return new(text);
    }

    private static int DivideBy36(Span<byte> number)
    {
        var rest = 0;
        foreach (ref var b in number)
        {
            var value = (rest << 8) | b;
            b = (byte)(value / 36);
            rest = value % 36;
        }

        return rest;
    }
}
