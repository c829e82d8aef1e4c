namespace Hawser.Session.Tcp;

/// <summary>Bytes in the order in which they came. It gives its memory back when it is empty.</summary>
internal sealed class ByteQueue
{
    private const int Kept = 512; // so much an empty queue may keep: of what is idle there are thousands

    private byte[] _bytes = [];
    private int _start, _end;

    public int Count => _end - _start;

    /// <summary>What waits; valid until the next call.</summary>
    public Span<byte> Waiting => _bytes.AsSpan(_start, Count);

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    /// <summary>Appends bytes that the caller writes now.</summary>
    public Span<byte> Grow(int count)
    {
        if (_bytes.Length - _end < count)
        {
            var target = Count + count <= _bytes.Length / 2 ? _bytes : new byte[Math.Max(Count + count, 2 * _bytes.Length)];
            Waiting.CopyTo(target);
            (_bytes, _start, _end) = (target, 0, Count);
        }

        _end += count;
        return _bytes.AsSpan(_end - count, count);
    }

    public void Drop(int count)
    {
        _start += count;
        if (_start < _end) return;
        (_start, _end) = (0, 0);
        if (_bytes.Length > Kept) _bytes = [];
    }
}
