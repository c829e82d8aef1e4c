using System.Runtime.InteropServices;

namespace Hawser.Crypto;

/// <summary>Of libcrypto: RIPEMD-160, which the class library has not, and the bare compression function of SHA-256.</summary>
internal static unsafe partial class Interop
{
    [LibraryImport(OpenSsl)]
    private static partial nint EVP_ripemd160();

    [LibraryImport(OpenSsl)]
    private static partial int EVP_Digest(byte* data, nuint length, byte* hash, uint* written, nint kind, nint engine);

    [LibraryImport(OpenSsl)]
    [SuppressGCTransition] // a tenth of a microsecond
    private static partial void SHA256_Transform(uint* state, byte* block);

    public static void Ripemd160(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        uint written;
        int done;
        fixed (byte* b = bytes, h = hash) done = EVP_Digest(b, (nuint)bytes.Length, h, &written, EVP_ripemd160(), 0);
        if (done != 1) throw new DllNotFoundException("this system's OpenSSL has no RIPEMD-160: use version 1.1.1, or 3.0.7 or later");
    }

    /// <summary>Takes one block of 64 bytes into a state of eight words; SHA256_CTX begins with them.</summary>
    public static void CompressSha256(Span<uint> state, ReadOnlySpan<byte> block)
    {
        fixed (uint* s = state)
        fixed (byte* b = block) SHA256_Transform(s, b);
    }

    /// <summary>Whether the library still lets the compression function be called.</summary>
    public static bool FindCompression() => Resolve(OpenSsl, typeof(Interop).Assembly, null) is var library and not 0
        && NativeLibrary.TryGetExport(library, "SHA256_Transform", out _);
}
