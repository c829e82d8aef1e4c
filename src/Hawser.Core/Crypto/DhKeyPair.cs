using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>An X25519 key pair (RFC 7748).</summary>
internal sealed class DhKeyPair
{
    private const int MaxRemembered = 4_096;
    private const int FewestAtOnce = 2; // below, the one inversion costs more than it saves

    private readonly Bytes32 _secret;
    private Dictionary<DhPublicKey, Bytes32>? _remembered;

    /// <summary>Takes a secret of 32 random bytes.</summary>
    public DhKeyPair(in Bytes32 secret) => (_secret, Public) = (secret, new(Interop.DhPublic(secret)));

    public DhPublicKey Public { get; }

    /// <summary>For the store only.</summary>
    public Bytes32 Secret => _secret;

    /// <summary>
    /// The same pair, for one owner without threads: what it has in common with another static key is computed once.
    /// That is worth no more to a thief than the secret beside it.
    /// </summary>
    public DhKeyPair Remembering() => new(this);

    private DhKeyPair(in Bytes32 secret, in DhPublicKey key) => (_secret, Public) = (secret, key);

    private DhKeyPair(DhKeyPair other) => (_secret, Public, _remembered) = (other._secret, other.Public, []);

    public static DhKeyPair Generate(IEntropy entropy)
    {
        var secret = default(Bytes32);
        entropy.Fill(secret);
        return new(secret);
    }

    /// <summary>Several at once, for less than one by one.</summary>
    public static DhKeyPair[] Generate(IEntropy entropy, int count)
    {
        if (count < FewestAtOnce) return [.. Enumerable.Range(0, count).Select(_ => Generate(entropy))];
        var secrets = new Bytes32[count];
        foreach (ref var secret in secrets.AsSpan()) entropy.Fill(secret);
        var keys = DhPublics.Of(secrets);
        return [.. secrets.Zip(keys, (secret, key) => new DhKeyPair(secret, key))];
    }

    /// <summary>The shared secret; false if the other key is of small order, which gives none.</summary>
    public bool TryAgree(in DhPublicKey other, out Bytes32 shared) => Interop.TryDh(_secret, other.Bytes, out shared);

    /// <summary>The same with another static key, which may be met again.</summary>
    public bool TryAgreeStatic(in DhPublicKey other, out Bytes32 shared)
    {
        if (_remembered is null) return TryAgree(other, out shared);
        if (_remembered.TryGetValue(other, out shared)) return true;
        if (!TryAgree(other, out shared)) return false;
        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        _remembered.Add(other, shared);
        return true;
    }
}
