using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>An X25519 public key: a channel key, or an ephemeral one.</summary>
internal readonly record struct DhPublicKey(Bytes32 Bytes)
{
    public override string ToString() => Bytes.ToString();

    public static bool TryParse(ReadOnlySpan<char> text, out DhPublicKey key)
    {
        var parsed = Bytes32.TryParse(text, out var bytes);
        key = new(bytes);
        return parsed;
    }
}

/// <summary>An Ed25519 public key: a claim, sign-on, seal, delegate or admin key.</summary>
internal readonly record struct VerifyKey(Bytes32 Bytes)
{
    public override string ToString() => Bytes.ToString();

    public static bool TryParse(ReadOnlySpan<char> text, out VerifyKey key)
    {
        var parsed = Bytes32.TryParse(text, out var bytes);
        key = new(bytes);
        return parsed;
    }
}
