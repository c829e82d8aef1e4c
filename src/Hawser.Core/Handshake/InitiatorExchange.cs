using Hawser.Crypto;
using Hawser.Noise;
using Hawser.Wire;

namespace Hawser.Handshake;

/// <summary>The initiator's half: I, or N and K, out; A in. Spec: handshake.md §5.</summary>
internal sealed class InitiatorExchange
{
    private readonly HandshakeState _state;

    private InitiatorExchange(HandshakeState state, byte[] first, byte[] second) =>
        (_state, First, Second) = (state, first, second);

    /// <summary>I or N.</summary>
    public byte[] First { get; }

    /// <summary>K, or nothing after I.</summary>
    public byte[] Second { get; }

    /// <summary>Writes I. Null if the host's key is no key.</summary>
    public static InitiatorExchange? WithTicket(
        IEntropy entropy, DhKeyPair own, in DhPublicKey host, ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> data, InitiatorKeys? keys = null)
    {
        var state = HandshakeState.Initiator(Pattern.IK, prologue, own, host, keys?.First);
        return TryWrite(state, entropy, data) is { } message ? new(state, message, []) : null;
    }

    /// <summary>Writes N and K. Null if the host's key is no key.</summary>
    public static InitiatorExchange? ByName(
        IEntropy entropy, DhKeyPair own, in DhPublicKey host, in PeerName name, ReadOnlySpan<byte> prologue,
        ReadOnlySpan<byte> data, InitiatorKeys? keys = null)
    {
        Span<byte> named = stackalloc byte[PeerName.MaxSize];
        named = named[..name.Write(named)];
        var anonymous = HandshakeState.Initiator(Pattern.N, prologue, null, host, keys?.First);
        if (TryWrite(anonymous, entropy, named) is not { } n) return null;
        var state = HandshakeState.Initiator(Pattern.KK, PrologueOfK(prologue, n, name), own, host, keys?.Second);
        return TryWrite(state, entropy, data) is { } k ? new(state, n, k) : null;
    }

    /// <summary>
    /// K vouches for the very N before it: its hash, and the name that it gave. A K that was cut off from its N, or
    /// put behind another, does not open.
    /// </summary>
    internal static byte[] PrologueOfK(ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> n, in PeerName name)
    {
        var bytes = new byte[prologue.Length + Bytes32.Size + name.Size];
        var writer = new SpanWriter(bytes);
        writer.Write(prologue);
        writer.Write(Sha256.Hash(n));
        name.Write(writer.Take(name.Size));
        return bytes;
    }

    internal static Secrets SecretsOf(HandshakeState state, bool initiator)
    {
        var (fromInitiator, fromHost) = state.Split();
        var (send, receive) = initiator ? (fromInitiator, fromHost) : (fromHost, fromInitiator);
        return new(send, receive, state.Export("hawser/export/1"u8), state.HandshakeHash.ToArray());
    }

    /// <summary>Reads A. A forged one changes nothing: a true one may still come.</summary>
    public bool TryReadAnswer(ReadOnlySpan<byte> message, out byte[] payload, out Secrets? secrets)
    {
        (payload, secrets) = (new byte[message.Length], null);
        var state = _state.Clone();
        if (!state.TryRead(message, payload, out var length)) return false;
        (payload, secrets) = (payload[..length], SecretsOf(state, initiator: true));
        return true;
    }

    private static byte[]? TryWrite(HandshakeState state, IEntropy entropy, ReadOnlySpan<byte> payload)
    {
        Span<byte> message = new byte[128 + payload.Length]; // the longest, I, adds 96
        return state.TryWrite(entropy, payload, message, out var written) ? message[..written].ToArray() : null;
    }
}
