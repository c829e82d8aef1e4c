using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// The check character of ISO 7064, MOD 37,36: it betrays every single wrong character, and nearly every swap of two
/// neighbours. Spec: naming.md §4.
/// </summary>
internal static class CheckCharacter
{
    public static byte Of(ReadOnlySpan<byte> digits)
    {
        var product = 36;
        foreach (var digit in digits)
        {
            var sum = (product + Base36.ValueOf((char)digit)) % 36;
            product = (sum == 0 ? 36 : sum) * 2 % 37;
        }

        return (byte)Base36.Digits[(37 - product) % 36];
    }
}
