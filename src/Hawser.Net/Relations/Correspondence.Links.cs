using System.Buffers;
using System.Buffers.Binary;
using Hawser.Net.Pump;
using Hawser.Session;

namespace Hawser.Net.Relations;

// What goes over the channels, and what comes.
internal sealed partial class Correspondence
{
    private const int Piece = 128 << 10;
    private const int Page = 1024; // messages that are read from the book at once

    private async Task SendAsync(SiteLink link)
    {
        var frames = new ArrayBufferWriter<byte>(Piece + Note.MaxSize + ControlFrames.HeaderSize);
        try
        {
            while (true)
            {
                frames.ResetWrittenCount();
                OutSeries? missing;
                Talk? of;
                lock (_gate)
                {
                    if (!_links.ContainsKey(link.Number)) return;
                    (of, missing) = Fill(link, frames);
                }

                if (frames.WrittenCount > 0) await link.Channel.SendAsync(frames.WrittenMemory, _stopping.Token);
                else if (missing is not null) Fetch(of!, missing);
                else await link.Wake.WaitAsync(_stopping.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            link.Channel.Close(); // the reader sees it too, and takes it out of use
        }
    }

    // The tallies' own messages first, then what is confirmed, then messages as far as there is room.
    private (Talk?, OutSeries?) Fill(SiteLink link, ArrayBufferWriter<byte> frames)
    {
        while (link.Control.TryDequeue(out var message)) Frame(frames, message);
        foreach (var talk in link.Talks)
        {
            foreach (var box in talk.Unconfirmed)
            {
                var got = box.Confirm(talk.Record.Id);
                got.Write(Open(frames, got.Size));
                frames.Advance(got.Size);
            }

            talk.Unconfirmed.Clear();
        }

        foreach (var talk in link.Talks)
        {
            if (talk.IsMuted || talk.Record.Now is not TallyRecord.State.Open) continue;
            foreach (var series in talk.Out)
            {
                if (series.Box.IsEmpty) continue;
                var now = _clock.GetMoment();
                while (frames.WrittenCount < Piece && series.Box.TryNext(now, out var number))
                {
                    if (!series.AtHand.TryGetValue(number, out var message))
                    {
                        series.Box.PutBack(number);
                        series.Missing = number;
                        return (talk, series);
                    }

                    series.Seen = (number, message.Seq);
                    var note = new Note
                    {
                        Tally = talk.Record.Id, Series = message.Series, Number = number, Sent = (ulong)message.Sent, Type = message.Type, Body = message.Body,
                    };
                    note.Write(Open(frames, note.Size));
                    frames.Advance(note.Size);
                }
            }
        }

        return default;
    }

    private void Fetch(Talk talk, OutSeries series)
    {
        var from = series.Missing!.Value;
        var page = _book.Outgoing(talk.Number, series.Box.Series, from, series.Seen.Number < from ? series.Seen.Seq : 0, Page);
        lock (_gate)
        {
            series.Missing = null;
            foreach (var message in page)
                if (!series.Box.Delivered.Contains(message.Number)) series.AtHand[message.Number] = message;
        }

        if (page.Count == 0) throw new IOException("A message that should be in the book is not.");
    }

    private static void Frame(ArrayBufferWriter<byte> frames, ReadOnlySpan<byte> message)
    {
        message.CopyTo(Open(frames, message.Length));
        frames.Advance(message.Length);
    }

    private static Span<byte> Open(ArrayBufferWriter<byte> frames, int size)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frames.GetSpan(ControlFrames.HeaderSize), (uint)size);
        frames.Advance(ControlFrames.HeaderSize);
        return frames.GetSpan(size);
    }

    private async Task ReceiveAsync(SiteLink link)
    {
        var (reader, buffer) = (new ControlReader(), new byte[Piece]);
        try
        {
            while (await link.Channel.ReceiveAsync(buffer, _stopping.Token) is var count and > 0)
            {
                Task? busy = null;
                lock (_gate)
                {
                    reader.Append(buffer.AsSpan(0, count));
                    while (reader.TryTake(out var message)) Take(link, message);
                    Drain();
                    if (_batch.Messages.Count >= MaxUnwritten) busy = _batch.Done.Task;
                }

                _work.Set();
                if (reader.IsBroken) break;
                if (busy is not null) await busy;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Its end, whatever the way.
        }

        link.Channel.Close();
        lock (_gate)
        {
            _links.Remove(link.Number);
            _desk.ChannelDown(link.Number);
            Route(link.Channel.Site);
        }

        link.Wake.Set();
    }

    private void Take(SiteLink link, ReadOnlySpan<byte> message)
    {
        if (_desk.Receive(_clock.GetMoment(), link.Number, message)) return;
        switch (message[0])
        {
            case Note.Kind when Note.TryRead(message, out var note): Take(link, note); break;
            case Got.Kind when Got.TryRead(message, out var got): Take(link, got); break;
            case Note.Kind or Got.Kind: _desk.Stray(link.Number); break;
        }
    }

    private void Take(SiteLink link, in Note note)
    {
        if (_desk.OpenOn(link.Number, note.Tally) is not { } record)
        {
            _desk.Stray(link.Number);
            return;
        }

        var talk = _talks[record.Id];
        if (talk.IsMuted) return;
        if (!talk.In.TryGetValue(note.Series, out var box))
        {
            if (talk.In.Count >= Inbox.MaxSeries) return;
            box = talk.In[note.Series] = new(note.Series, new());
        }

        switch (box.Take(note.Number))
        {
            case Arrival.New:
                if (!note.Type.SequenceEqual(talk.LastType)) talk.LastType = note.Type.ToArray();
                _batch.Messages.Add(new(++_lastSeq, talk.Number, false, note.Series, note.Number, (long)note.Sent,
                    _clock.GetUtcNow().ToUnixTimeMilliseconds(), talk.LastType, note.Body.ToArray()));
                _batch.In[box] = talk;
                break;
            case Arrival.Known:
                talk.Unconfirmed.Add(box);
                talk.Via?.Wake.Set();
                break;
            case Arrival.OnItsWay or Arrival.TooFarApart:
                break;
        }
    }

    private void Take(SiteLink link, Got got)
    {
        if (_desk.OpenOn(link.Number, got.Tally) is not { } record)
        {
            _desk.Stray(link.Number);
            return;
        }

        var talk = _talks[record.Id];
        if (talk.Out.Find(s => s.Box.Series == got.Series) is not { } series) return;
        foreach (var (first, last) in series.Box.Take(_clock.GetMoment(), got))
        {
            _batch.Delivered.Add(new(talk, got.Series, first, last));
            _batch.Out[series.Box] = talk;
            for (var number = first; number <= last; number++) series.AtHand.Remove(number);
            link.Wake.Set();
        }
    }
}
