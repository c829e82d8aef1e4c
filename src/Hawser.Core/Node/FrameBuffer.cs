using System.Buffers.Binary;

namespace Hawser.Node;

/// <summary>
/// The frames of a control stream, each a u32 length and then so many bytes: put together on one side, cut out on the
/// other. A frame that is empty or too long ends the stream. Spec: transport.md §4, session.md §4.
/// </summary>
internal sealed class FrameBuffer(int maxFrame)
{
    private const int Header = 4;

    private byte[] _bytes = new byte[512];
    private int _start, _end;

    /// <summary>Bytes that wait.</summary>
    public int Count => _end - _start;

    /// <summary>What waits, to be written to a stream; see <see cref="Consume"/>.</summary>
    public ReadOnlySpan<byte> Pending => _bytes.AsSpan(_start, Count);

    public void Consume(int count) => _start += count;

    /// <summary>Room for bytes as they come in; see <see cref="Produce"/>.</summary>
    public Span<byte> Room(int atLeast)
    {
        if (_bytes.Length - _end < atLeast)
        {
            var grown = _bytes.Length - Count < atLeast ? new byte[Math.Max(_bytes.Length * 2, Count + atLeast)] : _bytes;
            Buffer.BlockCopy(_bytes, _start, grown, 0, Count);
            (_bytes, _start, _end) = (grown, 0, Count);
        }

        return _bytes.AsSpan(_end);
    }

    public void Produce(int count) => _end += count;

    /// <summary>Puts a frame behind what waits.</summary>
    public void Append(ReadOnlySpan<byte> frame)
    {
        var room = Room(Header + frame.Length);
        BinaryPrimitives.WriteUInt32BigEndian(room, (uint)frame.Length);
        frame.CopyTo(room[Header..]);
        _end += Header + frame.Length;
    }

    /// <summary>Cuts out the next frame; it is good until bytes are added.</summary>
    public FrameResult TryTake(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (Count < Header) return FrameResult.Incomplete;
        var length = BinaryPrimitives.ReadUInt32BigEndian(Pending);
        if (length == 0 || length > (uint)maxFrame) return FrameResult.Bad;
        if (Count - Header < (int)length) return FrameResult.Incomplete;
        frame = Pending.Slice(Header, (int)length);
        _start += Header + (int)length;
        return FrameResult.Taken;
    }
}

internal enum FrameResult { Taken, Incomplete, Bad }
