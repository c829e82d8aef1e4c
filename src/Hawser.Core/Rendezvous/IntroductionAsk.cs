using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Noise;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>The initiator's half of the sealed exchange inside an introduction. Spec: rendezvous.md §4.2.</summary>
internal sealed class IntroductionAsk
{
    private readonly HandshakeState? _noise;

    /// <summary>Seals the wish to the target's key. To a key with which nobody can agree the blob is empty.</summary>
    public IntroductionAsk(Moment now, LineSetup setup, IntroductionWish wish, IEntropy entropy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wish.Candidates.Length, CandidateList.Max);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wish.Ticket.Length, IntroductionSeal.MaxTicket);
        Span<byte> nonce = stackalloc byte[8];
        do entropy.Fill(nonce); while (BinaryPrimitives.ReadUInt64BigEndian(nonce) == 0);
        (NonceI, Target) = (BinaryPrimitives.ReadUInt64BigEndian(nonce), wish.Target);

        var letter = wish.Ticket.Length == 0 ? HandshakeLetter.N : HandshakeLetter.I;
        var prologue = IntroductionSeal.Prologue(setup.Identity, letter, wish.Target, NonceI);
        Span<byte> payload = stackalloc byte[IntroductionSeal.MaxPayload];
        payload = payload[..WritePayload(payload, now, wish)];
        Span<byte> blob = stackalloc byte[LineMessage.MaxBlob];
        var writer = new SpanWriter(blob);
        writer.WriteU8((byte)letter);
        writer.WriteU64(NonceI);
        if (letter is HandshakeLetter.N)
        {
            if (!TryWriteN(setup, wish, entropy, prologue, out var messageN)) return;
            writer.Write(messageN);
            prologue = IntroductionSeal.PrologueOfK(prologue, messageN, setup.ChannelKey.Public);
        }

        var pattern = letter is HandshakeLetter.N ? Pattern.KK : Pattern.IK;
        var noise = HandshakeState.Initiator(pattern, prologue, setup.ChannelKey, wish.Target);
        Span<byte> message = stackalloc byte[IntroductionSeal.MaxNoise];
        if (!noise.TryWrite(entropy, payload, message, out var written)) return;
        writer.Write(message[..written]);
        (_noise, Blob) = (noise, blob[..writer.Written].ToArray());
    }

    public DhPublicKey Target { get; }

    public ulong NonceI { get; }

    public byte[] Blob { get; } = [];

    /// <summary>Opens what only the target can have sealed.</summary>
    public bool TryOpen(ReadOnlySpan<byte> blob, out IntroductionAnswer answer)
    {
        answer = default;
        Span<byte> plain = stackalloc byte[LineMessage.MaxBlob];
        if (_noise is null || blob.Length > LineMessage.MaxBlob || blob is not [IntroductionSeal.Answer, .. var message]
            || !_noise.TryRead(message, plain, out var length)) return false;
        var reader = new SpanReader(plain[..length]);
        if (!reader.TryReadU64(out var nonceH) || nonceH == 0 || !reader.TryReadBytes32(out var secret)
            || !CandidateList.TryRead(ref reader, out var candidates) || !reader.AtEnd) return false;
        answer = new(nonceH, secret, candidates);
        return true;
    }

    // N says to the host, and to it alone, whose key K will prove.
    private static bool TryWriteN(
        LineSetup setup, IntroductionWish wish, IEntropy entropy, byte[] prologue, out byte[] message)
    {
        message = new byte[IntroductionSeal.SizeOfN];
        var noise = HandshakeState.Initiator(Pattern.N, prologue, null, wish.Target);
        return noise.TryWrite(entropy, setup.ChannelKey.Public.Bytes.ToArray(), message, out _);
    }

    private static int WritePayload(Span<byte> target, Moment now, IntroductionWish wish)
    {
        var writer = new SpanWriter(target);
        writer.WriteU64((ulong)Math.Max(0, now.Utc.ToUnixTimeSeconds()));
        wish.Id.CopyTo(writer.Take(PlainId.Size));
        writer.WriteBlob16(wish.Ticket);
        CandidateList.Write(ref writer, wish.Candidates);
        return writer.Written;
    }
}

/// <summary>What a host seals for the initiator alone.</summary>
internal readonly record struct IntroductionAnswer(ulong NonceH, Bytes32 Secret, HostPort[] Candidates);
