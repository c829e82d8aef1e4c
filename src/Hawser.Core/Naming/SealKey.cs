using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// The key of one claim, from a seed of 32 bytes: it signs the sealed form, and what the seed derives opens it. To
/// reveal is to tell the seed. Spec: naming.md §4.
/// </summary>
internal sealed class SealKey(in Bytes32 seed)
{
    private readonly SigningKey _key = new(seed);

    public VerifyKey Public => _key.Public;

    public Bytes32 Seed => _key.Seed;

    public byte[] Sign(ReadOnlySpan<byte> text) => _key.Sign(text);

    /// <summary>What the deed is encrypted with; used once, so its nonce is zero.</summary>
    public Bytes32 ContentKey(in Bytes32 genesis)
    {
        var key = default(Bytes32);
        byte[] info = [.. "hawser/seal/1"u8, .. genesis.ToArray()];
        Sha256.Hkdf(Seed.ToArray(), Public.Bytes.ToArray(), info, key);
        return key;
    }
}
