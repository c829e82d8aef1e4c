#pragma warning disable SA1402, CA1852
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Handshake
{
    // Placeholders until the connect phase lands; then this file goes.
    internal enum HandshakeLetter : byte { I, N, K }
    internal sealed record PeerName(DhPublicKey? Key, string? RoutingId);
}

namespace Hawser.Transport
{
    internal sealed record Puzzle(Bytes32 Digest, int Bits);
    internal sealed record ConnectRequest
    {
        public required Route Route { get; init; }
        public required DhPublicKey HostKey { get; init; }
        public required HandshakeLetter Letter { get; init; }
        public PeerName? Name { get; init; }
        public string DialledId { get; init; } = "";
        public byte[] ConnectData { get; init; } = [];
        public ulong NonceI { get; init; }
        public ulong NonceH { get; init; }
        public Bytes32 IntroducedSecret { get; init; }
    }
}
