using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// What makes an ID somebody's: who holds it, by which keys, and through which hubs it is reached. The first seven
/// digits of its hash are the ID's slot, so a deed names its own ID. Spec: naming.md §4.
/// </summary>
internal sealed class Deed
{
    public const int MaxSize = 4096; // naming.md §6
    public const int MaxHubs = 5; // naming.md §6
    public const int MaxAddresses = 4; // naming.md §6
    private const string Title = "hawser/deed/1";

    private Deed(byte[] text, DeedFields fields, Bytes64 signature)
    {
        (Text, Fields, SelfSignature, TextHash) = (text, fields, signature, Sha256.Hash(text));
        Id = RoutingId.Of(fields.Timestamp, HashText(text.AsSpan(..LastLine(text))));
    }

    /// <summary>The exact bytes: every hash and signature is over these.</summary>
    public byte[] Text { get; }

    public DeedFields Fields { get; }

    public Bytes64 SelfSignature { get; }

    /// <summary>The ID that this deed is for: its timestamp, and the first digits of its hash.</summary>
    public RoutingId Id { get; }

    /// <summary>Of the whole text: what a title holds.</summary>
    public Bytes32 TextHash { get; }

    /// <summary>Writes and signs a deed.</summary>
    public static Deed Sign(DeedFields fields, SigningKey claimKey)
    {
        if (claimKey.Public != fields.ClaimKey) throw new ArgumentException("not the deed's claim key", nameof(claimKey));
        var body = Encoding.UTF8.GetBytes(fields.ToText());
        var signed = Encoding.UTF8.GetBytes($"Self-Signature: {Bytes64.Read(claimKey.Sign(body))}\n");
        byte[] above = [.. body, .. signed];
        byte[] text = [.. above, .. Encoding.ASCII.GetBytes($"Hash: {HashText(above)}\n")];
        return Parse(text, out var deed) is { } wrong ? throw new ArgumentException(wrong, nameof(fields)) : deed!;
    }

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Deed? deed) =>
        Parse(text, out deed) is null;

    /// <summary>
    /// Reads a deed and checks its signature and hash; null, or a sentence about the first thing that is wrong.
    /// </summary>
    public static string? Parse(ReadOnlySpan<byte> text, out Deed? deed)
    {
        deed = null;
        if (text.Length > MaxSize) return $"a deed has at most {MaxSize} bytes; this has {text.Length}";
        var reader = new LineReader(text);
        if (DeedFields.Read(ref reader, out var fields) is { } wrong) return wrong;
        var signedLength = reader.Position;
        if (!reader.TryReadField("Self-Signature"u8, out Bytes64 signature))
            return "Self-Signature: expected next, with 86 characters of base64url";
        var hashedLength = reader.Position;
        if (!reader.TryReadField("Hash"u8, out ReadOnlySpan<byte> hash)) return "Hash: expected next";
        if (!reader.AtEnd) return "Hash: must be the last line";
        if (!hash.SequenceEqual(Encoding.ASCII.GetBytes(HashText(text[..hashedLength]))))
            return "Hash: is not that of the lines above";
        if (!Ed25519.Verify(fields.ClaimKey, text[..signedLength], signature.ToArray()))
            return "Self-Signature: is not the claim key's for the lines above";
        deed = new(text.ToArray(), fields, signature);
        return null;
    }

    internal static string TitleOf(in Bytes32 genesis) => $"{Title} {genesis}";

    private static string HashText(ReadOnlySpan<byte> above) => Base36.OfHash(Sha256.Hash(above));

    /// <summary>Where the Hash line begins.</summary>
    private static int LastLine(ReadOnlySpan<byte> text) => text[..^1].LastIndexOf((byte)'\n') + 1;
}
