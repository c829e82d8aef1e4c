using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// One of several shares of a reveal, for an admin to keep until the claim window has closed: as many admins as are needed
/// can then open the claim, fewer cannot, whatever they do. So a claimant may go off at once. Spec: naming.md §4.
/// </summary>
internal sealed record RevealShare(
    Bytes32 Genesis, Bytes32 Claim, RoutingId Admin, byte Needed, byte Number, byte[] Share, Bytes64 Signature)
{
    public const int MaxSize = 512; // naming.md §6
    private const int SecretSize = Bytes32.Size + Bytes64.Size; // seed, and the reveal's signature
    private const string Label = "hawser/share/1";

    /// <param name="claim">What the reveal opens.</param>
    /// <param name="sealKey">The claim's.</param>
    /// <param name="claimKey">Signs the reveal.</param>
    /// <param name="admin">Who keeps this share.</param>
    /// <param name="needed">How many shares open the claim.</param>
    /// <param name="number">This admin's, and no other's.</param>
    public static RevealShare Make(SealedClaim claim, SealKey sealKey, SigningKey claimKey, RoutingId admin, byte needed, byte number)
    {
        var reveal = Reveal.Sign(claim.Genesis, claim.Identity, sealKey.Seed, claimKey);
        byte[] secret = [.. reveal.Seed.ToArray(), .. reveal.Signature.ToArray()];
        var random = new byte[SecretSize * (needed - 1)];
        // Drawn from the seed: the shares are the same after a crash, and nobody without the seed can draw them.
        byte[] info = [.. Encoding.ASCII.GetBytes(Label), .. claim.Genesis.ToArray(), needed];
        if (random.Length > 0) Sha256.Hkdf(sealKey.Seed.ToArray(), claim.Identity.ToArray(), info, random);
        var share = SecretShares.Make(secret, random, number);
        var above = Above(claim.Genesis, claim.Identity, admin, needed, number, share);
        return new(claim.Genesis, claim.Identity, admin, needed, number, share, Bytes64.Read(sealKey.Sign(Encoding.ASCII.GetBytes(above))));
    }

    /// <summary>Whether the claimant made it.</summary>
    public bool IsSignedBy(in VerifyKey sealKey) =>
        Ed25519.Verify(sealKey, Encoding.ASCII.GetBytes(Above(Genesis, Claim, Admin, Needed, Number, Share)), Signature.ToArray());

    /// <summary>The reveal that shares of one claim make; null if they are too few. Whether it opens the claim, the fold says.</summary>
    public static Reveal? Combine(IEnumerable<RevealShare> shares)
    {
        RevealShare[] all = [.. shares.DistinctBy(share => share.Number)];
        if (all.Length == 0 || all.Length < all[0].Needed || all.Any(share => share.Needed != all[0].Needed || share.Claim != all[0].Claim)) return null;
        var secret = SecretShares.Combine([.. all.Take(all[0].Needed).Select(share => (share.Number, share.Share))]);
        return new(all[0].Genesis, all[0].Claim, Bytes32.Read(secret.AsSpan(..Bytes32.Size)), Bytes64.Read(secret.AsSpan(Bytes32.Size)));
    }

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Above(Genesis, Claim, Admin, Needed, Number, Share)}Share-Signature: {Signature}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out RevealShare? share)
    {
        share = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/share/1"u8, out var genesis)
            || !reader.TryReadField("Claim"u8, out Bytes32 claim)
            || !reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> value) || !RoutingId.TryParseCanonical(value, out var admin)
            || !reader.TryReadField("Needed"u8, out ulong needed) || needed is 0 or > byte.MaxValue
            || !reader.TryReadField("Number"u8, out ulong number) || number is 0 or > byte.MaxValue
            || !reader.TryReadField("Share"u8, out value) || !CanonicalBase64.TryDecode(value, out var bytes) || bytes.Length != SecretSize
            || !reader.TryReadField("Share-Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        share = new(genesis, claim, admin, (byte)needed, (byte)number, bytes, signature);
        return true;
    }

    private static string Above(in Bytes32 genesis, in Bytes32 claim, RoutingId admin, byte needed, byte number, byte[] share) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Label} {genesis}\nClaim: {claim}\nAdmin: {admin}\nNeeded: {needed}\nNumber: {number}\nShare: {Base64Url.EncodeToString(share)}\n");
}
