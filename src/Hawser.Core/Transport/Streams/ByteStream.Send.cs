namespace Hawser.Transport.Streams;

internal sealed partial class ByteStream
{
    private readonly ByteRing _out = new();
    private readonly RangeSet _acknowledged = new(); // above _kept
    private readonly RangeSet _lost = new();
    private long _kept; // below it, all was acknowledged
    private long _sent;
    private long _written;
    private long _credit = credit;
    private bool _wantsWritable;
    private EndState _endState;
    private bool _resetTold;

    private enum EndState { Open, Wanted, Sent, Acknowledged }

    public long SentEnd => _sent;

    public bool IsFinished => _endState is not EndState.Open;

    public bool HasLost => !IsReset && (!_lost.IsEmpty || (_endState is EndState.Wanted && _sent == _written));

    public bool HasNew => !IsReset && _sent < Math.Min(_written, _credit);

    /// <summary>Takes what there is room for.</summary>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        var taken = IsReset || IsFinished ? 0 : (int)Math.Min(bytes.Length, SendBuffer - (_written - _kept));
        if (taken > 0) _out.Write(_kept, _written, bytes[..taken]);
        _written += taken;
        _wantsWritable = taken < bytes.Length;
        return taken;
    }

    public void Finish()
    {
        if (!IsFinished) _endState = EndState.Wanted;
    }

    /// <summary>The next stretch to send: what was lost first, then what is new. False if there is none.</summary>
    /// <param name="most">Bytes that fit the packet.</param>
    /// <param name="fresh">New bytes that the connection's credit allows.</param>
    /// <param name="chunk">What to send: its place, its length, whether it is the end.</param>
    public bool TryTakeChunk(int most, long fresh, out SentChunk chunk)
    {
        chunk = default;
        if (IsReset) return false;
        if (!_lost.IsEmpty)
        {
            var (start, end) = _lost.First;
            end = Math.Min(end, start + most);
            _lost.Remove(start, end);
            chunk = new(this, ChunkKind.Bytes, start, (int)(end - start));
        }
        else
        {
            var length = (int)Math.Min(Math.Min(most, fresh), Math.Min(_written, _credit) - _sent);
            if (length <= 0 && !(_endState is EndState.Wanted && _sent == _written)) return false;
            chunk = new(this, ChunkKind.Bytes, _sent, Math.Max(length, 0));
            _sent += chunk.Length;
        }

        // The end rides on whatever carries the last byte.
        if (_endState is EndState.Wanted && chunk.Offset + chunk.Length == _written && _sent == _written)
        {
            chunk = chunk with { Kind = ChunkKind.BytesAndEnd };
            _endState = EndState.Sent;
        }

        return true;
    }

    public void CopySent(long offset, Span<byte> target) => _out.Read(offset, target);

    public void OnArrived(in SentChunk chunk)
    {
        if (chunk.Kind is ChunkKind.Reset) _resetTold = true;
        if (chunk.Kind is ChunkKind.BytesAndEnd) _endState = EndState.Acknowledged;
        if (chunk.Length == 0 || IsReset) return;
        var (start, end) = (chunk.Offset, chunk.Offset + chunk.Length);
        if (start <= _kept && _acknowledged.IsEmpty)
        {
            _kept = Math.Max(_kept, end);
            return;
        }

        _acknowledged.Add(start, end);
        if (_acknowledged.First.Start > _kept) return;
        _kept = Math.Max(_kept, _acknowledged.First.End);
        _acknowledged.Remove(0, _kept);
    }

    public void OnLost(in SentChunk chunk)
    {
        if (IsReset) return;
        if (chunk.Kind is ChunkKind.BytesAndEnd && _endState is EndState.Sent) _endState = EndState.Wanted;
        _lost.Add(Math.Max(chunk.Offset, _kept), chunk.Offset + chunk.Length);
    }

    public void OnCredit(long limit) => _credit = Math.Max(_credit, limit);

    /// <summary>Whether to tell the owner that there is room again, once.</summary>
    public bool TakeWritable()
    {
        if (!_wantsWritable || IsReset || _written - _kept > SendBuffer / 2) return false;
        _wantsWritable = false;
        return true;
    }

    /// <summary>Gives the stream up. True if the peer has yet to be told.</summary>
    public bool Reset()
    {
        if (IsReset) return false;
        IsReset = true;
        _out.Release();
        _in.Release();
        _lost.Clear();
        _acknowledged.Clear();
        return true;
    }
}
