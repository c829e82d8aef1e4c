using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// The holder's offer of an ID, as a file that travels by any means. It binds nobody: only the holder's last signature
/// under an acceptance does. Spec: records.md §4.
/// </summary>
internal sealed record TransferOffer(Bytes32 Genesis, RoutingId Id, uint Number, Bytes32 Previous, VerifyKey Holder, Bytes64 Signature)
{
    public const int MaxSize = 512;
    private const string Title = "hawser/offer/1";

    /// <summary>Offers the ID that a title shows.</summary>
    public static TransferOffer Sign(in Bytes32 genesis, RoutingId id, uint number, in Bytes32 previous, SigningKey holder) => new(
        genesis, id, number, previous, holder.Public,
        Bytes64.Read(holder.Sign(Encoding.ASCII.GetBytes(Above(genesis, id, number, previous, holder.Public)))));

    public byte[] Write() =>
        Encoding.ASCII.GetBytes($"{Above(Genesis, Id, Number, Previous, Holder)}Signature: {Signature}\n");

    /// <summary>Reads an offer whose signature holds; whether its signer holds the ID, the registry says.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out TransferOffer? offer)
    {
        offer = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/offer/1"u8, out var genesis)
            || !reader.TryReadField("ID"u8, out ReadOnlySpan<byte> name) || !RoutingId.TryParseCanonical(name, out var id)
            || !reader.TryReadField("Number"u8, out ulong number) || number is 0 or > uint.MaxValue
            || !reader.TryReadField("Previous"u8, out Bytes32 previous)
            || !reader.TryReadField("Claim-Key"u8, out Bytes32 holder)) return false;
        var signed = reader.Position;
        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd
            || !Ed25519.Verify(new(holder), text[..signed], signature.ToArray())) return false;
        offer = new(genesis, id, (uint)number, previous, new(holder), signature);
        return true;
    }

    private static string Above(in Bytes32 genesis, RoutingId id, uint number, in Bytes32 previous, in VerifyKey holder) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Title} {genesis}\nID: {id}\nNumber: {number}\nPrevious: {previous}\nClaim-Key: {holder}\n");
}
