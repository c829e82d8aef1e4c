namespace Hawser.Transport.Streams;

internal sealed partial class ByteStream
{
    private const long Unknown = long.MaxValue;
    private readonly ByteRing _in = new();
    private readonly RangeSet _ahead = new(); // what arrived above _ready
    private long _read;
    private long _ready;
    private long _end = Unknown;
    private bool _wantsReadable = true;

    /// <summary>The highest offset that came.</summary>
    public long Highest { get; private set; }

    /// <summary>How far the peer may send, as it was told last.</summary>
    public long Limit { get; private set; } = StreamWindow;

    /// <summary>Whether the peer should hear of a higher limit.</summary>
    public bool IsCreditDue { get; set; }

    /// <summary>Whether the news of it waits to be sent.</summary>
    public bool IsCreditOwed { get; set; }

    public bool ResetReceived { get; private set; }

    /// <summary>All was read and the peer will send no more.</summary>
    public bool IsAtEnd => _read == _end;

    /// <summary>Bytes that came and were not read: what a reset gives back to the connection's credit.</summary>
    public long Unread => Highest - _read;

    /// <summary>False if the peer broke the rules: above the limit, past the end, or another end.</summary>
    public bool TryReceive(long offset, ReadOnlySpan<byte> bytes, bool end)
    {
        var last = offset + bytes.Length;
        if (last > Limit || last > _end || (end && (last < Highest || (_end != Unknown && _end != last)))) return false;
        if (end) _end = last;
        Highest = Math.Max(Highest, last);
        if (last <= _ready || IsReset) return true;
        if (offset < _ready)
        {
            bytes = bytes[(int)(_ready - offset)..];
            offset = _ready;
        }

        _in.Write(_read, offset, bytes);
        if (offset > _ready || !_ahead.IsEmpty)
        {
            _ahead.Add(offset, last);
            if (_ahead.First.Start > _ready) return true;
            last = _ahead.First.End;
            _ahead.Remove(0, last);
        }

        _ready = last;
        return true;
    }

    /// <summary>Takes the peer's reset. False if its final size cannot be.</summary>
    public bool TryReceiveReset(long size)
    {
        if (size < Highest || size > Limit || (_end != Unknown && size != _end)) return false;
        (Highest, _end, ResetReceived) = (size, size, true);
        return true;
    }

    public int Read(Span<byte> target)
    {
        if (IsReset) return 0;
        var count = (int)Math.Min(target.Length, _ready - _read);
        _in.Read(_read, target[..count]);
        _read += count;
        _wantsReadable = count < target.Length && !IsAtEnd;
        if (_end == Unknown && _read + StreamWindow - Limit >= StreamWindow / 4) IsCreditDue = true;
        return count;
    }

    /// <summary>Marks all that came as read, for the connection's credit.</summary>
    public long Discard()
    {
        var unread = Unread;
        _read = Highest;
        return unread;
    }

    /// <summary>The limit to tell the peer now.</summary>
    public long RaiseLimit()
    {
        IsCreditDue = false;
        return Limit = Math.Max(Limit, _read + StreamWindow);
    }

    /// <summary>Whether to tell the owner that there is something to read, once.</summary>
    public bool TakeReadable()
    {
        if (!_wantsReadable || IsReset || (_ready == _read && !IsAtEnd)) return false;
        _wantsReadable = false;
        return true;
    }
}
