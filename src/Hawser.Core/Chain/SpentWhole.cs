namespace Hawser.Chain;

/// <summary>
/// Whether every signature of a transaction that can be seen covers all of it: else somebody could put its inputs under
/// another message. Spec: chain.md §5.2.
/// </summary>
internal static class SpentWhole
{
    public const byte All = 1; // SIGHASH_ALL
    private const int SchnorrSize = 64;
    private const int MaxDer = 73; // with the byte for the kind of hash

    public static bool IsWhole(in TransactionSpan transaction)
    {
        var inputs = transaction.Inputs;
        while (inputs.MoveNext())
            if (!IsWholeScript(inputs.Script)) return false;
        var witnesses = new LedgerReader(transaction.Witnesses);
        while (!witnesses.AtEnd)
        {
            if (!witnesses.TryReadCount(out var items)) return false;
            for (var i = 0; i < items; i++)
            {
                if (!witnesses.TryTakeBlob(out var item)) return false;
                // A Schnorr signature of a taproot key stands alone, or before an annex; its kind follows only if it is not the default.
                if (i == 0 && items <= 2 && item.Length == SchnorrSize + 1 && !LooksLikeKey(item) && item[^1] != All) return false;
                if (LooksSigned(item) && item[^1] != All) return false;
            }
        }

        return true;
    }

    // Signatures among what a script pushes; what else it does is not looked at.
    private static bool IsWholeScript(ReadOnlySpan<byte> script)
    {
        var reader = new LedgerReader(script);
        while (reader.TryReadU8(out var code))
        {
            int length;
            switch (code)
            {
                case < 76: length = code; break;
                case 76 when reader.TryReadU8(out var one): length = one; break;
                case 77 when reader.TryTake(2, out var two): length = two[0] | (two[1] << 8); break;
                default: continue;
            }

            if (!reader.TryTake(length, out var item)) return true; // no push: no signature either
            if (LooksSigned(item) && item[^1] != All) return false;
        }

        return true;
    }

    // DER: a sequence of two integers that is as long as it says, and one byte.
    private static bool LooksSigned(ReadOnlySpan<byte> item) =>
        item.Length is >= 9 and <= MaxDer && item[0] == 0x30 && item[1] == item.Length - 3 && item[2] == 2
        && item[3] > 0 && 5 + item[3] < item.Length && item[4 + item[3]] == 2 && item[3] + item[5 + item[3]] + 7 == item.Length;

    private static bool LooksLikeKey(ReadOnlySpan<byte> item) => item[0] is 4 or 6 or 7;
}
