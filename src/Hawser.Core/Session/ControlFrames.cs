using System.Buffers.Binary;

namespace Hawser.Session;

/// <summary>Messages on a control stream: a u32 length, then so many bytes, of which the first is the kind. Spec: frames.md §4.</summary>
internal static class ControlFrames
{
    public const int HeaderSize = 4;
    public const int MaxLength = 65_536; // frames.md §6

    /// <summary>Appends one frame.</summary>
    /// <param name="message">The kind byte and the body.</param>
    /// <param name="target">Has <see cref="HeaderSize"/> bytes more.</param>
    public static int Write(ReadOnlySpan<byte> message, Span<byte> target)
    {
        if (message.Length is 0 or > MaxLength) throw new ArgumentException("1 to 65,536 bytes", nameof(message));
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)message.Length);
        message.CopyTo(target[HeaderSize..]);
        return HeaderSize + message.Length;
    }
}

/// <summary>
/// Cuts a stream of bytes, as it comes in, into messages. It holds at most one message, and no more room than the
/// bytes that came need. After a length that may not be it takes nothing more: the stream is lost.
/// </summary>
/// <param name="maxLength">Of a message that the reader's user has a meaning for; a longer one breaks the stream.</param>
internal sealed class ControlReader(int maxLength = ControlFrames.MaxLength)
{
    private byte[] _pending = [];
    private int _start, _end;

    /// <summary>A frame of no length, or too long a one, was announced.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Takes what the stream has. Drain with <see cref="TryTake"/> before the next.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (IsBroken) return;
        if (_start > 0)
        {
            _pending.AsSpan(_start, _end - _start).CopyTo(_pending);
            (_start, _end) = (0, _end - _start);
        }

        if (_pending.Length - _end < bytes.Length) Array.Resize(ref _pending, Math.Max(2 * _pending.Length, _end + bytes.Length));
        bytes.CopyTo(_pending.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Gives the next whole message, kind byte first; it is valid until the next call.</summary>
    public bool TryTake(out Span<byte> message)
    {
        message = default;
        var rest = _pending.AsSpan(_start, _end - _start);
        if (IsBroken || !BinaryPrimitives.TryReadUInt32BigEndian(rest, out var length)) return false;
        if (length == 0 || length > (uint)maxLength)
        {
            (IsBroken, _pending, _start, _end) = (true, [], 0, 0);
            return false;
        }

        if (rest.Length - ControlFrames.HeaderSize < length) return false;
        message = rest.Slice(ControlFrames.HeaderSize, (int)length);
        _start += ControlFrames.HeaderSize + (int)length;
        return true;
    }
}
