using System.Text;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// Ten base-36 digits: a timestamp of three and a slot of seven. Packets hold the bare digits, texts
/// <c>0a9-jj39f7a</c>; people are shown a check character behind it. Spec: naming.md §4.
/// </summary>
internal readonly record struct RoutingId : IComparable<RoutingId>
{
    /// <summary>Digits, and bytes of the binary form: ASCII without hyphen.</summary>
    public const int Size = 10;
    public const int SlotDigits = 7;
    public const int TextLength = Size + 1;
    private const ulong Slots = 78_364_164_096; // 36^7

    private RoutingId(ulong value) => Value = value;

    /// <summary>The digits as one number, most significant first.</summary>
    public ulong Value { get; }

    /// <summary>From a timestamp and the text of a hash, whose first seven digits are the slot.</summary>
    public static RoutingId Of(RoutingTick timestamp, ReadOnlySpan<char> hashText)
    {
        Span<byte> digits = stackalloc byte[Size];
        timestamp.CopyTo(digits);
        Encoding.ASCII.GetBytes(hashText[..SlotDigits], digits[RoutingTick.TextLength..]);
        return TryRead(digits, out var id) ? id : throw new ArgumentException("not the text of a hash", nameof(hashText));
    }

    /// <summary>From a timestamp and random bytes: the number of a ticket.</summary>
    public static RoutingId Random(RoutingTick timestamp, IEntropy entropy)
    {
        Span<byte> bytes = stackalloc byte[8];
        entropy.Fill(bytes);
        var slot = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes) % Slots;
        Span<byte> digits = stackalloc byte[Size];
        timestamp.CopyTo(digits);
        WriteDigits(slot, digits[RoutingTick.TextLength..]);
        return TryRead(digits, out var id) ? id : throw new InvalidOperationException("digits that do not read");
    }

    /// <summary>What the first three digits say.</summary>
    public RoutingTick Timestamp
    {
        get
        {
            Span<byte> digits = stackalloc byte[Size];
            CopyTo(digits);
            return RoutingTick.TryParse(digits[..RoutingTick.TextLength], out var tick)
                ? tick
                : throw new InvalidOperationException("an id without a timestamp");
        }
    }

    /// <summary>The binary form: ten digits in lower case, whose first three are a timestamp.</summary>
    public static bool TryRead(ReadOnlySpan<byte> digits, out RoutingId id)
    {
        id = default;
        if (digits.Length != Size || !RoutingTick.TryParse(digits[..RoutingTick.TextLength], out _)) return false;
        var value = 0UL;
        foreach (var digit in digits)
        {
            var d = digit is >= (byte)'A' and <= (byte)'Z' ? -1 : Base36.ValueOf((char)digit);
            if (d < 0) return false;
            value = value * 36 + (uint)d;
        }

        id = new(value);
        return true;
    }

    /// <summary>The one form in texts, as <see cref="ToString"/> writes it.</summary>
    public static bool TryParseCanonical(ReadOnlySpan<byte> text, out RoutingId id)
    {
        id = default;
        if (text.Length != TextLength || text[RoutingTick.TextLength] != '-') return false;
        Span<byte> digits = stackalloc byte[Size];
        text[..RoutingTick.TextLength].CopyTo(digits);
        text[(RoutingTick.TextLength + 1)..].CopyTo(digits[RoutingTick.TextLength..]);
        return TryRead(digits, out id);
    }

    /// <summary>What people type: any case, hyphens anywhere, with or without the check character.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out RoutingId id) => Parse(text, out id) is null;

    /// <summary>As <see cref="TryParse"/>, with a sentence about what is wrong.</summary>
    public static string? Parse(ReadOnlySpan<char> text, out RoutingId id)
    {
        id = default;
        Span<byte> digits = stackalloc byte[Size + 1];
        var count = 0;
        foreach (var c in text)
        {
            if (c == '-') continue;
            var value = Base36.ValueOf(c);
            if (value < 0) return $"'{(char.IsControl(c) ? '?' : c)}' cannot be part of an ID: only digits, letters and hyphens can";
            if (count == digits.Length) return "an ID has 10 characters, and 11 with its check character; this is longer";
            digits[count++] = (byte)Base36.Digits[value];
        }

        if (count < Size) return $"an ID has 10 characters, and 11 with its check character; this has {count}";
        if (!TryRead(digits[..Size], out id)) return "the first three characters of an ID are a time, and there is no such one";
        if (count == Size || digits[Size] == CheckCharacter.Of(digits[..Size])) return null;
        id = default;
        return "a character is wrong or two are swapped: the check character does not fit";
    }

    public void CopyTo(Span<byte> target) => WriteDigits(Value, target[..Size]);

    public byte[] ToArray()
    {
        var digits = new byte[Size];
        CopyTo(digits);
        return digits;
    }

    /// <summary>The form in texts: <c>0a9-jj39f7a</c>.</summary>
    public override string ToString() => Format(withCheck: false);

    /// <summary>For people: with its check character, <c>0a9-jj39f7a-k</c>.</summary>
    public string ToDisplay() => Format(withCheck: true);

    public int CompareTo(RoutingId other) => Value.CompareTo(other.Value);

    public static bool operator <(RoutingId a, RoutingId b) => a.Value < b.Value;

    public static bool operator >(RoutingId a, RoutingId b) => a.Value > b.Value;

    public static bool operator <=(RoutingId a, RoutingId b) => a.Value <= b.Value;

    public static bool operator >=(RoutingId a, RoutingId b) => a.Value >= b.Value;

    private string Format(bool withCheck)
    {
        Span<byte> digits = stackalloc byte[Size];
        CopyTo(digits);
        var text = $"{Encoding.ASCII.GetString(digits[..RoutingTick.TextLength])}-"
            + Encoding.ASCII.GetString(digits[RoutingTick.TextLength..]);
        return withCheck ? $"{text}-{(char)CheckCharacter.Of(digits)}" : text;
    }

    private static void WriteDigits(ulong value, Span<byte> target)
    {
        for (var i = target.Length - 1; i >= 0; i--, value /= 36) target[i] = (byte)Base36.Digits[(int)(value % 36)];
    }
}
