using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// What an admin must still know of a height after a crash: where it stood, its lock, and the very bytes it signed.
/// Never on the wire. Spec: federation.md §4.6.
/// </summary>
/// <remarks><code>
/// | height (4) | round + 1 (4) | step (1) | locked round + 1 (4) | valid round + 1 (4) | locked value (4+n) | valid value (4+n)
/// | count (2) | own messages (4+n each) |
/// </code></remarks>
internal sealed record VoteRecord(
    uint Height, long Round, AgreementStep Step, long LockedRound, byte[] Locked, long ValidRound, byte[] Valid,
    IReadOnlyList<byte[]> Own)
{
    public byte[] Write()
    {
        var bytes = new byte[4 + 4 + 1 + 4 + 4 + 4 + Locked.Length + 4 + Valid.Length + 2 + Own.Sum(m => 4 + m.Length)];
        var writer = new SpanWriter(bytes);
        writer.WriteU32(Height);
        writer.WriteU32((uint)(Round + 1));
        writer.WriteU8((byte)Step);
        writer.WriteU32((uint)(LockedRound + 1));
        writer.WriteU32((uint)(ValidRound + 1));
        WriteBlob(ref writer, Locked);
        WriteBlob(ref writer, Valid);
        writer.WriteU16((ushort)Own.Count);
        foreach (var message in Own) WriteBlob(ref writer, message);
        return bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out VoteRecord record)
    {
        record = null!;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU32(out var height) || !reader.TryReadU32(out var round) || !reader.TryReadU8(out var step) ||
            step > (byte)AgreementStep.Precommit || !reader.TryReadU32(out var locked) ||
            !reader.TryReadU32(out var valid) || !TryTakeBlob(ref reader, out var lockedValue) ||
            !TryTakeBlob(ref reader, out var validValue) || !reader.TryReadU16(out var count)) return false;
        var own = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            if (!TryTakeBlob(ref reader, out var message)) return false;
            own.Add(message);
        }

        if (!reader.AtEnd) return false;
        record = new(height, (long)round - 1, (AgreementStep)step, (long)locked - 1, lockedValue, (long)valid - 1, validValue, own);
        return true;
    }

    private static void WriteBlob(ref SpanWriter writer, byte[] bytes)
    {
        writer.WriteU32((uint)bytes.Length);
        writer.Write(bytes);
    }

    private static bool TryTakeBlob(ref SpanReader reader, out byte[] bytes)
    {
        bytes = [];
        if (!reader.TryReadU32(out var length) || length > int.MaxValue || !reader.TryTake((int)length, out var taken)) return false;
        bytes = taken.ToArray();
        return true;
    }
}

/// <summary>Where a height stands with an admin.</summary>
internal enum AgreementStep : byte { Head, Propose, Prevote, Precommit }
