using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>The host's half of the sealed exchange inside an introduction. Spec: rendezvous.md §4.2.</summary>
internal sealed class IntroductionCall
{
    public DhPublicKey Peer { get; private init; }
    public PlainId ClaimedId { get; private init; }
    public byte[] Ticket { get; private init; } = [];
    public ulong NonceI { get; private init; }
    public DateTimeOffset Sent { get; private init; }
    public HostPort[] Candidates { get; private init; } = [];
    public Bytes32 Digest { get; private init; }
    public static bool TryOpen(LineSetup setup, ReadOnlySpan<byte> blob, [NotNullWhen(true)] out IntroductionCall? call) => throw new NotImplementedException();
    public byte[] Answer(ulong nonceH, in Bytes32 secret, HostPort[] candidates, IEntropy entropy) => throw new NotImplementedException();
}
