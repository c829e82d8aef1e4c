using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Seals what this side sends; the epoch follows the sequence.</summary>
internal sealed class SealingKeys(Aead aead, in Bytes32 secret, long lastSequence) : IDisposable
{
    private EpochKey _current = new(aead, secret, seal: true, lastSequence >> EpochKey.SequenceBits);

    /// <summary>The key for a data sequence, which never falls; control packets take that of the last one.</summary>
    public EpochKey For(long sequence)
    {
        while (_current.Epoch < sequence >> EpochKey.SequenceBits)
        {
            var next = _current.Next();
            _current.Dispose();
            _current = next;
        }

        return _current;
    }

    public void Rest() => _current.Rest();

    public void Dispose() => _current.Dispose();
}

/// <summary>
/// Opens what the peer sends: with the key of the epoch it is in, the one before for late packets, or the one after,
/// which becomes current only when something opened with it.
/// </summary>
internal sealed class OpeningKeys(Aead aead, in Bytes32 secret, long lastSequence) : IDisposable
{
    private EpochKey? _previous;
    private EpochKey _current = new(aead, secret, seal: false, lastSequence >> EpochKey.SequenceBits);
    private EpochKey? _next;

    /// <summary>Opens in place. False if no key fits or anything was altered.</summary>
    public bool TryOpen(
        NonceDomain domain, long sequence, long number, ReadOnlySpan<byte> ad, Span<byte> bytes, Span<byte> tag)
    {
        var epoch = sequence >> EpochKey.SequenceBits;
        if (epoch == _current.Epoch) return _current.TryOpen(domain, number, ad, bytes, tag);
        if (epoch == _previous?.Epoch) return _previous.TryOpen(domain, number, ad, bytes, tag);
        if (epoch != _current.Epoch + 1) return false;
        _next ??= _current.Next();
        if (!_next.TryOpen(domain, number, ad, bytes, tag)) return false;
        _previous?.Dispose();
        (_previous, _current, _next) = (_current, _next, null);
        return true;
    }

    public void Rest()
    {
        _previous?.Rest();
        _current.Rest();
        _next?.Rest();
    }

    public void Dispose()
    {
        _previous?.Dispose();
        _current.Dispose();
        _next?.Dispose();
    }
}
