using Hawser.Crypto;

namespace Hawser.Handshake;

/// <summary>
/// Fresh key pairs for the handshakes to come; each is given once. They are drawn while there is nothing else to do, and
/// several at once: the more have been wanted, the more. Who never shakes hands never draws any.
/// </summary>
internal sealed class KeyStock(IEntropy entropy)
{
    private const int Most = 16; // more at once would save little, and be noticed

    private readonly Queue<DhKeyPair> _ready = new();
    private int _wanted;

    /// <summary>One that is ready, or a new one.</summary>
    public DhKeyPair Take()
    {
        _wanted = Math.Min(_wanted + 1, Most);
        if (_ready.Count == 0) Draw((_wanted + 1) / 2);
        return _ready.Dequeue();
    }

    /// <summary>Draws what may be wanted soon.</summary>
    public void Fill()
    {
        if (_ready.Count < (_wanted + 1) / 2) Draw(_wanted - _ready.Count);
    }

    private void Draw(int count)
    {
        foreach (var key in DhKeyPair.Generate(entropy, count)) _ready.Enqueue(key);
    }
}
