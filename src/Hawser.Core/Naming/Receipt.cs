using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// An admin's promise: this leaf stands at this index of its log, and its head of this height covers it. A broken one
/// is evidence that anyone can check. Spec: naming.md §4.
/// </summary>
internal sealed record Receipt(
    Bytes32 Genesis, RoutingId Admin, ulong LeafIndex, ulong CoveringHeight, Bytes32 LeafHash, Bytes64 Signature)
{
    public const int MaxSize = 512;
    private const string Label = "hawser/receipt/1";

    /// <summary>The leaf must be on disk before this leaves.</summary>
    public static Receipt Sign(
        in Bytes32 genesis, RoutingId admin, SigningKey adminKey, ulong leafIndex, ulong coveringHeight,
        ReadOnlySpan<byte> leaf) => Sign(genesis, admin, adminKey, leafIndex, coveringHeight, Sha256.Hash(leaf));

    /// <summary>The same, of a leaf with this hash.</summary>
    public static Receipt Sign(
        in Bytes32 genesis, RoutingId admin, SigningKey adminKey, ulong leafIndex, ulong coveringHeight, in Bytes32 hash)
    {
        var signature = adminKey.Sign(Signed(genesis, admin, leafIndex, coveringHeight, hash));
        return new(genesis, admin, leafIndex, coveringHeight, hash, Bytes64.Read(signature));
    }

    public bool IsSignedBy(in VerifyKey adminKey) =>
        Ed25519.Verify(adminKey, Signed(Genesis, Admin, LeafIndex, CoveringHeight, LeafHash), Signature.ToArray());

    public byte[] Write() => Encoding.ASCII.GetBytes(
        $"""
        {Label} {Genesis}
        Admin: {Admin}
        Leaf: {LeafIndex}
        Height: {CoveringHeight}
        Hash: {LeafHash}
        Signature: {Signature}

        """);

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Receipt? receipt)
    {
        receipt = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/receipt/1"u8, out var genesis)
            || !reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> name)
            || !RoutingId.TryParseCanonical(name, out var admin)
            || !reader.TryReadField("Leaf"u8, out ulong index) || !reader.TryReadField("Height"u8, out ulong height)
            || !reader.TryReadField("Hash"u8, out Bytes32 hash)
            || !reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        receipt = new(genesis, admin, index, height, hash, signature);
        return true;
    }

    private static byte[] Signed(in Bytes32 genesis, RoutingId admin, ulong index, ulong height, in Bytes32 hash)
    {
        var numbers = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(numbers, index);
        BinaryPrimitives.WriteUInt64BigEndian(numbers.AsSpan(8), height);
        return SignedText.Of(Label, genesis, admin.ToArray(), numbers, hash.ToArray());
    }
}
