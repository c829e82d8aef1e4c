using Hawser.Crypto;

namespace Hawser.Handshake;

/// <summary>
/// Fresh key pairs for the handshakes to come, drawn while there is nothing else to do; each is given once. Who never
/// shakes hands never draws any.
/// </summary>
internal sealed class KeyStock(IEntropy entropy)
{
    private const int Most = 4; // two dials, or four answers

    private readonly Queue<DhKeyPair> _ready = new();
    private int _wanted;

    /// <summary>One that is ready, or a new one.</summary>
    public DhKeyPair Take()
    {
        _wanted = Math.Min(_wanted + 1, Most);
        return _ready.TryDequeue(out var key) ? key : DhKeyPair.Generate(entropy);
    }

    /// <summary>Draws one, if it may be wanted soon.</summary>
    public void Fill()
    {
        if (_ready.Count < _wanted) _ready.Enqueue(DhKeyPair.Generate(entropy));
    }
}
