using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>An X25519 key pair (RFC 7748).</summary>
internal sealed class DhKeyPair
{
    private readonly Bytes32 _secret;

    /// <summary>Takes a secret of 32 random bytes.</summary>
    public DhKeyPair(in Bytes32 secret) => (_secret, Public) = (secret, new(Interop.DhPublic(secret)));

    public DhPublicKey Public { get; }

    /// <summary>For the store only.</summary>
    public Bytes32 Secret => _secret;

    public static DhKeyPair Generate(IEntropy entropy)
    {
        var secret = default(Bytes32);
        entropy.Fill(secret);
        return new(secret);
    }

    /// <summary>The shared secret; false if the other key is of small order, which gives none.</summary>
    public bool TryAgree(in DhPublicKey other, out Bytes32 shared) => Interop.TryDh(_secret, other.Bytes, out shared);
}
