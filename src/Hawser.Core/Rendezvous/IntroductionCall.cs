using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Noise;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>The host's half of the sealed exchange: a call whose sender is proved. Spec: rendezvous.md §4.2.</summary>
internal sealed class IntroductionCall
{
    private const long LatestSecond = 253_402_300_799; // the last that a DateTimeOffset has

    private readonly HandshakeState _noise;

    private IntroductionCall(HandshakeState noise) => _noise = noise;

    /// <summary>The initiator's channel key.</summary>
    public required DhPublicKey Peer { get; init; }

    /// <summary>What it says its routing ID is.</summary>
    public required PlainId ClaimedId { get; init; }

    /// <summary>Empty under letter N, never under I.</summary>
    public required byte[] Ticket { get; init; }

    public required ulong NonceI { get; init; }

    public required DateTimeOffset Sent { get; init; }

    public required HostPort[] Candidates { get; init; }

    /// <summary>Of the whole blob: for knowing it again.</summary>
    public required Bytes32 Digest { get; init; }

    public static bool TryOpen(LineSetup setup, ReadOnlySpan<byte> blob, [NotNullWhen(true)] out IntroductionCall? call)
    {
        call = null;
        var reader = new SpanReader(blob);
        if (blob.Length > LineMessage.MaxBlob || !reader.TryReadU8(out var kind)
            || kind is not ((byte)HandshakeLetter.I or (byte)HandshakeLetter.N)
            || !reader.TryReadU64(out var nonceI) || nonceI == 0) return false;

        var letter = (HandshakeLetter)kind;
        var own = setup.ChannelKey;
        var prologue = IntroductionSeal.Prologue(setup.Identity, letter, own.Public, nonceI);
        DhPublicKey? named = null;
        if (letter is HandshakeLetter.N)
        {
            var key = default(Bytes32);
            if (!reader.TryTake(IntroductionSeal.SizeOfN, out var message)
                || !HandshakeState.Responder(Pattern.N, prologue, own).TryRead(message, key, out _)) return false;
            named = new(key);
            prologue = IntroductionSeal.PrologueOfK(prologue, message, named.Value);
        }

        var noise = HandshakeState.Responder(letter is HandshakeLetter.N ? Pattern.KK : Pattern.IK, prologue, own, named);
        Span<byte> payload = stackalloc byte[LineMessage.MaxBlob];
        return noise.TryRead(reader.Rest, payload, out var length) && noise.RemoteStatic is { } peer
            && TryReadPayload(payload[..length], noise, peer, nonceI, Sha256.Hash(blob), out call)
            && (letter is HandshakeLetter.N) == (call.Ticket.Length == 0);
    }

    /// <summary>Seals the answer to the initiator, with keys that are used once.</summary>
    public byte[] Answer(ulong nonceH, in Bytes32 secret, HostPort[] candidates, IEntropy entropy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(candidates.Length, CandidateList.Max);
        Span<byte> payload = stackalloc byte[IntroductionSeal.MaxPayload];
        var writer = new SpanWriter(payload);
        writer.WriteU64(nonceH);
        writer.Write(secret);
        CandidateList.Write(ref writer, candidates);
        Span<byte> blob = stackalloc byte[1 + IntroductionSeal.MaxNoise];
        blob[0] = IntroductionSeal.Answer;
        if (!_noise.TryWrite(entropy, payload[..writer.Written], blob[1..], out var written)) return [IntroductionSeal.Answer];
        return blob[..(1 + written)].ToArray();
    }

    private static bool TryReadPayload(
        ReadOnlySpan<byte> payload, HandshakeState noise, in DhPublicKey peer, ulong nonceI, in Bytes32 digest,
        [NotNullWhen(true)] out IntroductionCall? call)
    {
        call = null;
        var reader = new SpanReader(payload);
        if (!reader.TryReadU64(out var seconds) || seconds > LatestSecond || !reader.TryTake(PlainId.Size, out var idBytes)
            || !reader.TryTakeBlob16(out var ticket) || ticket.Length > IntroductionSeal.MaxTicket
            || !CandidateList.TryRead(ref reader, out var candidates) || !reader.AtEnd) return false;
        var id = default(PlainId);
        if (idBytes.ContainsAnyExcept((byte)0) && !PlainId.TryRead(idBytes, out id)) return false;
        call = new(noise)
        {
            Peer = peer,
            ClaimedId = id,
            Ticket = ticket.ToArray(),
            NonceI = nonceI,
            Sent = DateTimeOffset.FromUnixTimeSeconds((long)seconds),
            Candidates = candidates,
            Digest = digest,
        };
        return true;
    }
}
