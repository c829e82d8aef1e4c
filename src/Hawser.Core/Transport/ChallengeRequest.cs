using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Packet 0: asks a host for a challenge, with room for the answer. Spec: connect.md §4.</summary>
/// <remarks><code>| 0 | version | nonceI 8 | nonceH 8 | flags | mac1 16 | zeros to at least 640 |</code></remarks>
internal readonly record struct ChallengeRequest(ulong NonceI, ulong NonceH, bool KnowsKey, Token16 Mac1, int Length)
{
    public const byte Code = 0;
    public const byte Version = 1; // connect.md §6
    public const int MinSize = 640;
    public const int MaxSize = 1_200;
    private const int MacOffset = 19, FixedSize = MacOffset + Token16.Size;

    /// <summary>The key of mac1: whoever knows the host's key has it.</summary>
    public static HmacKey MacKey(in DhPublicKey host) => new(Sha256.Hash([.. "hawser/mac1"u8, .. host.Bytes]));

    public static bool TryRead(ReadOnlySpan<byte> datagram, out ChallengeRequest message)
    {
        message = default;
        if (datagram.Length is < MinSize or > MaxSize) return false;
        var reader = new SpanReader(datagram);
        if (!reader.TryReadU8(out var code) || code != Code
            || !reader.TryReadU8(out var version) || version != Version
            || !reader.TryReadU64(out var nonceI)
            || !reader.TryReadU64(out var nonceH)
            || !reader.TryReadU8(out var flags) || flags > 1
            || !reader.TryTake(Token16.Size, out var mac)
            || reader.Rest.ContainsAnyExcept((byte)0)) return false;
        message = new(nonceI, nonceH, flags == 1, Token16.Read(mac), datagram.Length);
        return true;
    }

    /// <summary>Whether the sender knew the key.</summary>
    public static bool HasMac(ReadOnlySpan<byte> datagram, in HmacKey macKey)
    {
        var mac = macKey.Mac(datagram[..MacOffset]);
        return Sha256.SameSecret(mac[..Token16.Size], datagram.Slice(MacOffset, Token16.Size));
    }

    /// <summary>Writes it with the mac of this key.</summary>
    public static byte[] Sealed(ulong nonceI, ulong nonceH, in HmacKey macKey)
    {
        var bytes = new byte[MinSize];
        new ChallengeRequest(nonceI, nonceH, true, default, MinSize).Write(bytes);
        var mac = macKey.Mac(bytes.AsSpan(0, MacOffset));
        mac[..Token16.Size].CopyTo(bytes.AsSpan(MacOffset));
        return bytes;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8(Code);
        writer.WriteU8(Version);
        writer.WriteU64(NonceI);
        writer.WriteU64(NonceH);
        writer.WriteU8((byte)(KnowsKey ? 1 : 0));
        Mac1.CopyTo(writer.Take(Token16.Size));
        writer.Take(Length - FixedSize).Clear();
        return writer.Written;
    }
}
