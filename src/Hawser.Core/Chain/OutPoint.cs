using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>An output of a transaction: what an input spends, and nobody ever can again.</summary>
/// <param name="Transaction">Its ID in the order of bytes in which transactions have it.</param>
/// <param name="Index">Which output.</param>
internal readonly record struct OutPoint(Bytes32 Transaction, uint Index) : IComparable<OutPoint>
{
    public const int Size = Bytes32.Size + 4;

    public static OutPoint Read(ReadOnlySpan<byte> bytes) =>
        new(Bytes32.Read(bytes[..Bytes32.Size]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[Bytes32.Size..]));

    public void Write(Span<byte> target)
    {
        Transaction.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[Bytes32.Size..], Index);
    }

    /// <summary>By their bytes as they stand in transactions.</summary>
    public int CompareTo(OutPoint other)
    {
        var order = Transaction.CompareTo(other.Transaction);
        return order != 0 ? order : BinaryPrimitives.ReverseEndianness(Index).CompareTo(BinaryPrimitives.ReverseEndianness(other.Index));
    }

    /// <summary>As people and nodes write it: the ID turned round, a colon, the number.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{TxId.Show(Transaction)}:{Index}");

    public static bool operator <(OutPoint a, OutPoint b) => a.CompareTo(b) < 0;

    public static bool operator >(OutPoint a, OutPoint b) => a.CompareTo(b) > 0;

    public static bool operator <=(OutPoint a, OutPoint b) => a.CompareTo(b) <= 0;

    public static bool operator >=(OutPoint a, OutPoint b) => a.CompareTo(b) >= 0;
}

/// <summary>All that a transaction spends: unique for ever, and the same whoever rewrites its signatures. Spec: chain.md §4.2.</summary>
internal static class Outpoints
{
    /// <summary>More no transaction with a message may have.</summary>
    public const int Max = 64; // chain.md §6

    /// <summary>o: SHA-256 of the sorted outpoints. Sorts what it is given.</summary>
    public static Bytes32 Hash(Span<OutPoint> inputs)
    {
        Span<byte> bytes = stackalloc byte[Max * OutPoint.Size];
        return Sha256.Hash(bytes[..Write(inputs, bytes)]);
    }

    /// <summary>Writes them sorted; returns how many bytes that took.</summary>
    public static int Write(Span<OutPoint> inputs, Span<byte> target)
    {
        inputs.Sort();
        for (var i = 0; i < inputs.Length; i++) inputs[i].Write(target[(i * OutPoint.Size)..]);
        return inputs.Length * OutPoint.Size;
    }
}

/// <summary>IDs of transactions and blocks for eyes: nodes write them with the last byte first.</summary>
internal static class TxId
{
    public static string Show(in Bytes32 id)
    {
        Span<byte> turned = stackalloc byte[Bytes32.Size];
        id.CopyTo(turned);
        turned.Reverse();
        return Convert.ToHexStringLower(turned);
    }

    public static bool TryParse(ReadOnlySpan<char> text, out Bytes32 id)
    {
        id = default;
        Span<byte> turned = stackalloc byte[Bytes32.Size];
        if (text.Length != 2 * Bytes32.Size || text.ContainsAnyInRange('A', 'F')
            || Convert.FromHexString(text, turned, out _, out _) is not System.Buffers.OperationStatus.Done) return false;
        turned.Reverse();
        id = Bytes32.Read(turned);
        return true;
    }
}
