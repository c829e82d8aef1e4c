using System.Reflection;
using System.Runtime.InteropServices;

namespace Hawser.Crypto;

/// <summary>libsodium: X25519, Ed25519, BLAKE2b, ChaCha20-Poly1305, and Argon2id.</summary>
internal static unsafe partial class Interop
{
    private const string Sodium = "libsodium";

    [LibraryImport(Sodium)]
    public static partial int sodium_init();

    [LibraryImport(Sodium)]
    public static partial int crypto_scalarmult_base(byte* publicKey, byte* secret);

    [LibraryImport(Sodium)]
    public static partial int crypto_scalarmult(byte* shared, byte* secret, byte* publicKey);

    [LibraryImport(Sodium)]
    public static partial int crypto_scalarmult_ed25519_base(byte* point, byte* secret);

    [LibraryImport(Sodium)]
    public static partial int crypto_sign_seed_keypair(byte* publicKey, byte* secretKey, byte* seed);

    [LibraryImport(Sodium)]
    public static partial int crypto_sign_detached(
        byte* signature, ulong* signatureLength, byte* message, ulong length, byte* secretKey);

    [LibraryImport(Sodium)]
    public static partial int crypto_sign_verify_detached(
        byte* signature, byte* message, ulong length, byte* publicKey);

    [LibraryImport(Sodium)]
    public static partial int crypto_generichash(
        byte* hash, nuint hashLength, byte* message, ulong length, byte* key, nuint keyLength);

    [LibraryImport(Sodium)]
    public static partial int crypto_aead_chacha20poly1305_ietf_encrypt(
        byte* sealedBytes, ulong* sealedLength, byte* plain, ulong length, byte* ad, ulong adLength,
        byte* none, byte* nonce, byte* key);

    [LibraryImport(Sodium)]
    public static partial int crypto_aead_chacha20poly1305_ietf_decrypt(
        byte* plain, ulong* plainLength, byte* none, byte* sealedBytes, ulong length, byte* ad, ulong adLength,
        byte* nonce, byte* key);

    [LibraryImport(Sodium)]
    public static partial int crypto_aead_xchacha20poly1305_ietf_encrypt(
        byte* sealedBytes, ulong* sealedLength, byte* plain, ulong length, byte* ad, ulong adLength,
        byte* none, byte* nonce, byte* key);

    [LibraryImport(Sodium)]
    public static partial int crypto_aead_xchacha20poly1305_ietf_decrypt(
        byte* plain, ulong* plainLength, byte* none, byte* sealedBytes, ulong length, byte* ad, ulong adLength,
        byte* nonce, byte* key);

    [LibraryImport(Sodium)]
    public static partial int crypto_pwhash_argon2id(
        byte* key, ulong keyLength, byte* password, ulong passwordLength, byte* salt, ulong operations, nuint memory,
        int algorithm);

    /// <summary>Debian names a library by its version, others plainly; the first that loads serves.</summary>
    private static readonly Dictionary<string, string[]> Names = new()
    {
        [Sodium] = ["libsodium.so.23", "libsodium.so.26", "libsodium", "libsodium.23.dylib"],
        [OpenSsl] = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.3.dylib"],
        [Secp256k1] = ["libsecp256k1.so.1", "libsecp256k1.so.2", "libsecp256k1.so.0", "libsecp256k1", "libsecp256k1.dylib"],
    };

    static Interop()
    {
        NativeLibrary.SetDllImportResolver(typeof(Interop).Assembly, Resolve);
    }

    /// <summary>Whether a library can be loaded here.</summary>
    public static bool Has(string library) => Resolve(library, typeof(Interop).Assembly, null) != 0;

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var name in Names.GetValueOrDefault(library, [library]))
        {
            if (NativeLibrary.TryLoad(name, assembly, path, out var handle)) return handle;
        }

        return 0;
    }
}
