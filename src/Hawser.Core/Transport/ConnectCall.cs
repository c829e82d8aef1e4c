using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Packet 3: the solved challenge and the initiator's Noise messages. Spec: connect.md §4.</summary>
/// <remarks><code>
/// | 3 | version | nonceI 8 | nonceH 8 | Ic 4 | k 4 | cookie 8 | X 4 |
/// | letter | masked dialled ID 10 | cidI 1+0..8 | settings 1+5 | u16 I   or   u16 N, u16 K | zeros to at least 640 |
/// </code></remarks>
internal readonly ref struct ConnectCall
{
    public const byte Code = 3;
    private const int XOffset = 34, LetterOffset = XOffset + 4;

    public ulong NonceI { get; private init; }

    public ulong NonceH { get; private init; }

    public uint Ic { get; private init; }

    public uint Difficulty { get; private init; }

    public ulong Cookie { get; private init; }

    public uint X { get; private init; }

    public HandshakeLetter Letter { get; private init; }

    /// <summary>The dialled ID under <see cref="Mask"/>.</summary>
    public ReadOnlySpan<byte> MaskedId { get; private init; }

    /// <summary>With its length byte.</summary>
    public ReadOnlySpan<byte> CidI { get; private init; }

    /// <summary>With their length byte.</summary>
    public ReadOnlySpan<byte> Settings { get; private init; }

    public ReadOnlySpan<byte> First { get; private init; }

    public ReadOnlySpan<byte> Second { get; private init; }

    public Puzzle Puzzle => new(Ic, NonceI, NonceH, BindingOf(Whole), Difficulty);

    private ReadOnlySpan<byte> Whole { get; init; }

    public static bool TryRead(ReadOnlySpan<byte> datagram, out ConnectCall packet)
    {
        packet = default;
        if (datagram.Length is < ChallengeRequest.MinSize or > ChallengeRequest.MaxSize) return false;
        var reader = new SpanReader(datagram);
        if (!reader.TryReadU8(out var code) || code != Code
            || !reader.TryReadU8(out var version) || version != ChallengeRequest.Version
            || !reader.TryReadU64(out var nonceI)
            || !reader.TryReadU64(out var nonceH)
            || !reader.TryReadU32(out var ic)
            || !reader.TryReadU32(out var difficulty)
            || !reader.TryReadU64(out var cookie)
            || !reader.TryReadU32(out var x)
            || !reader.TryReadU8(out var letter) || (HandshakeLetter)letter is not (HandshakeLetter.I or HandshakeLetter.N)
            || !reader.TryTake(PlainId.Size, out var maskedId)) return false;
        var atCid = reader.Rest;
        if (!Cid.TryTake(ref reader, out var cid)) return false;
        var atSettings = reader.Rest;
        ReadOnlySpan<byte> second = [];
        if (!Transport.Settings.TryTake(ref reader, out _)
            || !reader.TryTakeBlob16(out var first)
            || ((HandshakeLetter)letter is HandshakeLetter.N && !reader.TryTakeBlob16(out second))
            || (datagram.Length > ChallengeRequest.MinSize && !reader.AtEnd)
            || reader.Rest.ContainsAnyExcept((byte)0)) return false;
        packet = new()
        {
            NonceI = nonceI,
            NonceH = nonceH,
            Ic = ic,
            Difficulty = difficulty,
            Cookie = cookie,
            X = x,
            Letter = (HandshakeLetter)letter,
            MaskedId = maskedId,
            CidI = atCid[..cid.Size],
            Settings = atSettings[..Transport.Settings.Size],
            First = first,
            Second = second,
            Whole = datagram,
        };
        return true;
    }

    /// <summary>Writes all but X.</summary>
    public static byte[] Write(
        ChallengeResponse challenge, HandshakeLetter letter, ReadOnlySpan<byte> maskedId, ReadOnlySpan<byte> cidI,
        ReadOnlySpan<byte> settings, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var bytes = new byte[ChallengeRequest.MaxSize];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Code);
        writer.WriteU8(ChallengeRequest.Version);
        writer.WriteU64(challenge.NonceI);
        writer.WriteU64(challenge.NonceH);
        writer.WriteU32(challenge.Ic);
        writer.WriteU32(challenge.Difficulty);
        writer.WriteU64(challenge.Cookie);
        writer.WriteU32(0);
        writer.WriteU8((byte)letter);
        writer.Write(maskedId);
        writer.Write(cidI);
        writer.Write(settings);
        writer.WriteBlob16(first);
        if (letter is HandshakeLetter.N) writer.WriteBlob16(second);
        return bytes[..Math.Max(writer.Written, ChallengeRequest.MinSize)];
    }

    public static void SetX(Span<byte> datagram, uint x) => new SpanWriter(datagram[XOffset..]).WriteU32(x);

    /// <summary>What the puzzle binds: all that X does not cover already.</summary>
    public static Token16 BindingOf(ReadOnlySpan<byte> datagram)
    {
        var hash = Sha256.Hash(datagram[LetterOffset..]);
        return Token16.Read(hash[..Token16.Size]);
    }

    /// <summary>
    /// Covers or uncovers the dialled ID. The host has to learn it before it can rebuild the prologue; who does not
    /// know the host's key does not learn it.
    /// </summary>
    public static void Mask(in HmacKey macKey, ulong nonceI, ulong nonceH, Span<byte> id)
    {
        Span<byte> input = stackalloc byte[17];
        var writer = new SpanWriter(input);
        writer.WriteU8((byte)'d');
        writer.WriteU64(nonceI);
        writer.WriteU64(nonceH);
        var mask = macKey.Mac(input);
        for (var i = 0; i < PlainId.Size; i++) id[i] ^= mask[i];
    }
}
