using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// A deed that nobody can read yet, and that its owner can no longer change: it shows ticket, timestamp and seal key.
/// Spec: naming.md §4.
/// </summary>
internal sealed class SealedClaim
{
    public const int MaxSize = 8192; // naming.md §6
    public const int PadTo = 1024; // naming.md §6
    private const int MaxBox = (Deed.MaxSize + Bytes64.Size + PadTo) / PadTo * PadTo + ChaChaPoly.TagSize;
    private static readonly byte[] Nonce = new byte[ChaChaPoly.NonceSize];
    private readonly int _associated;
    private readonly byte[] _box;

    private SealedClaim(
        byte[] text, int associated, int signed, Bytes32 genesis, VerifyKey sealKey, RoutingId? id, ClaimTicket ticket,
        byte[] box, Bytes64 signature)
    {
        (Text, _associated, _box, Genesis, SealKey) = (text, associated, box, genesis, sealKey);
        (Id, Ticket, SealSignature) = (id, ticket, signature);
        Identity = Sha256.Hash(text.AsSpan(..signed));
        SignedText = text.AsMemory(..signed);
    }

    public byte[] Text { get; }

    public Bytes32 Genesis { get; }

    public VerifyKey SealKey { get; }

    /// <summary>The ID that it claims; null when it is blind, as it is by default.</summary>
    public RoutingId? Id { get; }

    public ClaimTicket Ticket { get; }

    public Bytes64 SealSignature { get; }

    /// <summary>All lines above the seal signature.</summary>
    public ReadOnlyMemory<byte> SignedText { get; }

    /// <summary>The claim's identity: the hash of all lines above the seal signature.</summary>
    public Bytes32 Identity { get; }

    public RoutingTick Timestamp => Ticket.Timestamp;

    /// <summary>Seals a deed under a ticket for this seal key.</summary>
    public static SealedClaim Seal(Deed deed, ClaimTicket ticket, SealKey sealKey, SigningKey claimKey, bool blind = true)
    {
        var genesis = deed.Fields.Genesis;
        var above = Encoding.ASCII.GetBytes(
            $"hawser/sealed/1 {genesis}\nSeal-Key: {sealKey.Public}\nID: {(blind ? "blind" : deed.Id.ToString())}\n" +
            $"Claim-Ticket: {ticket}\n");
        var claimed = claimKey.Sign(ClaimText(genesis, sealKey.Public, ticket, deed.TextHash));
        var plain = Pad([.. deed.Text, .. claimed]);
        var box = new byte[plain.Length + ChaChaPoly.TagSize];
        ChaChaPoly.Seal(sealKey.ContentKey(genesis), Nonce, above, plain, box);

        byte[] signed = [.. above, .. Encoding.ASCII.GetBytes($"Sealed: {Base64Url.EncodeToString(box)}\n")];
        var signature = Bytes64.Read(sealKey.Sign(signed));
        byte[] text = [.. signed, .. Encoding.ASCII.GetBytes($"Seal-Signature: {signature}\n")];
        return TryRead(text, out var claim) ? claim : throw new ArgumentException("does not fit together", nameof(deed));
    }

    /// <summary>Reads the form; whether the seal key signed and the ticket holds, <see cref="IsSealed"/> and the fold say.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SealedClaim? claim)
    {
        claim = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/sealed/1"u8, out var genesis)
            || !reader.TryReadField("Seal-Key"u8, out Bytes32 sealKey)
            || !reader.TryReadField("ID"u8, out ReadOnlySpan<byte> value)) return false;
        RoutingId? id = null;
        if (!value.SequenceEqual("blind"u8))
        {
            if (!RoutingId.TryParseCanonical(value, out var open)) return false;
            id = open;
        }

        if (!reader.TryReadField("Claim-Ticket"u8, out value) || !ClaimTicket.TryParse(value, out var ticket)
            || (id is { } named && named.Timestamp != ticket.Timestamp)) return false;
        var associated = reader.Position;
        if (!reader.TryReadField("Sealed"u8, out value) || !CanonicalBase64.TryDecode(value, out var box)
            || box.Length > MaxBox || box.Length <= ChaChaPoly.TagSize || box.Length % PadTo != ChaChaPoly.TagSize)
            return false;
        var signed = reader.Position;
        if (!reader.TryReadField("Seal-Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        claim = new(text.ToArray(), associated, signed, genesis, new(sealKey), id, ticket, box, signature);
        return true;
    }

    /// <summary>Whether the seal key signed it.</summary>
    public bool IsSealed() => Ed25519.Verify(SealKey, SignedText.Span, SealSignature.ToArray());

    /// <summary>
    /// Opens it with a revealed seed, and checks the deed inside against all that the claim shows; null, or why not.
    /// </summary>
    public string? Open(in Bytes32 seed, out Deed? deed)
    {
        deed = null;
        var sealKey = new SealKey(seed);
        if (sealKey.Public != SealKey) return "the seed is not that of the seal key";
        var plain = new byte[_box.Length - ChaChaPoly.TagSize];
        if (!ChaChaPoly.TryOpen(sealKey.ContentKey(Genesis), Nonce, Text.AsSpan(.._associated), _box, plain))
            return "the sealed part does not open";
        if (!TryUnpad(plain, out var content) || content.Length <= Bytes64.Size) return "the sealed part is not padded as it must be";
        if (Deed.Parse(content[..^Bytes64.Size], out var inside) is { } wrong) return wrong;
        var fields = inside!.Fields;
        if (fields.Genesis != Genesis) return "the deed is of another federation";
        if (fields.TicketIssuer != Ticket.Issuer || fields.TicketNumber != Ticket.Number)
            return "the deed names another ticket";
        if (Id is { } id && id != inside.Id) return "the deed's hash does not give the ID that was claimed";
        var claimText = ClaimText(Genesis, SealKey, Ticket, inside.TextHash);
        if (!Ed25519.Verify(fields.ClaimKey, claimText, content[^Bytes64.Size..])) return "the claim key did not sign this claim";
        deed = inside;
        return null;
    }

    private static byte[] ClaimText(in Bytes32 genesis, in VerifyKey sealKey, ClaimTicket ticket, in Bytes32 deedHash) =>
        Naming.SignedText.Of("hawser/claim/1", genesis, sealKey.Bytes.ToArray(), ticket.ToArray(), deedHash.ToArray());

    /// <summary>One byte 80, then zeros: so every content has one padded form.</summary>
    private static byte[] Pad(byte[] content)
    {
        var padded = new byte[(content.Length + PadTo) / PadTo * PadTo];
        content.CopyTo(padded, 0);
        padded[content.Length] = 0x80;
        return padded;
    }

    private static bool TryUnpad(ReadOnlySpan<byte> padded, out ReadOnlySpan<byte> content)
    {
        var end = padded.LastIndexOfAnyExcept((byte)0);
        content = end < 0 ? default : padded[..end];
        return end >= 0 && padded[end] == 0x80 && padded.Length - end <= PadTo;
    }
}
