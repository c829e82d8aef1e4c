using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>A point of secp256k1, compressed: a chain key, or one that holds coins.</summary>
internal readonly record struct LedgerPublicKey(Bytes33 Bytes)
{
    public const int Size = Bytes33.Size;
    public const int SignatureSize = 64;

    /// <summary>RIPEMD-160 of SHA-256: what scripts call a key by.</summary>
    public Bytes20 Hash
    {
        get
        {
            var bytes = Bytes;
            return LedgerHash.Short(bytes);
        }
    }

    public override string ToString() => Bytes.ToString();

    /// <summary>Takes 33 bytes that are a point of the curve.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out LedgerPublicKey key)
    {
        key = default;
        if (bytes.Length != Size) return false;
        key = new(Bytes33.Read(bytes));
        if (Interop.IsLedgerKey(key.Bytes)) return true;
        key = default;
        return false;
    }

    /// <summary>Reads 66 lower-case hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LedgerPublicKey key)
    {
        key = default;
        Span<byte> bytes = stackalloc byte[Size];
        return text.Length == 2 * Size && !text.ContainsAnyInRange('A', 'F')
            && Convert.FromHexString(text, bytes, out _, out var written) is System.Buffers.OperationStatus.Done && written == Size
            && TryRead(bytes, out key);
    }

    /// <summary>A signature of 64 bytes, r and a low s.</summary>
    public bool Verify(in Bytes32 hash, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureSize && Interop.LedgerVerify(Bytes, hash, signature);
}

/// <summary>A key pair of secp256k1.</summary>
internal sealed class LedgerKeyPair
{
    public const int MaxDerSize = 72;
    private readonly Bytes32 _secret;

    /// <summary>Takes a secret that <see cref="IsSecret"/> says yes to.</summary>
    public LedgerKeyPair(in Bytes32 secret) => (_secret, Public) = (secret, new(Interop.LedgerPublic(secret)));

    public LedgerPublicKey Public { get; }

    /// <summary>For the store only.</summary>
    public Bytes32 Secret => _secret;

    /// <summary>All 32-byte values but zero and the few from the order of the curve on.</summary>
    public static bool IsSecret(in Bytes32 bytes) => Interop.IsLedgerSecret(bytes);

    public static LedgerKeyPair Generate(IEntropy entropy)
    {
        var secret = default(Bytes32);
        do entropy.Fill(secret);
        while (!IsSecret(secret));
        return new(secret);
    }

    /// <summary>The x coordinate of the shared point, not hashed.</summary>
    public Bytes32 Agree(in LedgerPublicKey other) =>
        Interop.TryLedgerDh(_secret, other.Bytes, out var x) ? x : throw new ArgumentException("not a point of the curve", nameof(other));

    /// <summary>Writes r and s, 64 bytes; the same for the same hash.</summary>
    public byte[] Sign(in Bytes32 hash)
    {
        var signature = new byte[LedgerPublicKey.SignatureSize];
        Interop.LedgerSign(_secret, hash, signature, der: false);
        return signature;
    }

    /// <summary>The same signature as transactions have it.</summary>
    public byte[] SignDer(in Bytes32 hash)
    {
        var signature = new byte[MaxDerSize];
        return signature[..Interop.LedgerSign(_secret, hash, signature, der: true)];
    }
}

/// <summary>The hashes that ledgers use.</summary>
internal static class LedgerHash
{
    public static bool IsAvailable { get; } = Interop.Has(Interop.Secp256k1);

    public const string Remedy = "libsecp256k1 is missing: install it (Debian, Ubuntu: apt-get install libsecp256k1-1; macOS: brew install libsecp256k1)";

    /// <summary>SHA-256 of SHA-256.</summary>
    public static Bytes32 Twice(ReadOnlySpan<byte> bytes)
    {
        var once = Sha256.Hash(bytes);
        return Sha256.Hash(once);
    }

    /// <summary>RIPEMD-160 of SHA-256.</summary>
    public static Bytes20 Short(ReadOnlySpan<byte> bytes)
    {
        var once = Sha256.Hash(bytes);
        var hash = default(Bytes20);
        Interop.Ripemd160(once, hash);
        return hash;
    }

    /// <summary>SHA-256 that begins with the label's hash twice, as BIP-340 has it: for one purpose only.</summary>
    public static Bytes32 Tagged(string label, ReadOnlySpan<byte> bytes)
    {
        var tag = Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(label));
        return Sha256.Hash([.. tag, .. tag, .. bytes]);
    }
}
