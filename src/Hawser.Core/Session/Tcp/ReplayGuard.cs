using Hawser.Wire;

namespace Hawser.Session.Tcp;

/// <summary>
/// The ephemeral keys of the handshakes that opened, for ten to twenty minutes: a recorded one is not opened twice.
/// Spec: session.md §5.4.
/// </summary>
internal sealed class ReplayGuard
{
    public const int MaxEach = 262_144; // session.md §6; who makes more in ten minutes shortens the memory
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private HashSet<Token16> _young = [], _old = [];
    private Instant _turn;

    public bool Knows(Moment now, ReadOnlySpan<byte> message)
    {
        Turn(now);
        var key = KeyOf(message);
        return _young.Contains(key) || _old.Contains(key);
    }

    /// <summary>False if it was there.</summary>
    public bool TryAdd(Moment now, ReadOnlySpan<byte> message)
    {
        if (Knows(now, message)) return false;
        if (_young.Count >= MaxEach) (_old, _young) = (_young, []);
        return _young.Add(KeyOf(message));
    }

    private void Turn(Moment now)
    {
        if (now.Mono < _turn) return;
        _old = now.Mono < _turn + Lifetime ? _young : [];
        (_young, _turn) = ([], now.Mono + Lifetime);
    }

    // Every Noise message of ours begins with an ephemeral key; half of it is as unlikely to meet again.
    private static Token16 KeyOf(ReadOnlySpan<byte> message) =>
        message.Length < Token16.Size ? default : Token16.Read(message[..Token16.Size]);
}
