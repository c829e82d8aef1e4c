using System.Numerics;

namespace Hawser.Transport.Streams;

/// <summary>The part of a stream between two offsets, in a ring that grows to what it has to hold.</summary>
internal sealed class ByteRing
{
    private const int Smallest = 1024;
    private byte[] _bytes = [];
    private long _start;

    /// <summary>Writes at an offset. Nothing below start is kept.</summary>
    public void Write(long start, long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        var needed = (int)(offset + bytes.Length - start);
        if (needed > _bytes.Length) Grow(start, needed);
        _start = start;
        var at = (int)(offset & (_bytes.Length - 1));
        var first = Math.Min(bytes.Length, _bytes.Length - at);
        bytes[..first].CopyTo(_bytes.AsSpan(at));
        bytes[first..].CopyTo(_bytes);
    }

    /// <summary>Copies what was written at an offset.</summary>
    public void Read(long offset, Span<byte> target)
    {
        if (target.IsEmpty) return;
        var at = (int)(offset & (_bytes.Length - 1));
        var first = Math.Min(target.Length, _bytes.Length - at);
        _bytes.AsSpan(at, first).CopyTo(target);
        _bytes.AsSpan(0, target.Length - first).CopyTo(target[first..]);
    }

    /// <summary>Gives the memory back when it holds nothing.</summary>
    public void Release() => _bytes = [];

    private void Grow(long start, int needed)
    {
        var grown = new byte[BitOperations.RoundUpToPowerOf2((uint)Math.Max(needed, Smallest))];
        var from = Math.Max(_start, start);
        for (var left = _bytes.Length - (int)Math.Min(from - _start, _bytes.Length); left > 0;)
        {
            var at = (int)(from & (_bytes.Length - 1));
            var to = (int)(from & (grown.Length - 1));
            var run = Math.Min(left, Math.Min(_bytes.Length - at, grown.Length - to));
            Array.Copy(_bytes, at, grown, to, run);
            (from, left) = (from + run, left - run);
        }

        _bytes = grown;
    }
}
