using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Noise;

/// <summary>
/// One side of a Noise handshake (Noise §5.3). Bytes from outside never throw: what cannot be read ends it, and after
/// that it reads and writes nothing more. Spec: noise.md §5.
/// </summary>
internal sealed class HandshakeState
{
    private readonly Pattern _pattern;
    private readonly bool _initiates;
    private readonly DhKeyPair? _static;
    private readonly SymmetricState _symmetric;
    private DhKeyPair? _ephemeral;
    private DhPublicKey? _remoteEphemeral;
    private int _next;
    private bool _failed;

    private HandshakeState(
        Pattern pattern, bool initiates, ReadOnlySpan<byte> prologue, DhKeyPair? own, DhPublicKey? remote)
    {
        (_pattern, _initiates, _static, RemoteStatic) = (pattern, initiates, own, remote);
        _symmetric = new(pattern.ProtocolName);
        _symmetric.MixHash(prologue);
        var (initiator, responder) = initiates ? (own?.Public, remote) : (remote, own?.Public);
        if (pattern.KnowsInitiator) MixStatic(initiator);
        MixStatic(responder);
    }

    private HandshakeState(HandshakeState other)
    {
        (_pattern, _initiates, _static, _symmetric) = (other._pattern, other._initiates, other._static, other._symmetric.Clone());
        (_ephemeral, _remoteEphemeral, RemoteStatic) = (other._ephemeral, other._remoteEphemeral, other.RemoteStatic);
        (_next, _failed) = (other._next, other._failed);
    }

    public DhPublicKey? RemoteStatic { get; private set; }

    public bool IsComplete => !_failed && _next == _pattern.MessageCount;

    /// <summary>Names the handshake, once complete.</summary>
    public ReadOnlySpan<byte> HandshakeHash => _symmetric.HandshakeHash;

    private bool IsMyTurn => !_failed && _next < _pattern.MessageCount && _next % 2 == (_initiates ? 0 : 1);

    private bool IsTheirTurn => !_failed && _next < _pattern.MessageCount && _next % 2 == (_initiates ? 1 : 0);

    /// <param name="pattern">Which one.</param>
    /// <param name="prologue">What both sides must have seen alike.</param>
    /// <param name="own">This side's static key; null where the pattern has none.</param>
    /// <param name="remote">The responder's.</param>
    /// <param name="ephemeral">Fresh, for this handshake alone; null: it draws its own.</param>
    public static HandshakeState Initiator(
        Pattern pattern, ReadOnlySpan<byte> prologue, DhKeyPair? own, in DhPublicKey remote, DhKeyPair? ephemeral = null) =>
        new(pattern, true, prologue, own, remote) { _ephemeral = ephemeral };

    /// <param name="pattern">Which one.</param>
    /// <param name="prologue">What both sides must have seen alike.</param>
    /// <param name="own">This side's static key.</param>
    /// <param name="remote">The initiator's, where the pattern knows it before.</param>
    public static HandshakeState Responder(
        Pattern pattern, ReadOnlySpan<byte> prologue, DhKeyPair own, DhPublicKey? remote = null) =>
        new(pattern, false, prologue, own, remote);

    /// <summary>Takes a fresh key for the ephemeral one, before it is written.</summary>
    public void Use(DhKeyPair ephemeral) => _ephemeral = ephemeral;

    /// <summary>For datagrams: an answer that may be forged is tried on a copy, so that it spoils nothing.</summary>
    public HandshakeState Clone() => new(this);

    /// <summary>Writes the next message. False if a key of the other side gives no secret.</summary>
    public bool TryWrite(IEntropy entropy, ReadOnlySpan<byte> payload, Span<byte> target, out int written)
    {
        written = 0;
        if (!IsMyTurn) return _failed ? false : throw new InvalidOperationException("not this side's turn");
        var writer = new SpanWriter(target);
        foreach (var token in _pattern.Message(_next))
        {
            if (token is NoiseToken.E) WriteEphemeral(entropy, ref writer);
            else if (token is NoiseToken.S) WriteStatic(ref writer);
            else if (!TryMix(token)) return Fail();
        }

        _symmetric.EncryptAndHash(payload, writer.Take(payload.Length + _symmetric.Overhead));
        _next++;
        written = writer.Written;
        return true;
    }

    /// <summary>Reads the other side's next message. The payload goes to other memory, at most as long as the message.</summary>
    public bool TryRead(ReadOnlySpan<byte> message, Span<byte> payload, out int length)
    {
        length = 0;
        if (!IsTheirTurn) return Fail();
        var reader = new SpanReader(message);
        foreach (var token in _pattern.Message(_next))
        {
            var done = token switch
            {
                NoiseToken.E => TryReadEphemeral(ref reader),
                NoiseToken.S => TryReadStatic(ref reader),
                NoiseToken.Ee or NoiseToken.Es or NoiseToken.Se or NoiseToken.Ss => TryMix(token),
            };
            if (!done) return Fail();
        }

        var box = reader.Rest;
        if (box.Length < _symmetric.Overhead || box.Length - _symmetric.Overhead > payload.Length) return Fail();
        length = box.Length - _symmetric.Overhead;
        if (!_symmetric.TryDecryptAndHash(box, payload[..length])) return Fail();
        _next++;
        return true;
    }

    /// <summary>The keys of the two directions: the initiator's, then the responder's.</summary>
    public (Bytes32 FromInitiator, Bytes32 FromResponder) Split() =>
        IsComplete ? _symmetric.Split() : throw new InvalidOperationException("not complete");

    /// <summary>A secret for another use.</summary>
    public Bytes32 Export(ReadOnlySpan<byte> label) =>
        IsComplete ? _symmetric.Export(label) : throw new InvalidOperationException("not complete");

    private void MixStatic(DhPublicKey? key)
    {
        var bytes = key?.Bytes ?? throw new ArgumentException("the pattern needs this key");
        _symmetric.MixHash(bytes);
    }

    private void WriteEphemeral(IEntropy entropy, ref SpanWriter writer)
    {
        _ephemeral ??= DhKeyPair.Generate(entropy);
        var key = _ephemeral.Public.Bytes;
        writer.Write(key);
        _symmetric.MixHash(key);
    }

    private void WriteStatic(ref SpanWriter writer)
    {
        var key = _static!.Public.Bytes;
        _symmetric.EncryptAndHash(key, writer.Take(Bytes32.Size + _symmetric.Overhead));
    }

    private bool TryReadEphemeral(ref SpanReader reader)
    {
        if (!reader.TryReadBytes32(out var key)) return false;
        _remoteEphemeral = new(key);
        _symmetric.MixHash(key);
        return true;
    }

    private bool TryReadStatic(ref SpanReader reader)
    {
        var key = default(Bytes32);
        if (!reader.TryTake(Bytes32.Size + _symmetric.Overhead, out var box)
            || !_symmetric.TryDecryptAndHash(box, key)) return false;
        RemoteStatic = new(key);
        return true;
    }

    private bool TryMix(NoiseToken token)
    {
        var (mine, theirs) = token switch
        {
            NoiseToken.Ee => (_ephemeral, _remoteEphemeral),
            NoiseToken.Ss => (_static, RemoteStatic),
            NoiseToken.Es => _initiates ? (_ephemeral, RemoteStatic) : (_static, _remoteEphemeral),
            NoiseToken.Se => _initiates ? (_static, _remoteEphemeral) : (_ephemeral, RemoteStatic),
            NoiseToken.E or NoiseToken.S => throw new InvalidOperationException("is no secret"),
        };
        var isStatic = token is NoiseToken.Ss || (token is NoiseToken.Es && _initiates); // theirs
        var agreed = isStatic ? mine!.TryAgreeStatic(theirs!.Value, out var shared) : mine!.TryAgree(theirs!.Value, out shared);
        if (!agreed) return false;
        _symmetric.MixKey(shared);
        return true;
    }

    private bool Fail()
    {
        _failed = true;
        return false;
    }
}
