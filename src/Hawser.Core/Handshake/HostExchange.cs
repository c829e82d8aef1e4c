using Hawser.Crypto;
using Hawser.Noise;

namespace Hawser.Handshake;

/// <summary>The host's half: I, or N and K, in; A out. Spec: handshake.md §5.</summary>
internal sealed class HostExchange
{
    private readonly DhKeyPair _own;
    private readonly byte[] _prologue;
    private readonly byte[] _n;
    private readonly byte[] _k;
    private HandshakeState? _state;

    private HostExchange(DhKeyPair own, byte[] prologue, byte[] n, byte[] k) =>
        (_own, _prologue, _n, _k) = (own, prologue, n, k);

    /// <summary>Who N says is calling; null after I.</summary>
    public PeerName? Name { get; private init; }

    /// <summary>The initiator's proved key; null until I or K opened.</summary>
    public DhPublicKey? PeerKey => _state?.RemoteStatic;

    /// <summary>The payload of I or K.</summary>
    public byte[] ConnectData { get; private set; } = [];

    /// <summary>Opens I: afterwards the initiator's key is proved.</summary>
    public static HostExchange? OpenI(DhKeyPair own, byte[] prologue, ReadOnlySpan<byte> message)
    {
        var exchange = new HostExchange(own, prologue, [], []);
        return exchange.TryOpen(HandshakeState.Responder(Pattern.IK, prologue, own), message) ? exchange : null;
    }

    /// <summary>Opens N: afterwards the question is whose key the name stands for. K waits for the answer.</summary>
    public static HostExchange? OpenN(DhKeyPair own, byte[] prologue, ReadOnlySpan<byte> n, ReadOnlySpan<byte> k)
    {
        var payload = new byte[n.Length];
        var read = HandshakeState.Responder(Pattern.N, prologue, own).TryRead(n, payload, out var length);
        return read && PeerName.TryRead(payload.AsSpan(0, length), out var name)
            ? new(own, prologue, n.ToArray(), k.ToArray()) { Name = name }
            : null;
    }

    /// <summary>Opens K with the key of whom N named. False: it was somebody else.</summary>
    public bool TryOpenK(in DhPublicKey key)
    {
        if (Name is not { } name || _state is not null) throw new InvalidOperationException("awaits no K");
        if (name.IsKey && name.Key != key) return false;
        var prologue = InitiatorExchange.PrologueOfK(_prologue, _n, name);
        return TryOpen(HandshakeState.Responder(Pattern.KK, prologue, _own, key), _k);
    }

    /// <summary>Writes A, 48 bytes more than its payload. Null if the initiator's key is no key.</summary>
    /// <param name="entropy">For its key.</param>
    /// <param name="payload">What it carries.</param>
    /// <param name="secrets">What the handshake leaves.</param>
    /// <param name="fresh">A key for this answer alone, in place of a new one.</param>
    public byte[]? Answer(IEntropy entropy, ReadOnlySpan<byte> payload, out Secrets? secrets, DhKeyPair? fresh = null)
    {
        if (_state is not { } state) throw new InvalidOperationException("nothing was opened");
        var message = new byte[48 + payload.Length];
        secrets = null;
        if (fresh is not null) state.Use(fresh);
        if (!state.TryWrite(entropy, payload, message, out _)) return null;
        secrets = InitiatorExchange.SecretsOf(state, initiator: false);
        return message;
    }

    private bool TryOpen(HandshakeState state, ReadOnlySpan<byte> message)
    {
        var payload = new byte[message.Length];
        if (!state.TryRead(message, payload, out var length)) return false;
        (_state, ConnectData) = (state, payload[..length]);
        return true;
    }
}
