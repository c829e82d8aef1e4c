using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Packet 1: the challenge. Spec: connect.md §4.</summary>
/// <remarks><code>| 1 | nonceI 8 | Ic 4 | nonceH 8 | k 4 | cookie 8 | length=0 or 32 | host key | u16 length | response data |</code></remarks>
internal readonly record struct ChallengeResponse(
    ulong NonceI, uint Ic, ulong NonceH, uint Difficulty, ulong Cookie, DhPublicKey? HostKey, byte[] ResponseData)
{
    public const byte Code = 1;
    private const int FixedSize = 1 + 8 + 4 + 8 + 4 + 8 + 1 + 2;

    public int Size => FixedSize + (HostKey is null ? 0 : Bytes32.Size) + ResponseData.Length;

    public static bool TryRead(ReadOnlySpan<byte> datagram, out ChallengeResponse message)
    {
        message = default;
        var reader = new SpanReader(datagram);
        if (!reader.TryReadU8(out var code) || code != Code
            || !reader.TryReadU64(out var nonceI)
            || !reader.TryReadU32(out var ic)
            || !reader.TryReadU64(out var nonceH)
            || !reader.TryReadU32(out var difficulty)
            || !reader.TryReadU64(out var cookie)
            || !reader.TryTakeBlob8(out var key) || key.Length is not (0 or Bytes32.Size)
            || !reader.TryTakeBlob16(out var data) || data.Length > ConnectOptions.MaxResponseData
            || !reader.AtEnd) return false;
        DhPublicKey? hostKey = key.IsEmpty ? null : new(Bytes32.Read(key));
        message = new(nonceI, ic, nonceH, difficulty, cookie, hostKey, data.ToArray());
        return true;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8(Code);
        writer.WriteU64(NonceI);
        writer.WriteU32(Ic);
        writer.WriteU64(NonceH);
        writer.WriteU32(Difficulty);
        writer.WriteU64(Cookie);
        writer.WriteU8((byte)(HostKey is null ? 0 : Bytes32.Size));
        if (HostKey is { } key) key.Bytes.CopyTo(writer.Take(Bytes32.Size));
        writer.WriteBlob16(ResponseData);
        return writer.Written;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }
}
