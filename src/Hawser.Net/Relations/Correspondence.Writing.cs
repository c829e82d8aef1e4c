using System.Buffers.Binary;
using Hawser.Session;

namespace Hawser.Net.Relations;

// The one who writes: all that gathered while the disk was busy is one transaction.
internal sealed partial class Correspondence
{
    private readonly IEntropy _entropy;
    private readonly uint _generation; // a book is put back from a copy only while nobody has it open

    private BookedMessage Queue(Talk talk, byte[] type, byte[] body)
    {
        var series = talk.Current ??= OfGeneration(talk) ?? NewSeries(talk);
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var message = new BookedMessage(++_lastSeq, talk.Number, true, series.Box.Series, series.Box.Add(), now, now, type, body);
        series.Remember(message);
        _batch.Messages.Add(message);
        _batch.Out[series.Box] = talk;
        return message;
    }

    private OutSeries? OfGeneration(Talk talk) => talk.Out.Find(s => s.Box.Series >> 32 == _generation);

    // Of another store, as one put back from a copy, by its upper half; by the lower one of another tally.
    private OutSeries NewSeries(Talk talk)
    {
        Span<byte> random = stackalloc byte[4];
        _entropy.Fill(random);
        var series = new OutSeries(new((ulong)_generation << 32 | BinaryPrimitives.ReadUInt32BigEndian(random), 0, new()));
        talk.Out.Add(series);
        return series;
    }

    private async Task WriteAsync()
    {
        var stop = _stopping.Token;
        var batch = new Batch();
        try
        {
            while (true)
            {
                List<Action> toTell;
                List<(Talk Talk, Outbox Box, ulong Last, string Delivered)> outgoing;
                List<(Talk Talk, Inbox Box, NumberSet Seen)> incoming;
                lock (_gate)
                {
                    (batch, _batch) = (_batch, new());
                    (toTell, _toTell) = (_toTell, []);
                    outgoing = [.. batch.Out.Select(o => (o.Value, o.Key, o.Key.Last, o.Key.Delivered.ToString()))];
                    incoming = [.. batch.In.Select(i => (i.Value, i.Key, i.Key.Seen()))];
                }

                if (!batch.IsEmpty)
                {
                    Write(batch, outgoing, incoming);
                    lock (_gate) Written(batch, outgoing, incoming);
                }

                batch.Done.TrySetResult();
                foreach (var tell in toTell) tell();
                Tell(batch);
                bool more;
                lock (_gate) more = !_batch.IsEmpty || _toTell.Count > 0;
                if (!more) await _work.WaitAsync(stop);
                if (stop.IsCancellationRequested && !more) return;
            }
        }
        catch (OperationCanceledException)
        {
            Fail(batch, new ObjectDisposedException(nameof(Correspondence)));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _log.MessagesNotKept(e);
            Fail(batch, e);
        }
    }

    private void Write(Batch batch, List<(Talk Talk, Outbox Box, ulong Last, string Delivered)> outgoing, List<(Talk Talk, Inbox Box, NumberSet Seen)> incoming) =>
        _book.Atomically(() =>
        {
            foreach (var (_, talk, record) in batch.Records) _book.Book(talk.Number, record);
            foreach (var (talk, box, last, delivered) in outgoing) _book.Book(new BookedSeries(talk.Number, true, box.Series, delivered, last));
            foreach (var (talk, box, seen) in incoming) _book.Book(new BookedSeries(talk.Number, false, box.Series, seen.ToString(), 0));
            _book.Book(batch.Messages);
            foreach (var (series, from, to) in batch.Moves) _book.Move(series, from, to);
        });

    // It is on disk: what waited for that may go.
    private void Written(Batch batch, List<(Talk Talk, Outbox Box, ulong Last, string Delivered)> outgoing, List<(Talk Talk, Inbox Box, NumberSet Seen)> incoming)
    {
        foreach (var (talk, box, last, _) in outgoing)
        {
            box.Kept(last);
            talk.Via?.Wake.Set();
        }

        foreach (var (talk, box, seen) in incoming)
        {
            box.Keep(seen);
            talk.Unconfirmed.Add(box);
            talk.Via?.Wake.Set();
        }

        foreach (var (keep, _, _) in batch.Records) _desk.Kept(keep);
        Drain();
    }

    private void Tell(Batch batch)
    {
        if (batch.Messages.Count > 0) _owner.Kept(batch.Messages);
        foreach (var delivered in batch.Delivered) _owner.Delivered(delivered.Talk.Number, delivered.Series, delivered.First, delivered.Last);
    }

    private void Fail(Batch writing, Exception failure)
    {
        Batch waiting;
        lock (_gate)
        {
            _failure = failure;
            (waiting, _batch) = (_batch, new());
            foreach (var link in _links.Values) link.Channel.Close();
        }

        foreach (var batch in new[] { writing, waiting })
        {
            batch.Done.TrySetException(failure);
            _ = batch.Done.Task.Exception; // seen, whoever waits or not
        }
    }
}
