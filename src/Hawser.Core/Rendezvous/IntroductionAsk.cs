using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>The initiator's half of the sealed exchange inside an introduction. Spec: rendezvous.md §4.2.</summary>
internal sealed class IntroductionAsk
{
    public IntroductionAsk(Moment now, LineSetup setup, IntroductionWish wish, IEntropy entropy) => throw new NotImplementedException();
    public DhPublicKey Target => throw new NotImplementedException();
    public ulong NonceI => throw new NotImplementedException();
    public byte[] Blob => throw new NotImplementedException();
    public bool TryOpen(ReadOnlySpan<byte> blob, out IntroductionAnswer answer) => throw new NotImplementedException();
}

/// <summary>What a host seals for the initiator alone.</summary>
internal readonly record struct IntroductionAnswer(ulong NonceH, Bytes32 Secret, HostPort[] Candidates);
