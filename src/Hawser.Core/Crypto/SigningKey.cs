using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>
/// An Ed25519 key pair (RFC 8032). What is signed begins with a label of its own, <c>hawser/&lt;type&gt;/1\n</c>,
/// so that no signature serves two purposes.
/// </summary>
internal class SigningKey
{
    public const int SignatureSize = 64;

    private readonly byte[] _secretKey = new byte[64];

    /// <summary>Takes a seed of 32 random bytes.</summary>
    public SigningKey(in Bytes32 seed)
    {
        Seed = seed;
        var key = default(Bytes32);
        Interop.SignKeyPair(seed, key, _secretKey);
        Public = new(key);
    }

    public VerifyKey Public { get; }

    /// <summary>For the store, and for a reveal.</summary>
    public Bytes32 Seed { get; }

    public static SigningKey Generate(IEntropy entropy)
    {
        var seed = default(Bytes32);
        entropy.Fill(seed);
        return new(seed);
    }

    /// <summary>Writes 64 bytes.</summary>
    public virtual void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, SignatureSize);
        Interop.Sign(_secretKey, message, signature);
    }

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[SignatureSize];
        Sign(message, signature);
        return signature;
    }
}

internal static class Ed25519
{
    /// <summary>
    /// By the rule of libsodium 1.0.18: canonical s, no small-order or non-canonical key, no small-order R, and the
    /// equation without cofactor. Decision 22.
    /// </summary>
    public static bool Verify(in VerifyKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SigningKey.SignatureSize && Interop.Verify(key.Bytes, message, signature);
}
