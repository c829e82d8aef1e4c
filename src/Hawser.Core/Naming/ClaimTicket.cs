using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// An admin's leave to claim one ID of one timestamp, good for one seal key only: so nobody can use another's.
/// Its number is a timestamp and seven random digits.
/// Spec: naming.md §4.
/// </summary>
internal sealed record ClaimTicket(RoutingId Issuer, RoutingId Number, Bytes64 Signature)
{
    public const int MaxSize = 512;
    private const string Label = "hawser/ticket/1";

    public RoutingTick Timestamp => Number.Timestamp;

    public static ClaimTicket Issue(
        in Bytes32 genesis, RoutingId issuer, SigningKey adminKey, RoutingId number, in Bytes32 sealHash) =>
        new(issuer, number, Bytes64.Read(adminKey.Sign(Signed(genesis, issuer, number, sealHash))));

    /// <summary>Whether this admin issued it for this seal key in this federation.</summary>
    public bool IsFor(in Bytes32 genesis, in VerifyKey adminKey, in Bytes32 sealHash) =>
        Ed25519.Verify(adminKey, Signed(genesis, Issuer, Number, sealHash), Signature.ToArray());

    /// <summary>What a ticket is bound to.</summary>
    public static Bytes32 SealHash(in VerifyKey sealKey) => Sha256.Hash(sealKey.Bytes.ToArray().AsSpan());

    /// <summary>The ticket's bytes inside other signatures: issuer, number, signature.</summary>
    public byte[] ToArray() => [.. Issuer.ToArray(), .. Number.ToArray(), .. Signature.ToArray()];

    /// <summary>The value of a sealed claim's line.</summary>
    public override string ToString() => $"{Issuer} {Number} {Signature}";

    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ClaimTicket? ticket)
    {
        ticket = null;
        const int number = RoutingId.TextLength + 1;
        const int signature = number + RoutingId.TextLength + 1;
        if (text.Length != signature + Bytes64.TextLength || text[number - 1] != ' ' || text[signature - 1] != ' ')
            return false;
        if (!RoutingId.TryParseCanonical(text[..(number - 1)], out var issuer)
            || !RoutingId.TryParseCanonical(text[number..(signature - 1)], out var digits)
            || !Bytes64.TryParse(text[signature..], out var signed)) return false;
        ticket = new(issuer, digits, signed);
        return true;
    }

    /// <summary>As an admin hands it out.</summary>
    public byte[] Write(in Bytes32 genesis) => Encoding.ASCII.GetBytes($"{Label} {genesis}\nClaim-Ticket: {this}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, out Bytes32 genesis, [NotNullWhen(true)] out ClaimTicket? ticket)
    {
        ticket = null;
        genesis = default;
        if (text.Length > MaxSize) return false;
        var reader = new LineReader(text);
        return reader.TryReadTitle("hawser/ticket/1"u8, out genesis)
            && reader.TryReadField("Claim-Ticket"u8, out ReadOnlySpan<byte> value)
            && TryParse(value, out ticket) && reader.AtEnd;
    }

    private static byte[] Signed(in Bytes32 genesis, RoutingId issuer, RoutingId number, in Bytes32 sealHash) =>
        SignedText.Of(Label, genesis, issuer.ToArray(), number.ToArray(), sealHash.ToArray());
}

/// <summary>Asks an admin for a ticket; it learns the hash of the seal key, and nothing of the claim.</summary>
internal sealed record TicketRequest(Bytes32 Genesis, Bytes32 SealHash)
{
    public const int MaxSize = 512;

    public byte[] Write() => Encoding.ASCII.GetBytes($"hawser/ticket-request/1 {Genesis}\nSeal-Hash: {SealHash}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out TicketRequest? request)
    {
        request = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/ticket-request/1"u8, out var genesis)
            || !reader.TryReadField("Seal-Hash"u8, out Bytes32 hash) || !reader.AtEnd) return false;
        request = new(genesis, hash);
        return true;
    }
}
