using Hawser.Crypto;

namespace Hawser.Handshake;

/// <summary>
/// Fresh key pairs for the handshakes to come; each is given once. They are drawn when it has become quiet again after a
/// handshake, and several at once: the more have been wanted, the more. Who never shakes hands never draws any.
/// </summary>
internal sealed class KeyStock(IEntropy entropy)
{
    private const int Most = 16; // more at once would save little, and be noticed
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(3); // what a handshake leads to comes first

    private readonly Queue<DhKeyPair> _ready = new();
    private int _wanted;
    private Instant _fillAt = Instant.Never;

    public Instant NextWakeup => _fillAt;

    /// <summary>One that is ready, or a new one.</summary>
    public DhKeyPair Take(Instant now)
    {
        _wanted = Math.Min(_wanted + 1, Most);
        if (_ready.Count == 0) Draw((_wanted + 1) / 2);
        var key = _ready.Dequeue();
        if (_ready.Count < (_wanted + 1) / 2) _fillAt = now + Quiet;
        return key;
    }

    public void Tick(Instant now)
    {
        if (now < _fillAt) return;
        _fillAt = Instant.Never;
        Draw(_wanted - _ready.Count);
    }

    private void Draw(int count)
    {
        foreach (var key in DhKeyPair.Generate(entropy, count)) _ready.Enqueue(key);
    }
}
