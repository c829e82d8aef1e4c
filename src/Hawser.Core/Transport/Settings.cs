using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>
/// What a side can do (in packet 3), or what the host chose (in packet 4): then there is no second cipher.
/// Spec: connect.md §4.
/// </summary>
/// <remarks><code>| length=5 | first cipher | second cipher or 0 | profile: 0 narrow, 1 wide | log2 window | tag |</code></remarks>
/// <param name="First">The cipher that it likes best.</param>
/// <param name="Second">Another that it has.</param>
/// <param name="Wide">32-bit sequences; else the seed's 3-byte header.</param>
/// <param name="WindowBits">log2 of the packets that may be under way: 3 to 5, if wide to 16.</param>
/// <param name="TagSize">The shortest tag that it takes, 12 to 16; below 16 for AES only.</param>
internal readonly record struct Settings(Aead First, Aead? Second, bool Wide, int WindowBits, int TagSize)
{
    public const int Size = 1 + Length;
    private const int Length = 5;

    public static Settings Default { get; } = new(Aead.Aes256Gcm, Aead.ChaCha20Poly1305, true, 16, 16);

    public int Window => 1 << WindowBits;

    public bool IsChoice => Second is null;

    /// <summary>What the host takes of what was offered; null if they have no cipher in common.</summary>
    public static Settings? Choose(in Settings offered, in Settings own)
    {
        Aead? aead = offered.First == own.First ? own.First
            // one of them is slow at the other's: ChaCha20 is cheap everywhere
            : offered.Has(Aead.ChaCha20Poly1305) && own.Has(Aead.ChaCha20Poly1305) ? Aead.ChaCha20Poly1305
            : offered.Has(Aead.Aes256Gcm) && own.Has(Aead.Aes256Gcm) ? Aead.Aes256Gcm
            : null;
        if (aead is null) return null;
        var wide = offered.Wide && own.Wide;
        return new(
            aead.Value,
            null,
            wide,
            Math.Min(Math.Min(offered.WindowBits, own.WindowBits), wide ? 16 : 5),
            aead is Aead.Aes256Gcm ? Math.Max(offered.TagSize, own.TagSize) : 16);
    }

    public static bool TryTake(ref SpanReader reader, out Settings settings)
    {
        settings = default;
        if (!reader.TryTakeBlob8(out var bytes) || bytes is not [var first, var second, var profile, var bits, var tag])
            return false;
        if (first is not (1 or 2) || second > 2 || second == first || profile > 1) return false;
        if (bits < 3 || bits > (profile == 1 ? 16 : 5) || tag is < 12 or > 16) return false;
        if (tag < 16 && first != (byte)Aead.Aes256Gcm && second != (byte)Aead.Aes256Gcm) return false;
        settings = new((Aead)first, second == 0 ? null : (Aead)second, profile == 1, bits, tag);
        return true;
    }

    /// <summary>Whether a host may have chosen this from what was offered.</summary>
    public bool IsChoiceFrom(in Settings offered) =>
        IsChoice && offered.Has(First) && (offered.Wide || !Wide) && WindowBits <= offered.WindowBits
        && TagSize >= offered.TagSize;

    public void Write(ref SpanWriter writer)
    {
        writer.WriteU8(Length);
        writer.WriteU8((byte)First);
        writer.WriteU8((byte)(Second ?? 0));
        writer.WriteU8((byte)(Wide ? 1 : 0));
        writer.WriteU8((byte)WindowBits);
        writer.WriteU8((byte)TagSize);
    }

    private bool Has(Aead aead) => First == aead || Second == aead;
}
