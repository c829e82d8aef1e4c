using System.Buffers.Binary;

namespace Hawser.Session.Tcp;

/// <summary>What was written to the control stream, cut into messages again: T carries messages, not bytes.</summary>
internal sealed class ControlQueue
{
    private readonly ByteQueue _bytes = new();
    private int _whole; // bytes of whole messages at the front

    /// <summary>Whole messages.</summary>
    public int Count { get; private set; }

    public int Bytes => _bytes.Count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _bytes.Append(bytes);
        while (BinaryPrimitives.TryReadUInt32BigEndian(_bytes.Waiting[_whole..], out var length))
        {
            if (length is 0 or > TcpOptions.MaxMessage) throw new InvalidOperationException("no message is so long");
            if (_bytes.Count - _whole - ControlFrames.HeaderSize < length) return;
            _whole += ControlFrames.HeaderSize + (int)length;
            Count++;
        }
    }

    /// <summary>The oldest whole message, kind first; valid until the next call.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> message)
    {
        message = default;
        if (Count == 0) return false;
        var waiting = _bytes.Waiting;
        message = waiting.Slice(ControlFrames.HeaderSize, (int)BinaryPrimitives.ReadUInt32BigEndian(waiting));
        return true;
    }

    public void Drop()
    {
        var length = ControlFrames.HeaderSize + (int)BinaryPrimitives.ReadUInt32BigEndian(_bytes.Waiting);
        _bytes.Drop(length);
        _whole -= length;
        Count--;
    }
}
