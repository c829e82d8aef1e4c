using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>
/// Which of the peer's packets arrived, and the verdicts: a gap is lost once it has stood open for the reordering
/// window; then it is final and the packet is refused should it still come. Spec: transport.md §5.2.
/// </summary>
internal sealed class ReceiveRanges(long lastSequence)
{
    public const int MaxWindow = 65_536; // transport.md §6
    private const int MaxRanges = 2_048; // transport.md §6

    // Noticed: when a packet above the gap below this range arrived first.
    private struct Run
    {
        public long Start, End;
        public Instant Noticed;
    }

    private Run[] _runs = new Run[1];
    private int _count;
    private int _open; // the first run that ends above top
    private long _base = lastSequence;
    private long _announced = lastSequence;
    private Instant _announcedAt;

    /// <summary>Up to here all verdicts are final.</summary>
    public long Top { get; private set; } = lastSequence;

    /// <summary>The highest sequence that arrived.</summary>
    public long Highest { get; private set; } = lastSequence;

    /// <summary>When the oldest open gap was noticed; Never if there is none.</summary>
    public Instant GapNoticed
    {
        get
        {
            if (_open < _count) return _runs[_open].Noticed;
            return _announced > Top ? _announcedAt : Instant.Never;
        }
    }

    /// <summary>Whether a packet may still be taken: not judged, not here, not too far ahead.</summary>
    public bool Admits(long sequence)
    {
        if (sequence <= Top || sequence > Top + MaxWindow) return false;
        for (var i = _count - 1; i >= 0 && _runs[i].End >= sequence; i--)
        {
            if (_runs[i].Start <= sequence) return false;
        }

        return true;
    }

    /// <summary>Whether the packet was judged lost, as far as that is still remembered.</summary>
    public bool IsMissed(long sequence)
    {
        if (sequence <= _base || sequence > Top) return false;
        for (var i = 0; i < _count && _runs[i].Start <= sequence; i++)
        {
            if (_runs[i].End >= sequence) return false;
        }

        return true;
    }

    /// <summary>When a packet above this one arrived first. There must be one.</summary>
    public Instant NoticedAbove(long sequence)
    {
        var at = _count - 1;
        while (at > 0 && _runs[at - 1].Start > sequence) at--;
        return _runs[at].Noticed;
    }

    /// <summary>Notes an admitted packet. False if there are too many gaps to note it: then it did not arrive.</summary>
    public bool TryAdd(long sequence, Instant now)
    {
        var at = _count; // the run that follows it
        while (at > 0 && _runs[at - 1].Start > sequence) at--;
        var joinsBelow = at > 0 && _runs[at - 1].End == sequence - 1;
        var joinsAbove = at < _count && _runs[at].Start == sequence + 1;
        if (joinsBelow)
        {
            _runs[at - 1].End = joinsAbove ? _runs[at].End : sequence;
            if (joinsAbove) Remove(at);
        }
        else if (joinsAbove)
        {
            _runs[at].Start = sequence;
        }
        else
        {
            if (_count == MaxRanges) return false;
            if (_count == _runs.Length) Array.Resize(ref _runs, _count * 2);
            Array.Copy(_runs, at, _runs, at + 1, _count - at);
            var noticed = at < _count ? _runs[at + 1].Noticed : now;
            if (at == _count && _announced > Highest) noticed = Instant.Earlier(noticed, _announcedAt);
            _runs[at] = new() { Start = sequence, End = sequence, Noticed = noticed };
            _count++;
        }

        Highest = Math.Max(Highest, sequence);
        PassRuns();
        return true;
    }

    /// <summary>The peer says, authentically, how far it has sent.</summary>
    public void Announce(long sequence, Instant now)
    {
        if (sequence <= _announced) return;
        _announced = sequence;
        if (sequence > Highest) _announcedAt = now;
    }

    /// <summary>Judges the gaps that are older than the window. True if there was one.</summary>
    public bool Decide(Instant now, TimeSpan reordering)
    {
        var judged = false;
        while (GapNoticed is var noticed && noticed != Instant.Never && noticed + reordering <= now)
        {
            judged = true;
            Top = _open < _count ? _runs[_open].Start - 1 : _announced;
            PassRuns();
        }

        return judged;
    }

    /// <summary>The peer knows the verdicts up to here.</summary>
    public void Confirm(long sequence)
    {
        if (sequence <= _base || sequence > Top) return;
        _base = sequence;
        var gone = 0;
        while (gone < _count && _runs[gone].End <= _base) gone++;
        if (gone == 0) return;
        Array.Copy(_runs, gone, _runs, 0, _count - gone);
        (_count, _open) = (_count - gone, Math.Max(0, _open - gone));
    }

    /// <summary>Writes the frame with as many ranges as fit; top goes only as far as they reach.</summary>
    public void WriteAck(ref SpanWriter writer, ushort delay)
    {
        var header = writer.Take(AckFrame.HeaderSize);
        var most = Math.Min(AckFrame.MaxRanges, writer.Room / AckFrame.RangeSize);
        var (below, top, count) = (_base, Top, 0);
        for (var i = 0; i < _count; i++)
        {
            var start = Math.Max(_runs[i].Start, _base + 1);
            if (count == most || start - 1 - below > ushort.MaxValue)
            {
                top = Math.Min(top, below);
                break;
            }

            var length = Math.Min(_runs[i].End - start + 1, MaxWindow);
            AckFrame.WriteRange(ref writer, start - 1 - below, length);
            count++;
            below = start + length - 1;
            if (below == _runs[i].End) continue;
            top = Math.Min(top, below);
            break;
        }

        AckFrame.WriteHeader(header, Sequences.Low(_base), Sequences.Low(top), delay, count);
    }

    /// <summary>Which of the 32 packets up to this one arrived: bit i is the packet i before it.</summary>
    public uint MaskBelow(long sequence)
    {
        var mask = 0u;
        for (var i = _count - 1; i >= 0 && _runs[i].End > sequence - 32; i--)
        {
            for (var s = Math.Min(_runs[i].End, sequence); s >= _runs[i].Start && s > sequence - 32; s--)
                mask |= 1u << (int)(sequence - s);
        }

        return mask;
    }

    /// <summary>Gives back memory that is not needed.</summary>
    public void Rest()
    {
        if (_count < _runs.Length / 4) Array.Resize(ref _runs, Math.Max(_count, 1));
    }

    private void PassRuns()
    {
        if (_open > _count) _open = _count;
        while (_open > 0 && _runs[_open - 1].End > Top) _open--;
        while (_open < _count && _runs[_open].Start <= Top + 1) Top = Math.Max(Top, _runs[_open++].End);
    }

    private void Remove(int at)
    {
        Array.Copy(_runs, at + 1, _runs, at, _count - at - 1);
        _count--;
    }
}
