using Hawser.Crypto;

namespace Hawser.Handshake;

/// <summary>
/// Fresh keys for one exchange with a host, and what they have in common with its key: most of the work of I, or of N and K,
/// done before the challenge is here. Never for two exchanges, or one nonce would serve two texts.
/// </summary>
internal sealed class InitiatorKeys
{
    private InitiatorKeys(DhKeyPair first, DhKeyPair? second) => (First, Second) = (first, second);

    /// <summary>Of I or N.</summary>
    public DhKeyPair First { get; }

    /// <summary>Of K.</summary>
    public DhKeyPair? Second { get; }

    public static InitiatorKeys Draw(Func<DhKeyPair> draw, HandshakeLetter letter, DhKeyPair own, in DhPublicKey host)
    {
        own.TryAgreeStatic(host, out _); // a host's key that is none is found out when it is used
        var first = Agreed(draw(), host);
        return new(first, letter is HandshakeLetter.N ? Agreed(draw(), host) : null);
    }

    private static DhKeyPair Agreed(DhKeyPair fresh, in DhPublicKey host)
    {
        var key = fresh.Remembering();
        key.TryAgreeStatic(host, out _);
        return key;
    }
}
