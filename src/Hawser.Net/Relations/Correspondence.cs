using Hawser.Crypto;
using Hawser.Net.Peers;
using Hawser.Net.Pump;
using Hawser.Session;
using Hawser.Wire;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Relations;

/// <summary>Who decides, and who is told. Called one at a time, under no lock.</summary>
internal interface IRelationOwner
{
    /// <summary>Somebody on a channel says who it is.</summary>
    void CardCame(long channel, DhPublicKey site, Card card);

    /// <summary>An offer is on disk; as wished: it says what we had offered.</summary>
    void Offered(TallyRecord record, bool asWished);

    /// <summary>A tally on disk has another state, or another card.</summary>
    void Changed(TallyRecord record);

    /// <summary>Messages are on disk: ours that are queued, or the partner's.</summary>
    void Kept(IReadOnlyList<BookedMessage> messages);

    /// <summary>The partner has messages of ours, and that is on disk here too.</summary>
    void Delivered(long tally, ulong series, ulong first, ulong last);

    /// <summary>Whether the user has blocked this partner; may be asked at any time.</summary>
    bool IsBlocked(TallyRecord record);

    /// <summary>Connects to a site; the channel comes by <see cref="Correspondence.Attach"/>.</summary>
    Task DialAsync(DhPublicKey site, CancellationToken cancel);
}

/// <summary>
/// Tallies and messages of one site: the desk and the boxes of the core, the book they are kept in, the channels they
/// travel on. Everything that is told or sent is on disk by then; what comes in between two syncs of the disk shares
/// the next one. Spec: tally.md, messages.md.
/// </summary>
internal sealed partial class Correspondence : IAsyncDisposable
{
    private const int MaxUnwritten = 16_384; // messages; who brings more waits for the disk

    private readonly Lock _gate = new();
    private readonly IRelationBook _book;
    private readonly IRelationOwner _owner;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly TallyDesk _desk;
    private readonly Dictionary<Token16, Talk> _talks = [];
    private readonly Dictionary<long, SiteLink> _links = [];
    private readonly Signal _work = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];
    private List<Action> _toTell = [];
    private Batch _batch = new();
    private Exception? _failure;
    private long _lastTally, _lastSeq, _lastLink;

    public Correspondence(IRelationBook book, ITallyUsers users, IRelationOwner owner, IEntropy entropy, TimeProvider clock, ILogger log)
    {
        (_book, _owner, _clock, _log) = (book, owner, clock, log);
        (_entropy, _generation) = (entropy, book.Generation);
        _desk = new(users, entropy);
        Load();
        _loops.Add(Task.Run(WriteAsync));
        _loops.Add(Task.Run(KeepTimeAsync));
    }

    /// <summary>All tallies, and whether a channel to each partner stands.</summary>
    public IReadOnlyList<(long Number, TallyRecord Record, bool IsUp, long Queued)> Tallies
    {
        get
        {
            lock (_gate)
            {
                return [.. _talks.Values.OrderBy(t => t.Number).Select(t =>
                    (t.Number, t.Record, t.Via is not null, t.Out.Sum(s => (long)(s.Box.Last - s.Box.Delivered.Low))))];
            }
        }
    }

    /// <summary>Whether a site speaks for somebody with whom a tally is open, or on its way: that is a scope.</summary>
    public bool IsKnown(DhPublicKey site)
    {
        lock (_gate)
        {
            foreach (var talk in _talks.Values)
                if (talk.Record.PartnerSite == site && talk.Record.IsAlive && !talk.IsMuted) return true;
            return false;
        }
    }

    /// <summary>Messages that had no place or made no sense.</summary>
    public long Strays
    {
        get
        {
            lock (_gate) return _desk.Strays;
        }
    }

    /// <summary>Runs a command on the desk; true if it says so, and when what it did is on disk.</summary>
    public async Task<bool> TellAsync(Func<TallyDesk, Moment, bool> command)
    {
        Task done;
        bool said;
        lock (_gate)
        {
            ThrowIfFailed();
            said = command(_desk, _clock.GetMoment());
            done = _batch.Done.Task;
            Drain();
            if (_batch.IsEmpty) done = Task.CompletedTask;
        }

        _work.Set();
        await done;
        return said;
    }

    /// <summary>The tally that is alive between two users; null if there is none.</summary>
    public TallyRecord? Between(VerifyKey user, VerifyKey partner)
    {
        lock (_gate) return _desk.Between(user, partner);
    }

    public TallyRecord? Find(in Token16 id)
    {
        lock (_gate) return _desk.Find(id);
    }

    /// <summary>
    /// Queues messages: they are on disk on return, and go when they can, which is not before the tally is open. Throws
    /// if it has ended, or waits for our own user.
    /// </summary>
    public async Task<BookedMessage[]> SendAsync(Token16 tally, byte[] type, IReadOnlyList<byte[]> bodies)
    {
        if (!Note.IsType(type)) throw new ArgumentException("This is no type of a message.", nameof(type));
        foreach (var body in bodies)
            if (!Note.IsBody(body)) throw new ArgumentException("This is not one JSON value of at most 60,000 bytes.", nameof(bodies));
        var messages = new BookedMessage[bodies.Count];
        Task written = Task.CompletedTask;
        for (var next = 0; next < messages.Length;)
        {
            lock (_gate)
            {
                ThrowIfFailed();
                if (!_talks.TryGetValue(tally, out var talk)
                    || talk.Record.Now is not (TallyRecord.State.Open or TallyRecord.State.Draft or TallyRecord.State.HOffer or TallyRecord.State.PDraft))
                    throw new HawserException(Reason.Refused, "there is no open tally with this peer", "see them with: hawser tally");
                written = _batch.Done.Task;
                while (next < messages.Length && _batch.Messages.Count < MaxUnwritten) messages[next] = Queue(talk, type, bodies[next++]);
            }

            _work.Set();
            await written;
        }

        return messages;
    }

    /// <summary>The same for one.</summary>
    public async Task<BookedMessage> SendAsync(Token16 tally, byte[] type, byte[] body) => (await SendAsync(tally, type, [body]))[0];

    /// <summary>Whether the partner has a message of ours.</summary>
    public bool IsDelivered(BookedMessage message)
    {
        lock (_gate)
        {
            return _talks.Values.FirstOrDefault(talk => talk.Number == message.Tally)?.Out.Find(s => s.Box.Series == message.Series)
                is { } series && series.Box.Delivered.Contains(message.Number);
        }
    }

    /// <summary>Takes a channel into use until it ends.</summary>
    public void Attach(ISiteChannel channel)
    {
        SiteLink link;
        lock (_gate)
        {
            if (_failure is not null || _stopping.IsCancellationRequested) return;
            link = new(++_lastLink, channel);
            _links.Add(link.Number, link);
            _desk.ChannelUp(_clock.GetMoment(), link.Number, channel.Site);
            Reached(channel.Site);
            Route(channel.Site);
            Drain();
            _loops.RemoveAll(static loop => loop.IsCompleted);
            _loops.Add(Task.Run(() => ReceiveAsync(link)));
            _loops.Add(Task.Run(() => SendAsync(link)));
        }

        _work.Set();
    }

    /// <summary>Says on the channels to a site who our user is.</summary>
    public void Introduce(VerifyKey user, DhPublicKey site)
    {
        lock (_gate)
        {
            foreach (var link in _links.Values)
                if (link.Channel.Site == site) _desk.Introduce(link.Number, user);
            Drain();
        }
    }

    /// <summary>The rules have changed: who is blocked is not heard from now on.</summary>
    public void ReadRules()
    {
        lock (_gate)
        {
            foreach (var talk in _talks.Values) Mute(talk);
        }

        _work.Set();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] loops;
        lock (_gate)
        {
            foreach (var link in _links.Values) link.Channel.Close();
            loops = [.. _loops];
        }

        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private void Load()
    {
        foreach (var booked in _book.Tallies())
        {
            _lastTally = Math.Max(_lastTally, booked.Number);
            _desk.Load(booked.Record);
            var talk = _talks[booked.Record.Id] = new(booked.Number, booked.Record);
            Mute(talk);
        }

        var byNumber = _talks.Values.ToDictionary(talk => talk.Number);
        foreach (var series in _book.Series())
        {
            if (!byNumber.TryGetValue(series.Tally, out var talk)) continue;
            var done = NumberSet.Parse(series.Done);
            if (series.Outgoing) talk.Out.Add(new(new(series.Series, series.Last, done)));
            else talk.In[series.Series] = new(series.Series, done);
        }

        _lastSeq = _book.LastSeq();
    }

    // What the desk has decided: to disk, to channels, to the owner. Under the lock.
    private void Drain()
    {
        while (_desk.TryTake(out var happened))
        {
            switch (happened)
            {
                case TallyEvent.Keep keep:
                    if (!_talks.TryGetValue(keep.Record.Id, out var talk)) talk = _talks[keep.Record.Id] = new(++_lastTally, keep.Record);
                    _batch.Records.Add((keep.Number, talk, keep.Record));
                    var site = talk.Record.PartnerSite;
                    talk.Record = keep.Record;
                    Mute(talk);
                    if (keep.Record.IsAlive) Inherit(talk);
                    if (site != keep.Record.PartnerSite) Route(site);
                    Route(keep.Record.PartnerSite);
                    break;
                case TallyEvent.Send send when _links.TryGetValue(send.Channel, out var link):
                    link.Control.Enqueue(send.Message);
                    link.Wake.Set();
                    break;
                case TallyEvent.CardCame came when _links.TryGetValue(came.Channel, out var link):
                    _toTell.Add(() => _owner.CardCame(came.Channel, link.Channel.Site, came.Card));
                    break;
                case TallyEvent.Offered offered:
                    _toTell.Add(() => _owner.Offered(offered.Record, offered.AsWished));
                    break;
                case TallyEvent.Changed changed:
                    _toTell.Add(() => _owner.Changed(changed.Record));
                    break;
                case TallyEvent.HangUp up when _links.TryGetValue(up.Channel, out var link):
                    _log.ChannelHungUp();
                    link.Channel.Close();
                    break;
            }
        }
    }

    // Each tally that the site speaks for goes over one of the channels to it.
    private void Route(DhPublicKey site)
    {
        SiteLink? link = null;
        foreach (var other in _links.Values)
        {
            if (other.Channel.Site != site) continue;
            other.Talks.Clear();
            if (link is null || other.Channel.IsBetterThan(link.Channel)) link = other;
        }

        foreach (var talk in _talks.Values)
        {
            if (talk.Record.PartnerSite != site) continue;
            talk.Use(link);
            link?.Talks.Add(talk);
            link?.Wake.Set();
        }
    }

    // Of two drafts that crossed one lives on, and an offer that was refused may be made again: what waited in the other goes here.
    private void Inherit(Talk heir)
    {
        foreach (var talk in _talks.Values)
        {
            if (talk.Record.Now is not TallyRecord.State.Void || !talk.HasQueued || talk.Record.User != heir.Record.User
                || talk.Record.PartnerSite != heir.Record.PartnerSite
                || (talk.Record.Partner is { } partner && heir.Record.Partner is { } other && partner != other)) continue;
            foreach (var series in talk.Out.FindAll(series => !series.Box.IsEmpty))
            {
                talk.Out.Remove(series);
                series.Box.Rewind();
                heir.Out.Add(series);
                _batch.Moves.Add((series.Box.Series, talk.Number, heir.Number));
                if (_batch.Out.ContainsKey(series.Box)) _batch.Out[series.Box] = heir;
            }

            talk.Current = null;
        }
    }

    private void Mute(Talk talk) => talk.IsMuted = _owner.IsBlocked(talk.Record);

    private void ThrowIfFailed()
    {
        if (_failure is { } failure) throw new HawserException(Reason.LocalTrouble, "messages cannot be kept any more", "see the log, then start the node again", failure);
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
    }
}
