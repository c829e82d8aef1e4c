using System.Text;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>Scripts and addresses of kind P2WPKH: version 0, the hash of a key (BIP 141, BIP 173).</summary>
internal static class SegwitAddress
{
    public const int ScriptSize = 2 + Bytes20.Size;
    private const string Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    public static byte[] ScriptOf(in Bytes20 key) => [0, Bytes20.Size, .. key.ToArray()];

    public static bool TryReadScript(ReadOnlySpan<byte> script, out Bytes20 key)
    {
        key = default;
        if (script.Length != ScriptSize || script[0] != 0 || script[1] != Bytes20.Size) return false;
        key = Bytes20.Read(script[2..]);
        return true;
    }

    /// <summary>Whether an output is spent by a witness alone, whatever its version: no third party can alter the ID of what spends it.</summary>
    public static bool IsWitnessProgram(ReadOnlySpan<byte> script) =>
        script.Length is >= 4 and <= 42 && script[0] is 0 or >= 0x51 and <= 0x60 && script[1] == script.Length - 2;

    /// <summary>As people write it.</summary>
    public static string Show(LedgerNetwork network, in Bytes20 key)
    {
        List<byte> values = [0];
        var (bits, count) = (0, 0);
        foreach (var b in key)
        {
            (bits, count) = (((bits << 8) | b) & 0xFFF, count + 8);
            for (; count >= 5; count -= 5) values.Add((byte)((bits >> (count - 5)) & 31));
        }

        var check = Check([.. Expand(network.Prefix), .. values, 0, 0, 0, 0, 0, 0]) ^ 1;
        var text = new StringBuilder(network.Prefix).Append('1');
        foreach (var value in values) text.Append(Digits[value]);
        for (var i = 5; i >= 0; i--) text.Append(Digits[(int)(check >> (5 * i)) & 31]);
        return text.ToString();
    }

    private static IEnumerable<byte> Expand(string prefix) => [.. prefix.Select(c => (byte)(c >> 5)), 0, .. prefix.Select(c => (byte)(c & 31))];

    private static uint Check(IEnumerable<byte> values)
    {
        ReadOnlySpan<uint> generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        var check = 1u;
        foreach (var value in values)
        {
            var top = check >> 25;
            check = ((check & 0x1ffffff) << 5) ^ value;
            for (var i = 0; i < 5; i++)
                if (((top >> i) & 1) != 0) check ^= generator[i];
        }

        return check;
    }
}
