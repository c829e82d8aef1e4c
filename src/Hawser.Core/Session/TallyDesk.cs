using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Wire;
using static Hawser.Session.TallyRecord;

namespace Hawser.Session;

/// <summary>
/// All tallies of a site, and what is said of them on its channels. Nothing leaves before what it rests on is on disk.
/// Spec: tally.md.
/// </summary>
internal sealed partial class TallyDesk(ITallyUsers users, IEntropy entropy)
{
    private const int MaxStrays = 3; // tally.md §6
    private const int MaxUsers = 64; // of a site whose cards are remembered

    private readonly Dictionary<Token16, TallyRecord> _records = [];
    private readonly Dictionary<long, Line> _lines = [];
    private readonly Queue<TallyEvent> _events = new();
    private readonly Dictionary<long, List<TallyEvent>> _afterKeep = [];
    private long _keeps;

    public IEnumerable<TallyRecord> All => _records.Values;

    /// <summary>Messages that made no sense or had no place, on all channels.</summary>
    public long Strays { get; private set; }

    public TallyRecord? Find(in Token16 id) => _records.GetValueOrDefault(id);

    /// <summary>The tally that is alive between two users.</summary>
    public TallyRecord? Between(in VerifyKey user, in VerifyKey partner)
    {
        foreach (var record in _records.Values)
            if (record.IsAlive && record.User == user && record.Partner == partner) return record;
        return null;
    }

    /// <summary>Takes what is on disk, before anything else.</summary>
    public void Load(TallyRecord record) => _records[record.Id] = record;

    /// <summary>A channel stands: the other end is the site that proved this key.</summary>
    public void ChannelUp(Moment now, long channel, in DhPublicKey site)
    {
        _lines[channel] = new(site);
        foreach (var record in _records.Values)
            if (record.PartnerSite == site) Repeat(channel, record);
    }

    public void ChannelDown(long channel) => _lines.Remove(channel);

    /// <summary>The record is on disk.</summary>
    public void Kept(long number)
    {
        if (!_afterKeep.Remove(number, out var waiting)) return;
        foreach (var happened in waiting) _events.Enqueue(happened);
    }

    public bool TryTake([NotNullWhen(true)] out TallyEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>Says on a channel who our user is, once.</summary>
    public void Introduce(long channel, in VerifyKey user)
    {
        if (_lines.TryGetValue(channel, out var line) && line.Introduced.Add(user))
            _events.Enqueue(new TallyEvent.Send(channel, new TallyMessage.Introduce(users.CardOf(user)).Write()));
    }

    /// <summary>
    /// A user wants a tally with the user of a site. It is signed and offered as soon as that user's card is here.
    /// </summary>
    public TallyRecord Draft(Moment now, in VerifyKey user, in DhPublicKey site, string terms, Card? card = null)
    {
        var id = default(Token16);
        entropy.Fill(id);
        var draft = new TallyRecord { Id = id, Now = State.Draft, User = user, PartnerSite = site, Terms = terms, Changed = now.Utc };
        Keep(draft);
        if ((card ?? KnownAt(site)) is { } known && known.Site == site) return Offer(now, draft, known);
        foreach (var (channel, line) in _lines)
            if (line.Site == site) Introduce(channel, user);
        return draft;
    }

    /// <summary>Accepts a partner's offer; false if there is none.</summary>
    public bool Accept(Moment now, in Token16 id)
    {
        if (!_records.TryGetValue(id, out var record) || record.Now is not State.POffer || users.KeyOf(record.User) is not { } key) return false;
        var open = record with { Now = State.Open, Text = record.Text!.Sign(key), IsConfirmed = false, Changed = now.Utc };
        Keep(open, new TallyMessage.Accept(users.CardOf(record.User), open.Text));
        return true;
    }

    /// <summary>Refuses a partner's offer, or takes our own back.</summary>
    public bool Refuse(Moment now, in Token16 id, string reason)
    {
        if (!_records.TryGetValue(id, out var record) || record.Now is not (State.Draft or State.PDraft or State.HOffer or State.POffer)) return false;
        var refused = record with { Now = State.Void, Reason = reason, Changed = now.Utc };
        if (record.Text is { } text) Keep(refused, new TallyMessage.Refuse(id, text.Revision, reason));
        else Keep(refused);
        return true;
    }

    /// <summary>Says that a counter-offer will come.</summary>
    public bool Revise(in Token16 id)
    {
        if (!_records.TryGetValue(id, out var record) || record.Now is not State.POffer) return false;
        Keep(record with { Now = State.PDraft }, new TallyMessage.Revise(id, record.Revision));
        return true;
    }

    /// <summary>Offers the same tally on other terms: one revision further.</summary>
    public bool Counter(Moment now, in Token16 id, string terms)
    {
        if (!_records.TryGetValue(id, out var record) || record.Now is not (State.POffer or State.PDraft or State.HOffer)
            || record.Text is not { Revision: < ushort.MaxValue } text || users.KeyOf(record.User) is not { } key) return false;
        var next = (text with
        {
            Revision = (ushort)(text.Revision + 1), Terms = terms, Made = Seconds(now), StockSignature = null, FoilSignature = null,
        }).Sign(key);
        var offered = record with { Now = State.HOffer, Text = next, Terms = terms, Changed = now.Utc };
        Keep(offered, new TallyMessage.Offer(users.CardOf(record.User), next));
        return true;
    }

    /// <summary>Ends an open tally.</summary>
    public bool Close(Moment now, in Token16 id)
    {
        if (!_records.TryGetValue(id, out var record) || record.Now is not State.Open || users.KeyOf(record.User) is not { } key) return false;
        var closing = TallyClosing.Sign(record.Text!, Seconds(now), key);
        Keep(record with { Now = State.COpen, Closing = closing, Changed = now.Utc }, new TallyMessage.Close(closing));
        return true;
    }

    /// <summary>A record shows that another site speaks for a partner from now on.</summary>
    public void Follow(Moment now, in VerifyKey partner, in DhPublicKey site)
    {
        foreach (var record in _records.Values.ToArray())
            if (record.IsAlive && record.Partner == partner && record.PartnerSite != site)
                Keep(record with { PartnerSite = site, Changed = now.Utc });
    }

    /// <summary>A stray of another page on this channel: three end it.</summary>
    public void Stray(long channel)
    {
        Strays++;
        if (_lines.TryGetValue(channel, out var line) && ++line.Strays == MaxStrays) _events.Enqueue(new TallyEvent.HangUp(channel));
    }

    /// <summary>The open tally that a message on a channel names; null if it has no place there.</summary>
    public TallyRecord? OpenOn(long channel, in Token16 id) =>
        _lines.TryGetValue(channel, out var line) && _records.TryGetValue(id, out var record)
        && record.Now is State.Open && record.PartnerSite == line.Site ? record : null;

    // Who has said on its channel who it is need not say it again; of a site with several users the asker knows which.
    private Card? KnownAt(DhPublicKey site)
    {
        foreach (var line in _lines.Values)
            if (line.Site == site && line.Cards.Count == 1) return line.Cards.Values.First();
        return null;
    }

    // The partner's card is here: the draft becomes a text, signed.
    private TallyRecord Offer(Moment now, TallyRecord draft, Card card)
    {
        if (users.KeyOf(draft.User) is not { } key) return draft;
        var text = new Tally
        {
            Genesis = users.Genesis, Id = draft.Id, Revision = 1, Made = Seconds(now), Stock = draft.User, StockSite = users.Site,
            Foil = card.User, FoilSite = card.Site, Terms = draft.Terms,
        }.Sign(key);
        var offered = draft with { Now = State.HOffer, Partner = card.User, PartnerCard = card, Text = text, Changed = now.Utc };
        Keep(offered, new TallyMessage.Offer(users.CardOf(draft.User), text));
        return offered;
    }

    // What was sent and not answered is said again on every new channel: tally.md §5.5.
    private void Repeat(long channel, TallyRecord record)
    {
        if (users.KeyOf(record.User) is null) return;
        TallyMessage? message = record.Now switch
        {
            State.HOffer => new TallyMessage.Offer(users.CardOf(record.User), record.Text!),
            State.Open when !record.IsConfirmed => new TallyMessage.Accept(users.CardOf(record.User), record.Text!),
            State.COpen => new TallyMessage.Close(record.Closing!),
            State.Draft or State.PDraft or State.POffer or State.Open or State.Close or State.Void => null,
        };
        if (message is not null) _events.Enqueue(new TallyEvent.Send(channel, message.Write()));
        else if (record.Now is State.Draft or State.Open) Introduce(channel, record.User);
    }

    // To disk; what is said follows when it is there, on all channels to the partner's site.
    private void Keep(TallyRecord record, TallyMessage? message = null)
    {
        _records[record.Id] = record;
        var after = Keep(record, new TallyEvent.Changed(record));
        if (message is null) return;
        foreach (var (channel, line) in _lines)
            if (line.Site == record.PartnerSite) after.Add(new TallyEvent.Send(channel, message.Write()));
    }

    private List<TallyEvent> Keep(TallyRecord record, TallyEvent first)
    {
        _events.Enqueue(new TallyEvent.Keep(++_keeps, record));
        return _afterKeep[_keeps] = [first];
    }

    private static ulong Seconds(Moment now) => (ulong)now.Utc.ToUnixTimeSeconds();

    private sealed class Line(DhPublicKey site)
    {
        public DhPublicKey Site => site;

        /// <summary>Our users whose cards went over it.</summary>
        public HashSet<VerifyKey> Introduced { get; } = [];

        /// <summary>The other end's users that have shown theirs.</summary>
        public Dictionary<VerifyKey, Card> Cards { get; } = [];

        public int Strays { get; set; }
    }
}
