using Hawser.Session;
using Hawser.Wire;

namespace Hawser.Net.Relations;

/// <summary>A book that lasts as long as its process: for tests, and for programs that keep nothing.</summary>
internal sealed class MemoryBook : IRelationBook
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Token16, BookedTally> _tallies = [];
    private readonly Dictionary<(long, bool, ulong), BookedSeries> _series = [];
    private readonly List<BookedMessage> _messages = [];

    public uint Generation => 1;

    public void Atomically(Action changes)
    {
        lock (_gate) changes();
    }

    public IReadOnlyList<BookedTally> Tallies()
    {
        lock (_gate) return [.. _tallies.Values];
    }

    public IReadOnlyList<BookedSeries> Series()
    {
        lock (_gate) return [.. _series.Values];
    }

    public long LastSeq()
    {
        lock (_gate) return _messages.Count == 0 ? 0 : _messages[^1].Seq;
    }

    public void Book(long number, TallyRecord record)
    {
        lock (_gate) _tallies[record.Id] = new(number, record, _tallies.GetValueOrDefault(record.Id)?.ReadTo ?? 0);
    }

    public void Book(BookedSeries series)
    {
        lock (_gate) _series[(series.Tally, series.Outgoing, series.Series)] = series;
    }

    public void Book(IReadOnlyList<BookedMessage> messages)
    {
        lock (_gate) _messages.AddRange(messages);
    }

    public void Move(ulong series, long from, long to)
    {
        lock (_gate)
        {
            if (_series.Remove((from, true, series), out var moved) && !_series.ContainsKey((to, true, series)))
                _series[(to, true, series)] = moved with { Tally = to };
            for (var i = 0; i < _messages.Count; i++)
                if (_messages[i] is { Outgoing: true } message && message.Tally == from && message.Series == series) _messages[i] = message with { Tally = to };
        }
    }

    public void MarkRead(long tally, long seq)
    {
        lock (_gate)
        {
            foreach (var (id, booked) in _tallies)
            {
                if (booked.Number != tally) continue;
                _tallies[id] = booked with { ReadTo = Math.Max(booked.ReadTo, seq) };
                return;
            }
        }
    }

    public IReadOnlyList<BookedMessage> Outgoing(long tally, ulong series, ulong from, long after, int max)
    {
        lock (_gate) return [.. _messages.Where(m => m.Tally == tally && m.Outgoing && m.Series == series && m.Number >= from && m.Seq > after).Take(max)];
    }

    public IReadOnlyList<BookedMessage> Before(long tally, long seq, int max)
    {
        lock (_gate) return [.. _messages.Where(m => m.Tally == tally && m.Seq < seq).TakeLast(max)];
    }

    public IReadOnlyList<BookedMessage> Unread(long tally, int max)
    {
        lock (_gate) return [.. UnreadOf(tally).Take(max)];
    }

    public long CountUnread(long tally)
    {
        lock (_gate) return UnreadOf(tally).LongCount();
    }

    private IEnumerable<BookedMessage> UnreadOf(long tally)
    {
        var readTo = _tallies.Values.FirstOrDefault(t => t.Number == tally)?.ReadTo ?? 0;
        return _messages.Where(m => m.Tally == tally && !m.Outgoing && m.Seq > readTo);
    }
}
