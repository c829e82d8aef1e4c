using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Packet 2: a no. Spec: connect.md §4.</summary>
/// <remarks><code>| 2 | nonceI 8 | nonceH 8 | reason u32: 0 again, 16 refused | Noise message 2 without payload, if refused |</code></remarks>
internal readonly ref struct ConnectReject(ulong nonceI, ulong nonceH, uint reason, ReadOnlySpan<byte> message)
{
    public const byte Code = 2;
    public const uint Again = 0; // connect.md §6
    public const uint Refused = 16;
    public const int MessageSize = 48;
    private const int FixedSize = 1 + 8 + 8 + 4;

    public ulong NonceI { get; } = nonceI;

    public ulong NonceH { get; } = nonceH;

    public uint Reason { get; } = reason;

    public ReadOnlySpan<byte> Message { get; } = message;

    public static bool TryRead(ReadOnlySpan<byte> datagram, out ConnectReject packet)
    {
        packet = default;
        var reader = new SpanReader(datagram);
        if (!reader.TryReadU8(out var code) || code != Code
            || !reader.TryReadU64(out var nonceI)
            || !reader.TryReadU64(out var nonceH)
            || !reader.TryReadU32(out var reason) || reason is not (Again or Refused)
            || reader.Rest.Length != (reason == Refused ? MessageSize : 0)) return false;
        packet = new(nonceI, nonceH, reason, reader.Rest);
        return true;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[FixedSize + Message.Length];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Code);
        writer.WriteU64(NonceI);
        writer.WriteU64(NonceH);
        writer.WriteU32(Reason);
        writer.Write(Message);
        return bytes;
    }
}

/// <summary>Packet 4: a yes. Spec: connect.md §4.</summary>
/// <remarks><code>| 4 | nonceI 8 | nonceH 8 | Noise message 2: { cidH 1+0..8 | chosen settings 1+5 | u16 length | accept data } |</code></remarks>
internal readonly ref struct ConnectAccept(ulong nonceI, ulong nonceH, ReadOnlySpan<byte> message)
{
    public const byte Code = 4;
    private const int FixedSize = 1 + 8 + 8;
    private const int MaxMessage = 48 + 1 + Cid.MaxLength + Settings.Size + 2 + ConnectOptions.MaxAcceptData;

    public ulong NonceI { get; } = nonceI;

    public ulong NonceH { get; } = nonceH;

    public ReadOnlySpan<byte> Message { get; } = message;

    public static bool TryRead(ReadOnlySpan<byte> datagram, out ConnectAccept packet)
    {
        packet = default;
        var reader = new SpanReader(datagram);
        if (!reader.TryReadU8(out var code) || code != Code
            || !reader.TryReadU64(out var nonceI)
            || !reader.TryReadU64(out var nonceH)
            || reader.Rest.Length is <= ConnectReject.MessageSize or > MaxMessage) return false;
        packet = new(nonceI, nonceH, reader.Rest);
        return true;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[FixedSize + Message.Length];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Code);
        writer.WriteU64(NonceI);
        writer.WriteU64(NonceH);
        writer.Write(Message);
        return bytes;
    }
}

/// <summary>What the accept says under seal.</summary>
internal readonly ref struct AcceptPayload(Cid cidH, Settings chosen, ReadOnlySpan<byte> data)
{
    public Cid CidH { get; } = cidH;

    public Settings Chosen { get; } = chosen;

    public ReadOnlySpan<byte> Data { get; } = data;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out AcceptPayload payload)
    {
        payload = default;
        var reader = new SpanReader(bytes);
        if (!Cid.TryTake(ref reader, out var cidH)
            || !Settings.TryTake(ref reader, out var chosen) || !chosen.IsChoice
            || !reader.TryTakeBlob16(out var data) || data.Length > ConnectOptions.MaxAcceptData
            || !reader.AtEnd) return false;
        payload = new(cidH, chosen, data);
        return true;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[CidH.Size + Settings.Size + 2 + Data.Length];
        var writer = new SpanWriter(bytes);
        CidH.Write(ref writer);
        Chosen.Write(ref writer);
        writer.WriteBlob16(Data);
        return bytes;
    }
}
