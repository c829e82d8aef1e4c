using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>Opens a sealed claim: the seed, and the claim key's word that it is its holder who tells. Spec: naming.md §4.</summary>
internal sealed record Reveal(Bytes32 Genesis, Bytes32 Claim, Bytes32 Seed, Bytes64 Signature)
{
    public const int MaxSize = 512;
    private const string Label = "hawser/reveal/1";

    public static Reveal Sign(in Bytes32 genesis, in Bytes32 claim, in Bytes32 seed, SigningKey claimKey) =>
        new(genesis, claim, seed, Bytes64.Read(claimKey.Sign(Signed(genesis, claim, seed))));

    public bool IsSignedBy(in VerifyKey claimKey) =>
        Ed25519.Verify(claimKey, Signed(Genesis, Claim, Seed), Signature.ToArray());

    public byte[] Write() => Encoding.ASCII.GetBytes(
        $"{Label} {Genesis}\nClaim: {Claim}\nSeed: {Seed}\nReveal-Signature: {Signature}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Reveal? reveal)
    {
        reveal = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/reveal/1"u8, out var genesis)
            || !reader.TryReadField("Claim"u8, out Bytes32 claim) || !reader.TryReadField("Seed"u8, out Bytes32 seed)
            || !reader.TryReadField("Reveal-Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        reveal = new(genesis, claim, seed, signature);
        return true;
    }

    private static byte[] Signed(in Bytes32 genesis, in Bytes32 claim, in Bytes32 seed) =>
        SignedText.Of(Label, genesis, claim.ToArray(), seed.ToArray());
}
