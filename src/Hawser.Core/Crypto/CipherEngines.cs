using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>Whose code seals packets.</summary>
internal enum CipherEngine
{
    /// <summary>Intel's libipsec-mb, where it is installed: AES-256-GCM only.</summary>
    IpsecMb,

    /// <summary>libcrypto of OpenSSL 3.</summary>
    OpenSsl,

    /// <summary>The class library's own.</summary>
    Portable,
}

/// <summary>Which engines are at hand, found out once; each has to give the right bytes before it is believed.</summary>
internal static class CipherEngines
{
    private static readonly string? Variant = FindGcm();
    private static readonly bool HasOpenSsl = Passes(CipherEngine.OpenSsl);

    /// <summary>Takes this one wherever it can serve, for tests and measurements; null: the fastest.</summary>
    public static CipherEngine? Preferred { get; set; }

    public static CipherEngine For(Aead aead)
    {
        if (Preferred is { } wanted && Serves(wanted, aead)) return wanted;
        return Serves(CipherEngine.IpsecMb, aead) ? CipherEngine.IpsecMb
            : HasOpenSsl ? CipherEngine.OpenSsl
            : CipherEngine.Portable;
    }

    public static bool Serves(CipherEngine engine, Aead aead) => engine switch
    {
        CipherEngine.IpsecMb => Variant is not null && aead is Aead.Aes256Gcm,
        CipherEngine.OpenSsl => HasOpenSsl,
        CipherEngine.Portable => true,
        _ => false,
    };

    /// <summary>For people: the library, and which of its variants.</summary>
    public static string Describe(CipherEngine engine) => engine switch
    {
        CipherEngine.IpsecMb => $"libipsec-mb ({Variant ?? "not here"})",
        CipherEngine.OpenSsl => "libcrypto (EVP)",
        CipherEngine.Portable => ".NET",
        _ => throw new ArgumentOutOfRangeException(nameof(engine)),
    };

    private static string? FindGcm() => Interop.LoadGcm() is { } variant && Passes(CipherEngine.IpsecMb) ? variant : null;

    // Test case 16 of the GCM specification's collection.
    private static bool Passes(CipherEngine engine)
    {
        ReadOnlySpan<byte> key = Convert.FromHexString("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        ReadOnlySpan<byte> nonce = Convert.FromHexString("cafebabefacedbaddecaf888");
        ReadOnlySpan<byte> ad = Convert.FromHexString("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        ReadOnlySpan<byte> plain = Convert.FromHexString(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        ReadOnlySpan<byte> box = Convert.FromHexString(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            + "76fc6ece0f4e1768cddf8853bb2d551b");
        try
        {
            Span<byte> work = [.. plain, .. new byte[PacketCipher.TagSize]];
            var bytes = work[..plain.Length];
            var tag = work[plain.Length..];
            using var seal = PacketCipher.Create(Aead.Aes256Gcm, Bytes32.Read(key), true, engine);
            seal.Seal(nonce, ad, bytes, tag);
            if (!work.SequenceEqual(box)) return false;
            using var open = PacketCipher.Create(Aead.Aes256Gcm, Bytes32.Read(key), false, engine);
            if (!open.TryOpen(nonce, ad, bytes, tag) || !bytes.SequenceEqual(plain)) return false;
            box.CopyTo(work);
            work[^1] ^= 1;
            return !open.TryOpen(nonce, ad, bytes, tag);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}
