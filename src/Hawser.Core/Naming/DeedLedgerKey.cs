using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// The chain key that an owner may name, with that key's word for the owner's channel key. Hubs judge the form alone, so
/// that all of them judge alike, with the ledger's library or without; who uses the key checks the rest. Spec: naming.md §4.
/// </summary>
/// <param name="Key">A compressed point of secp256k1, if it is one.</param>
/// <param name="Bond">Its signature, if it holds: chain.md §4.7.</param>
internal readonly record struct DeedLedgerKey(Bytes33 Key, Bytes64 Bond)
{
    private const int KeyLength = 2 * Bytes33.Size;

    /// <summary>Whether none is named.</summary>
    public bool IsNone => Key == default;

    /// <summary>Reads 66 lower-case hexadecimal digits that begin with 02 or 03, a space, and a signature.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out DeedLedgerKey key)
    {
        key = default;
        if (value.Length != KeyLength + 1 + Bytes64.TextLength || value[KeyLength] != ' ' || value[..KeyLength].ContainsAnyInRange((byte)'A', (byte)'F')) return false;
        Span<byte> point = stackalloc byte[Bytes33.Size];
        if (Convert.FromHexString(value[..KeyLength], point, out _, out var written) is not System.Buffers.OperationStatus.Done || written != point.Length
            || point[0] is not (2 or 3) || !Bytes64.TryParse(value[(KeyLength + 1)..], out var bond)) return false;
        key = new(Bytes33.Read(point), bond);
        return true;
    }

    public override string ToString() => $"{Key} {Bond}";
}
