namespace Hawser.Session.Tcp;

/// <summary>One stream of a channel over TCP: what waits in both directions, and how much may. Spec: session.md §5.5.</summary>
internal sealed class TcpStream(uint id)
{
    public const int Window = 1 << 20; // session.md §6
    private const int SendBuffer = 1 << 20;

    private readonly ByteQueue _in = new(), _out = new();
    private long _sent, _credit = Window; // ours to send
    private long _came, _limit = Window; // theirs
    private bool _wantsReadable = true, _wantsWritable;

    public uint Id => id;

    /// <summary>The peer will send no more.</summary>
    public bool EndCame { get; private set; }

    /// <summary>We are to send no more after what waits.</summary>
    public bool EndWanted { get; private set; }

    public bool EndSent { get; set; }

    /// <summary>The peer has heard of it, or is about to.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>In the line's queue of streams that have something to send.</summary>
    public bool IsQueued { get; set; }

    /// <summary>In the line's queue of streams that owe the peer room.</summary>
    public bool IsRoomOwed { get; set; }

    /// <summary>The end was read: until then its owner cannot tell an end from a stream that is gone.</summary>
    public bool EndSeen { get; private set; }

    public bool IsAtEnd => EndCame && _in.Count == 0;

    /// <summary>Both directions are over on the wire: the peer may open another.</summary>
    public bool IsOverOnWire => EndCame && EndSent;

    public int Unread => _in.Count;

    public bool HasOutput => !EndSent && ((_out.Count > 0 && _sent < _credit) || (EndWanted && _out.Count == 0));

    public int Write(ReadOnlySpan<byte> bytes)
    {
        var taken = EndWanted ? 0 : Math.Min(bytes.Length, SendBuffer - _out.Count);
        _out.Append(bytes[..taken]);
        _wantsWritable = taken < bytes.Length;
        return taken;
    }

    public void Finish() => EndWanted = true;

    /// <summary>What to send next, at most so many bytes; to be confirmed with <see cref="Sent"/>.</summary>
    public ReadOnlySpan<byte> Next(long most) => _out.Waiting[..(int)Math.Min(_out.Count, Math.Min(most, _credit - _sent))];

    public void Sent(int count)
    {
        _out.Drop(count);
        _sent += count;
    }

    /// <summary>Whether to tell the owner that there is room again, once.</summary>
    public bool TakeWritable()
    {
        if (!_wantsWritable || _out.Count > SendBuffer / 2) return false;
        _wantsWritable = false;
        return true;
    }

    /// <summary>False if the peer sends more than it may.</summary>
    public bool TryReceive(ReadOnlySpan<byte> bytes)
    {
        if (EndCame || bytes.Length > _limit - _came) return false;
        _came += bytes.Length;
        _in.Append(bytes);
        return true;
    }

    public bool TryReceiveEnd()
    {
        if (EndCame) return false;
        return EndCame = true;
    }

    public bool TryReceiveRoom(long limit)
    {
        if (limit < _credit) return false;
        _credit = limit;
        return true;
    }

    /// <summary>Whether to tell the owner that there is something to read, once.</summary>
    public bool TakeReadable()
    {
        if (!_wantsReadable || (_in.Count == 0 && !EndCame)) return false;
        _wantsReadable = false;
        return true;
    }

    /// <summary>Gives what there is.</summary>
    public int Read(Span<byte> target)
    {
        var count = Math.Min(target.Length, _in.Count);
        _in.Waiting[..count].CopyTo(target);
        _in.Drop(count);
        EndSeen |= IsAtEnd;
        _wantsReadable = count < target.Length && !IsAtEnd;
        return count;
    }

    /// <summary>Whether the peer should hear that it may send more; then the new limit.</summary>
    public bool TryRaiseLimit(out long limit)
    {
        var read = _came - _in.Count;
        limit = _limit;
        if (EndCame || read + Window - _limit < Window / 4) return false;
        limit = _limit = read + Window;
        return true;
    }
}
