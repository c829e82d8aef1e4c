using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>The pair's tag and its four proofs, made once from the introduction. Spec: punch.md §4.</summary>
internal readonly struct PunchKey
{
    private const byte TagLetter = (byte)'T'; // punch.md §4
    private readonly Token16 _ask, _answer, _peerAsk, _peerAnswer;

    public PunchKey(Introduction introduction)
    {
        var (own, peer) = introduction.Role is IntroductionRole.Initiator ? ('I', 'H') : ('H', 'I');
        var tag = Mac(introduction, TagLetter, 0);
        Tag = BinaryPrimitives.ReadUInt64BigEndian(tag);
        _ask = Proof(introduction, own, PunchStep.Ask);
        _answer = Proof(introduction, own, PunchStep.Answer);
        _peerAsk = Proof(introduction, peer, PunchStep.Ask);
        _peerAnswer = Proof(introduction, peer, PunchStep.Answer);
    }

    public ulong Tag { get; }

    public Punch Make(PunchStep step) => new(Tag, step is PunchStep.Ask ? _ask : _answer);

    /// <summary>What the peer said; false if the peer did not make this, and so also if we made it ourselves.</summary>
    public bool TryRecognise(in Punch punch, out PunchStep step)
    {
        step = PunchStep.Ask;
        if (punch.Tag != Tag) return false;
        var proof = punch.Proof;
        if (Sha256.SameSecret(proof, _peerAsk)) return true;
        step = PunchStep.Answer;
        return Sha256.SameSecret(proof, _peerAnswer);
    }

    private static Token16 Proof(Introduction introduction, char role, PunchStep step)
    {
        var mac = Mac(introduction, (byte)role, (byte)step);
        return Token16.Read(mac[..Token16.Size]);
    }

    private static Bytes32 Mac(Introduction introduction, byte letter, byte step)
    {
        Span<byte> input = stackalloc byte[1 + 8 + 8 + 1];
        var writer = new SpanWriter(input);
        writer.WriteU8(letter);
        writer.WriteU64(introduction.NonceI);
        writer.WriteU64(introduction.NonceH);
        writer.WriteU8(step);
        var secret = introduction.Secret;
        return Sha256.Hmac(secret, input);
    }
}
