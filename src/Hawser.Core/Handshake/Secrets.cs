using Hawser.Wire;

namespace Hawser.Handshake;

/// <summary>What a finished handshake leaves. Spec: handshake.md §5.</summary>
/// <param name="Send">The split key of the direction out.</param>
/// <param name="Receive">The split key of the direction in.</param>
/// <param name="Exporter">For what hangs on this handshake without being part of it; both sides have the same.</param>
/// <param name="HandshakeHash">Names this handshake, 64 bytes; no secret.</param>
internal sealed record Secrets(Bytes32 Send, Bytes32 Receive, Bytes32 Exporter, byte[] HandshakeHash);
