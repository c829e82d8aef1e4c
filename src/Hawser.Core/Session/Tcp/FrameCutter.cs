using System.Buffers.Binary;

namespace Hawser.Session.Tcp;

/// <summary>Cuts what TCP brings into frames: a u32 length, then so many bytes. Spec: session.md §4.1.</summary>
/// <remarks>It keeps no more than has come, whatever length was announced, and nothing between two frames.</remarks>
internal sealed class FrameCutter
{
    public const int HeaderSize = 4;

    private readonly ByteQueue _partial = new();
    private int _cut; // bytes of _partial that the last frame took: it was valid until now

    /// <summary>A frame of no length, or too long a one, was announced.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether a frame has begun and not ended.</summary>
    public bool IsWithin => _partial.Count > _cut;

    /// <summary>Gives the next whole frame, and takes its bytes from the front of what came. It lies in either memory.</summary>
    /// <param name="bytes">What came; when this returns false there is nothing left of it.</param>
    /// <param name="maxLength">The longest frame that may come now.</param>
    /// <param name="frame">Without its length; valid until the next call.</param>
    public bool TryCut(ref Span<byte> bytes, int maxLength, out Span<byte> frame)
    {
        frame = default;
        _partial.Drop(_cut);
        _cut = 0;
        if (IsBroken) return false;
        if (_partial.Count == 0)
        {
            if (!TryMeasure(bytes, maxLength, out var whole))
            {
                if (!IsBroken) _partial.Append(bytes);
                bytes = default;
                return false;
            }

            frame = bytes[HeaderSize..whole];
            bytes = bytes[whole..];
            return true;
        }

        if (_partial.Count < HeaderSize) Move(ref bytes, HeaderSize - _partial.Count);
        if (!TryMeasure(_partial.Waiting, maxLength, out var length))
        {
            if (IsBroken) bytes = default;
            if (IsBroken || length == 0) return false;
            Move(ref bytes, length - _partial.Count);
            if (_partial.Count < length) return false;
        }

        frame = _partial.Waiting[HeaderSize..length];
        _cut = length;
        return true;
    }

    private void Move(ref Span<byte> bytes, int count)
    {
        count = Math.Min(count, bytes.Length);
        _partial.Append(bytes[..count]);
        bytes = bytes[count..];
    }

    // The whole length is known before the whole frame is there.
    private bool TryMeasure(ReadOnlySpan<byte> bytes, int maxLength, out int whole)
    {
        whole = 0;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(bytes, out var length)) return false;
        IsBroken = length == 0 || length > (uint)maxLength;
        if (IsBroken) return false;
        whole = HeaderSize + (int)length;
        return bytes.Length >= whole;
    }
}
