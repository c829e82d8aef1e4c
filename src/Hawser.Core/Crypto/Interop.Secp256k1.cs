using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>libsecp256k1: ECDSA with RFC 6979 nonces and low S, and ECDH that gives the bare x coordinate.</summary>
internal static unsafe partial class Interop
{
    public const string Secp256k1 = "libsecp256k1";
    private const uint SignAndVerify = 0x0301; // SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY
    private const uint Compressed = 0x0102; // SECP256K1_EC_COMPRESSED
    private const int Opaque = 64; // bytes of secp256k1_pubkey and of secp256k1_ecdsa_signature

    // Made once and never changed, so that any thread may use it.
    private static readonly Lazy<nint> LedgerContext = new(() => secp256k1_context_create(SignAndVerify));

    [LibraryImport(Secp256k1)]
    private static partial nint secp256k1_context_create(uint flags);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ec_seckey_verify(nint context, byte* secret);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ec_pubkey_create(nint context, byte* key, byte* secret);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ec_pubkey_parse(nint context, byte* key, byte* bytes, nuint length);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ec_pubkey_serialize(nint context, byte* bytes, nuint* length, byte* key, uint flags);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ecdsa_sign(nint context, byte* signature, byte* hash, byte* secret, nint nonce, nint data);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ecdsa_verify(nint context, byte* signature, byte* hash, byte* key);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ecdsa_signature_parse_compact(nint context, byte* signature, byte* bytes);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ecdsa_signature_serialize_compact(nint context, byte* bytes, byte* signature);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ecdsa_signature_serialize_der(nint context, byte* bytes, nuint* length, byte* signature);

    [LibraryImport(Secp256k1)]
    private static partial int secp256k1_ecdh(
        nint context, byte* output, byte* key, byte* secret, delegate* unmanaged[Cdecl]<byte*, byte*, byte*, void*, int> hash, void* data);

    public static bool IsLedgerSecret(in Bytes32 secret)
    {
        fixed (byte* s = (ReadOnlySpan<byte>)secret) return secp256k1_ec_seckey_verify(LedgerContext.Value, s) == 1;
    }

    public static Bytes33 LedgerPublic(in Bytes32 secret)
    {
        var bytes = default(Bytes33);
        var key = stackalloc byte[Opaque];
        nuint length = Bytes33.Size;
        fixed (byte* s = (ReadOnlySpan<byte>)secret)
        {
            if (secp256k1_ec_pubkey_create(LedgerContext.Value, key, s) != 1) throw new ArgumentException("not a secret of secp256k1", nameof(secret));
        }

        _ = secp256k1_ec_pubkey_serialize(LedgerContext.Value, (byte*)&bytes, &length, key, Compressed);
        return bytes;
    }

    public static bool IsLedgerKey(in Bytes33 key)
    {
        var parsed = stackalloc byte[Opaque];
        return TryParseKey(key, parsed);
    }

    public static bool TryLedgerDh(in Bytes32 secret, in Bytes33 key, out Bytes32 x)
    {
        x = default;
        var parsed = stackalloc byte[Opaque];
        if (!TryParseKey(key, parsed)) return false;
        var shared = default(Bytes32);
        bool agreed;
        fixed (byte* s = (ReadOnlySpan<byte>)secret)
            agreed = secp256k1_ecdh(LedgerContext.Value, (byte*)&shared, parsed, s, &TakeX, null) == 1;
        x = shared;
        return agreed;
    }

    /// <summary>As 64 bytes r, s; or as DER, of which the length is returned.</summary>
    public static int LedgerSign(in Bytes32 secret, in Bytes32 hash, Span<byte> target, bool der)
    {
        var signature = stackalloc byte[Opaque];
        var length = (nuint)target.Length;
        fixed (byte* s = (ReadOnlySpan<byte>)secret, h = (ReadOnlySpan<byte>)hash, t = target)
        {
            if (secp256k1_ecdsa_sign(LedgerContext.Value, signature, h, s, 0, 0) != 1) throw new InvalidOperationException("libsecp256k1 refused to sign");
            if (!der) _ = secp256k1_ecdsa_signature_serialize_compact(LedgerContext.Value, t, signature);
            else if (secp256k1_ecdsa_signature_serialize_der(LedgerContext.Value, t, &length, signature) != 1) throw new InvalidOperationException("no room for a signature");
        }

        return checked((int)length);
    }

    /// <summary>False for a high S too.</summary>
    public static bool LedgerVerify(in Bytes33 key, in Bytes32 hash, ReadOnlySpan<byte> signature)
    {
        var parsed = stackalloc byte[Opaque];
        var parsedSignature = stackalloc byte[Opaque];
        if (!TryParseKey(key, parsed)) return false;
        fixed (byte* h = (ReadOnlySpan<byte>)hash, s = signature)
        {
            return secp256k1_ecdsa_signature_parse_compact(LedgerContext.Value, parsedSignature, s) == 1
                && secp256k1_ecdsa_verify(LedgerContext.Value, parsedSignature, h, parsed) == 1;
        }
    }

    private static bool TryParseKey(in Bytes33 key, byte* parsed)
    {
        fixed (byte* k = (ReadOnlySpan<byte>)key) return secp256k1_ec_pubkey_parse(LedgerContext.Value, parsed, k, Bytes33.Size) == 1;
    }

    // The library's own function would give SHA-256 of the point.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int TakeX(byte* output, byte* x, byte* y, void* data)
    {
        Buffer.MemoryCopy(x, output, Bytes32.Size, Bytes32.Size);
        return 1;
    }
}
