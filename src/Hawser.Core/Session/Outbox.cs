namespace Hawser.Session;

/// <summary>
/// What one user sends in one series of a tally: which numbers may go, which went, which are delivered. The messages
/// themselves are the shell's. Spec: messages.md §5.1.
/// </summary>
internal sealed class Outbox(ulong series, ulong last, NumberSet delivered)
{
    public const int Window = 16_384; // messages.md §6
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(30); // messages.md §6

    private ulong _kept = last;
    private ulong _sent = delivered.Low; // on the channel that is used now
    private Instant _again = Instant.Never;

    public ulong Series => series;

    /// <summary>The highest number that was given.</summary>
    public ulong Last { get; private set; } = last;

    public NumberSet Delivered => delivered;

    public bool IsEmpty => delivered.Low == Last;

    /// <summary>When what was sent on this channel is to be sent there again.</summary>
    public Instant NextWakeup => delivered.Low < _sent ? _again : Instant.Never;

    /// <summary>The number of one message more.</summary>
    public ulong Add() => ++Last;

    /// <summary>All up to this number are on disk, and may go.</summary>
    public void Kept(ulong number) => _kept = Math.Max(_kept, number);

    /// <summary>Another channel is used from now on: nothing went over it yet.</summary>
    public void Rewind() => (_sent, _again) = (delivered.Low, Instant.Never);

    public void Tick(Moment now)
    {
        if (NextWakeup <= now.Mono) Rewind();
    }

    /// <summary>The next number to send; false if nothing may go now.</summary>
    public bool TryNext(Moment now, out ulong number)
    {
        do
        {
            number = _sent + 1;
            if (number > _kept || number > delivered.Low + Window) return false;
            _sent = number;
        }
        while (delivered.Contains(number));

        if (_again == Instant.Never) _again = now.Mono + Again;
        return true;
    }

    /// <summary>The number is not to be had now: it is asked for again.</summary>
    public void PutBack(ulong number) => _sent = Math.Min(_sent, number - 1);

    /// <summary>The peer has these: what of them is new. Numbers that were never sent are ignored.</summary>
    public List<(ulong First, ulong Last)> Take(Moment now, Got got)
    {
        List<(ulong, ulong)> news = [];
        foreach (var (from, to) in got.Ranges)
        {
            var first = Math.Max(from, delivered.Low + 1);
            var last = Math.Min(to, _kept);
            if (first > last) continue;
            if (first == delivered.Low + 1 && delivered.Gaps == 0) news.Add((first, last));
            else AddNew(news, first, last);
            delivered.AddRange(first, last);
        }

        if (news.Count > 0) _again = now.Mono + Again;
        if (_sent < delivered.Low) _sent = delivered.Low;
        return news;
    }

    private void AddNew(List<(ulong First, ulong Last)> news, ulong first, ulong last)
    {
        for (var number = first; number <= last; number++)
        {
            if (delivered.Contains(number)) continue;
            if (news is [.., var (from, to)] && to == number - 1) news[^1] = (from, number);
            else news.Add((number, number));
        }
    }
}

/// <summary>What comes in one series of a tally: which numbers are on the way to disk, and which are there. Spec: messages.md §5.2.</summary>
internal sealed class Inbox(ulong series, NumberSet kept)
{
    public const int MaxGaps = 1024; // messages.md §6
    public const int MaxSeries = 64; // messages.md §6

    private readonly NumberSet _seen = NumberSet.Parse(kept.ToString());

    public ulong Series => series;

    public NumberSet Kept => kept;

    /// <summary>A message came.</summary>
    public Arrival Take(ulong number)
    {
        if (kept.Contains(number)) return Arrival.Known;
        if (_seen.Contains(number)) return Arrival.OnItsWay;
        if (number > _seen.Low + 1 && _seen.Gaps >= MaxGaps) return Arrival.TooFarApart;
        _seen.Add(number);
        return Arrival.New;
    }

    /// <summary>All that came until now: what will be on disk when what is on its way has got there.</summary>
    public NumberSet Seen() => NumberSet.Parse(_seen.ToString());

    /// <summary>These are on disk.</summary>
    public void Keep(NumberSet now) => kept = now;

    /// <summary>What to say of what is here.</summary>
    public Got Confirm(in Wire.Token16 tally) => new(tally, series, kept.Ranges(Got.MaxRanges));
}

/// <summary>What to do with a message that came.</summary>
internal enum Arrival
{
    /// <summary>Keep it.</summary>
    New,

    /// <summary>It will be confirmed when it is on disk.</summary>
    OnItsWay,

    /// <summary>Confirm it again.</summary>
    Known,

    /// <summary>Drop it: it comes again.</summary>
    TooFarApart,
}
