namespace Hawser.Session.Tcp;

// What lines tell their owner, and how many of them there may be.
internal sealed partial class TcpChannels
{
    private readonly Queue<TcpLine> _waiting = new(); // those that were accepted and have not opened, the oldest first
    private readonly Pressure _pressure;
    private readonly long[] _drops = new long[Enum.GetValues<TcpDrop>().Length];
    private int _halfOpen;

    /// <summary>Connections that were ended in silence, by reason.</summary>
    public long Dropped(TcpDrop reason) => _drops[(int)reason];

    /// <summary>Counts a connection that was ended in silence, against its address too.</summary>
    public void CountDrop(Moment now, TcpLine line, TcpDrop reason)
    {
        _drops[(int)reason]++;
        _notes.Enqueue(new TcpNote.Silenced(reason));
        if (line.Initiates || reason is TcpDrop.NoRoom) return; // not of its making
        if (_pressure.Blame(now, line.Remote) is { } failures) _notes.Enqueue(new TcpNote.Pressed(line.Remote with { Port = 0 }, failures));
    }

    public bool TryPass(Moment now, TcpLine line) => _pressure.TryPass(now, line.Remote);

    /// <summary>A channel is open, and confirmed.</summary>
    public void Opened(TcpLine line)
    {
        OpenCount++;
        line.IsCounted = true;
        _pressure.Opened(line.Remote);
        Leave(line);
    }

    public void Note(TcpNote note) => _notes.Enqueue(note);

    public void OrderEnd(TcpLine line)
    {
        if (!_lines.Remove(line.Line)) return;
        _byId.Remove(line.Id);
        Leave(line);
        if (line.IsCounted)
        {
            OpenCount--;
            _pressure.Closed(line.Remote);
        }

        _orders.Enqueue(new(TcpOrderKind.End, line.Line, line.Remote));
    }

    /// <summary>How long to wait before a silence, so that its reason does not show.</summary>
    public TimeSpan Delay()
    {
        Span<byte> random = stackalloc byte[4];
        Entropy.Fill(random);
        return Options.MaxSilence * (BitConverter.ToUInt32(random) / (double)uint.MaxValue);
    }

    private void Leave(TcpLine line)
    {
        if (line.Initiates || line.HasLeft) return;
        line.HasLeft = true;
        _halfOpen--;
        while (_waiting.TryPeek(out var oldest) && (oldest.HasLeft || !oldest.IsWaiting)) _waiting.Dequeue();
    }

    // Whoever is honest has said what it wants within a round trip: room is made at the cost of the slowest.
    private void MakeRoom(Moment now)
    {
        while (_waiting.TryDequeue(out var oldest))
        {
            if (!oldest.IsWaiting) continue;
            oldest.Silence(now, TcpDrop.NoRoom);
            Leave(oldest);
            Touch(oldest);
            return;
        }
    }
}
