using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>libipsec-mb, the GCM calls of gcm256 for the processor that we run on. Loaded by name, for it is optional.</summary>
internal static unsafe partial class Interop
{
    private const string IpsecMb = "libIPSec_MB.so.1";
    private const nuint GcmKeySize = 1536; // struct gcm_key_data takes at most 1,024
    private const nuint GcmContextSize = 256; // struct gcm_context_data takes at most 96
    private const nuint GcmAlignment = 64;

    private static delegate* unmanaged[SuppressGCTransition]<byte*, byte*, void> _gcmPrepare;
    private static delegate* unmanaged[SuppressGCTransition]<
        byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void> _gcmSeal, _gcmOpen;

    /// <summary>Finds the library and the calls; null if there is none for this machine, else which variant.</summary>
    public static string? LoadGcm()
    {
        if (RuntimeInformation.ProcessArchitecture is not Architecture.X64 || !OperatingSystem.IsLinux()) return null;
        if (GcmVariant() is not { } variant || !NativeLibrary.TryLoad(IpsecMb, out var library)) return null;
        if (!NativeLibrary.TryGetExport(library, $"aes_gcm_pre_256_{variant}", out var prepare)
            || !NativeLibrary.TryGetExport(library, $"aes_gcm_enc_256_{variant}", out var seal)
            || !NativeLibrary.TryGetExport(library, $"aes_gcm_dec_256_{variant}", out var open)) return null;
        _gcmPrepare = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, void>)prepare;
        _gcmSeal = (delegate* unmanaged[SuppressGCTransition]<
            byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void>)seal;
        _gcmOpen = (delegate* unmanaged[SuppressGCTransition]<
            byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void>)open;
        return variant;
    }

    public static nint NewGcmKey() => (nint)NativeMemory.AlignedAlloc(GcmKeySize + GcmContextSize, GcmAlignment);

    public static void PrepareGcm(in Bytes32 key, nint schedule)
    {
        fixed (byte* k = (ReadOnlySpan<byte>)key) _gcmPrepare(k, (byte*)schedule);
    }

    public static void FreeGcmKey(nint schedule)
    {
        CryptographicOperations.ZeroMemory(new Span<byte>((byte*)schedule, (int)(GcmKeySize + GcmContextSize)));
        NativeMemory.AlignedFree((byte*)schedule);
    }

    public static void SealGcm(nint schedule, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        var key = (byte*)schedule;
        fixed (byte* n = nonce, a = ad, b = bytes, t = tag)
            _gcmSeal(key, key + GcmKeySize, b, b, (ulong)bytes.Length, n, a, (ulong)ad.Length, t, (ulong)tag.Length);
    }

    public static void OpenGcm(nint schedule, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        var key = (byte*)schedule;
        fixed (byte* n = nonce, a = ad, b = bytes, t = tag)
            _gcmOpen(key, key + GcmKeySize, b, b, (ulong)bytes.Length, n, a, (ulong)ad.Length, t, (ulong)tag.Length);
    }

    // Names of the library for what it needs: the wider first.
    private static string? GcmVariant()
    {
        if (!X86Base.IsSupported || !Pclmulqdq.IsSupported || !System.Runtime.Intrinsics.X86.Aes.IsSupported || !Sse41.IsSupported) return null;
        var (_, _, features, _) = X86Base.CpuId(7, 0);
        var hasVectorAes = (features & (1 << 9)) != 0 && (features & (1 << 10)) != 0; // VAES, VPCLMULQDQ
        if (Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported)
            return hasVectorAes ? "vaes_avx512" : "avx512";
        return Avx2.IsSupported ? "avx_gen4" : Avx.IsSupported ? "avx_gen2" : "sse";
    }
}
