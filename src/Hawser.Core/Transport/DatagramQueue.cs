using Hawser.Transport.Streams;

namespace Hawser.Transport;

/// <summary>Datagrams that wait to be sent, in their order.</summary>
internal sealed class DatagramQueue
{
    private readonly ByteRing _bytes = new();
    private readonly Queue<int> _lengths = new();
    private long _start;
    private long _end;

    public int Count => _lengths.Count;

    public void Enqueue(ReadOnlySpan<byte> datagram)
    {
        if (Count == 0) (_start, _end) = (0, 0); // the memory that was used last is the warmest
        _bytes.Write(_start, _end, datagram);
        _end += datagram.Length;
        _lengths.Enqueue(datagram.Length);
    }

    /// <summary>How long the first is.</summary>
    public bool TryPeek(out int length) => _lengths.TryPeek(out length);

    /// <summary>Takes the first, which is as long as the target.</summary>
    public void Dequeue(Span<byte> target)
    {
        _bytes.Read(_start, target);
        _start += _lengths.Dequeue();
    }
}
