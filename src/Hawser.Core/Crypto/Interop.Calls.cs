using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>The native calls with spans for pointers; lengths are checked by who calls.</summary>
internal static unsafe partial class Interop
{
    public static Bytes32 DhPublic(in Bytes32 secret)
    {
        CryptoLibrary.Require();
        var key = default(Bytes32);
        fixed (byte* s = (ReadOnlySpan<byte>)secret) _ = crypto_scalarmult_base((byte*)&key, s);
        return key;
    }

    /// <summary>The base point of Ed25519 times a secret that is clamped as one of X25519 is.</summary>
    public static Bytes32 EdwardsBase(in Bytes32 secret)
    {
        CryptoLibrary.Require();
        var point = default(Bytes32);
        fixed (byte* s = (ReadOnlySpan<byte>)secret) _ = crypto_scalarmult_ed25519_base((byte*)&point, s);
        return point;
    }

    public static bool TryDh(in Bytes32 secret, in Bytes32 publicKey, out Bytes32 shared)
    {
        CryptoLibrary.Require();
        var result = default(Bytes32);
        int code;
        fixed (byte* s = (ReadOnlySpan<byte>)secret, p = (ReadOnlySpan<byte>)publicKey)
            code = crypto_scalarmult((byte*)&result, s, p);
        shared = result;
        return code == 0;
    }

    public static void SignKeyPair(in Bytes32 seed, Span<byte> publicKey, Span<byte> secretKey)
    {
        CryptoLibrary.Require();
        fixed (byte* s = (ReadOnlySpan<byte>)seed, p = publicKey, k = secretKey) _ = crypto_sign_seed_keypair(p, k, s);
    }

    public static void Sign(ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ulong length;
        fixed (byte* k = secretKey, m = message, s = signature)
            _ = crypto_sign_detached(s, &length, m, (ulong)message.Length, k);
    }

    public static bool Verify(in Bytes32 key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        CryptoLibrary.Require();
        fixed (byte* k = (ReadOnlySpan<byte>)key, m = message, s = signature)
            return crypto_sign_verify_detached(s, m, (ulong)message.Length, k) == 0;
    }

    public static void GenericHash(Span<byte> hash, ReadOnlySpan<byte> message)
    {
        CryptoLibrary.Require();
        fixed (byte* h = hash, m = message)
            _ = crypto_generichash(h, (nuint)hash.Length, m, (ulong)message.Length, null, 0);
    }

    public static void SealChaCha(
        in Bytes32 key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> plain, Span<byte> target)
    {
        CryptoLibrary.Require();
        ulong length;
        fixed (byte* k = (ReadOnlySpan<byte>)key, n = nonce, a = ad, p = plain, t = target)
        {
            _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                t, &length, p, (ulong)plain.Length, a, (ulong)ad.Length, null, n, k);
        }
    }

    public static bool TryOpenChaCha(
        in Bytes32 key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> box, Span<byte> target)
    {
        CryptoLibrary.Require();
        ulong length;
        fixed (byte* k = (ReadOnlySpan<byte>)key, n = nonce, a = ad, b = box, t = target)
        {
            return crypto_aead_chacha20poly1305_ietf_decrypt(
                t, &length, null, b, (ulong)box.Length, a, (ulong)ad.Length, n, k) == 0;
        }
    }

    public static void SealXChaCha(
        in Bytes32 key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> plain, Span<byte> target)
    {
        CryptoLibrary.Require();
        ulong length;
        fixed (byte* k = (ReadOnlySpan<byte>)key, n = nonce, a = ad, p = plain, t = target)
        {
            _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                t, &length, p, (ulong)plain.Length, a, (ulong)ad.Length, null, n, k);
        }
    }

    public static bool TryOpenXChaCha(
        in Bytes32 key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> box, Span<byte> target)
    {
        CryptoLibrary.Require();
        ulong length;
        fixed (byte* k = (ReadOnlySpan<byte>)key, n = nonce, a = ad, b = box, t = target)
        {
            return crypto_aead_xchacha20poly1305_ietf_decrypt(
                t, &length, null, b, (ulong)box.Length, a, (ulong)ad.Length, n, k) == 0;
        }
    }

    /// <summary>One datagram through an EVP context whose key is set. Opening takes the tag, sealing gives it.</summary>
    public static bool RunCipher(
        nint context, bool seal, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> source,
        Span<byte> target, Span<byte> tag)
    {
        int written;
        fixed (byte* n = nonce, a = ad, s = source, t = target, g = tag)
        {
            byte end;
            return EVP_CipherInit_ex(context, 0, 0, null, n, seal ? 1 : 0) == 1
                && (seal || EVP_CIPHER_CTX_ctrl(context, SetTag, tag.Length, g) == 1)
                && (ad.IsEmpty || EVP_CipherUpdate(context, null, &written, a, ad.Length) == 1)
                && (source.IsEmpty || EVP_CipherUpdate(context, t, &written, s, source.Length) == 1)
                && EVP_CipherFinal_ex(context, &end, &written) == 1
                && (!seal || EVP_CIPHER_CTX_ctrl(context, GetTag, tag.Length, g) == 1);
        }
    }

    public static nint NewCipher(nint cipher, in Bytes32 key, bool seal)
    {
        var context = EVP_CIPHER_CTX_new();
        fixed (byte* k = (ReadOnlySpan<byte>)key)
        {
            if (context == 0
                || EVP_CipherInit_ex(context, cipher, 0, null, null, seal ? 1 : 0) != 1
                || EVP_CIPHER_CTX_ctrl(context, SetIvLength, 12, null) != 1
                || EVP_CipherInit_ex(context, 0, 0, k, null, seal ? 1 : 0) != 1)
                throw new InvalidOperationException("libcrypto refused to set up a cipher");
        }

        return context;
    }

    public static void DerivePassword(Span<byte> key, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ulong operations, nuint memory)
    {
        CryptoLibrary.Require();
        fixed (byte* k = key, p = password, s = salt)
        {
            if (crypto_pwhash_argon2id(k, (ulong)key.Length, p, (ulong)password.Length, s, operations, memory, 2) != 0)
                throw new InvalidOperationException("not enough memory to derive a key from the password");
        }
    }
}
