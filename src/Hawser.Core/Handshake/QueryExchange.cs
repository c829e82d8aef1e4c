using Hawser.Crypto;
using Hawser.Noise;

namespace Hawser.Handshake;

/// <summary>
/// Q and its A: one question of somebody who stays unknown, and one answer, by pattern NK. Nothing opens by it.
/// Spec: session.md §5.6.
/// </summary>
internal sealed class QueryExchange
{
    private const int Overhead = 48; // of either message
    private readonly HandshakeState _state;

    private QueryExchange(HandshakeState state, byte[] bytes) => (_state, Bytes) = (state, bytes);

    /// <summary>Of who asks: the message to send. Of who is asked: the question.</summary>
    public byte[] Bytes { get; }

    /// <summary>Writes Q. Null if the host's key is no key.</summary>
    public static QueryExchange? Ask(IEntropy entropy, in DhPublicKey host, ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> question)
    {
        var state = HandshakeState.Initiator(Pattern.NK, prologue, null, host);
        var message = new byte[Overhead + question.Length];
        return state.TryWrite(entropy, question, message, out _) ? new(state, message) : null;
    }

    /// <summary>Opens Q.</summary>
    public static QueryExchange? Open(DhKeyPair own, ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> message)
    {
        var state = HandshakeState.Responder(Pattern.NK, prologue, own);
        var question = new byte[message.Length];
        return state.TryRead(message, question, out var length) ? new(state, question[..length]) : null;
    }

    /// <summary>Writes A. Null if the asker's key is no key.</summary>
    public byte[]? Answer(IEntropy entropy, ReadOnlySpan<byte> answer)
    {
        var message = new byte[Overhead + answer.Length];
        return _state.TryWrite(entropy, answer, message, out _) ? message : null;
    }

    /// <summary>Reads A.</summary>
    public bool TryReadAnswer(ReadOnlySpan<byte> message, out byte[] answer)
    {
        answer = new byte[message.Length];
        if (!_state.TryRead(message, answer, out var length)) return false;
        answer = answer[..length];
        return true;
    }
}
