using System.Runtime.InteropServices;

namespace Hawser.Crypto;

/// <summary>libcrypto's EVP ciphers, with context and key kept: what .NET's own AesGcm sets up anew on each call.</summary>
internal static unsafe partial class Interop
{
    public const string OpenSsl = "libcrypto";
    public const int SetIvLength = 0x9; // EVP_CTRL_AEAD_SET_IVLEN
    public const int GetTag = 0x10; // EVP_CTRL_AEAD_GET_TAG
    public const int SetTag = 0x11; // EVP_CTRL_AEAD_SET_TAG

    [LibraryImport(OpenSsl)]
    public static partial nint EVP_CIPHER_CTX_new();

    [LibraryImport(OpenSsl)]
    public static partial void EVP_CIPHER_CTX_free(nint context);

    [LibraryImport(OpenSsl)]
    public static partial nint EVP_aes_256_gcm();

    [LibraryImport(OpenSsl)]
    public static partial nint EVP_chacha20_poly1305();

    [LibraryImport(OpenSsl)]
    public static partial int EVP_CIPHER_CTX_ctrl(nint context, int command, int argument, byte* pointer);

    [LibraryImport(OpenSsl)]
    public static partial int EVP_CipherInit_ex(
        nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypt);

    [LibraryImport(OpenSsl)]
    public static partial int EVP_CipherUpdate(nint context, byte* target, int* written, byte* source, int length);

    [LibraryImport(OpenSsl)]
    public static partial int EVP_CipherFinal_ex(nint context, byte* target, int* written);
}
