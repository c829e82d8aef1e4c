using Hawser.Crypto;
using Hawser.Wire;
using static Hawser.Session.TallyRecord;

namespace Hawser.Session;

// What comes. A message that the state has no transition for is dropped without a word: late and doubled ones do no harm.
internal sealed partial class TallyDesk
{
    /// <summary>Takes a message of a channel; false if its kind is another page's.</summary>
    public bool Receive(Moment now, long channel, ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty || message[0] is < TallyMessage.FirstKind or > TallyMessage.LastKind) return false;
        if (!_lines.TryGetValue(channel, out var line)) return true;
        var sensible = TallyMessage.TryRead(message, out var read) && read switch
        {
            TallyMessage.Introduce m => TakeCard(now, channel, line, m.Card),
            TallyMessage.Offer m => TakeOffer(now, channel, line, m),
            TallyMessage.Accept m => TakeAccept(now, channel, line, m),
            TallyMessage.Opened m => TakeOpened(line, m),
            TallyMessage.Refuse m => TakeRefuse(now, line, m),
            TallyMessage.Revise m => Mine(line, m.Id) is not null || !_records.ContainsKey(m.Id), // only to be known
            TallyMessage.Close m => TakeClose(now, channel, line, m.Closing),
            TallyMessage.Closed m => TakeClosed(now, line, m.Id),
            _ => false,
        };
        if (!sensible) Stray(channel);
        return true;
    }

    private bool TakeCard(Moment now, long channel, Line line, Card card)
    {
        var moved = false;
        foreach (var record in _records.Values.ToArray())
        {
            if (!record.IsAlive) continue;
            if (record.Now is State.Draft && record.PartnerSite == line.Site && card.Site == line.Site && Between(record.User, card.User) is null)
            {
                Offer(now, record, card);
            }
            else if (record.Partner == card.User && record.PartnerSite == line.Site)
            {
                moved |= card.Site != line.Site;
                if (record.PartnerCard is not { } known || card.Made > known.Made)
                    Keep(record with { PartnerCard = card, PartnerSite = card.Site, Changed = now.Utc });
            }
        }

        if (card.Site != line.Site) return moved; // it speaks of a move, or of somebody else's machine
        if (line.Cards.Count < MaxUsers || line.Cards.ContainsKey(card.User)) line.Cards[card.User] = card;
        _events.Enqueue(new TallyEvent.CardCame(channel, card));
        return true;
    }

    private bool TakeOffer(Moment now, long channel, Line line, TallyMessage.Offer offer)
    {
        var (card, text) = (offer.Card, offer.Tally);
        var signer = text.StockSignature is null ? text.Foil : text.Stock;
        var own = text.OtherThan(signer);
        if (!IsOfThisChannel(line, text, signer, card) || users.KeyOf(own) is null) return false;
        var wished = false;
        if (_records.TryGetValue(text.Id, out var record))
        {
            if (record.User != own || !record.IsBetweenTheSame(text) || (record.Partner ?? signer) != signer) return false;
            switch (record.Now)
            {
                case State.Open when record.Text!.SaysWhat(text):
                    Say(channel, new TallyMessage.Accept(users.CardOf(own), record.Text));
                    return true;
                case State.POffer when record.Text!.SaysWhat(text): // who was asked may have gone with a crash
                    _events.Enqueue(new TallyEvent.Offered(channel, record, false));
                    return true;
                case State.Open when !record.IsConfirmed && text.Revision > record.Revision: // it crossed our acceptance
                case State.PDraft or State.POffer or State.Void when text.Revision > record.Revision:
                case State.HOffer when text.Revision > record.Revision || (text.Revision == record.Revision && signer == text.Stock):
                    break;
                default:
                    return true;
            }
        }
        else if (text.Stock != signer || !users.Knows(signer, line.Site))
        {
            return true; // a counter-offer to what is not here; a stranger
        }
        else if (Between(own, signer) is { } other)
        {
            switch (other.Now)
            {
                case State.Open: // the partner may have lost it: what both signed brings it back
                    Say(channel, new TallyMessage.Accept(users.CardOf(own), other.Text!));
                    return true;
                case State.COpen:
                case State.HOffer when Compare(other.Id, text.Id) < 0:
                    return true;
            }

            wished = other.Terms == text.Terms && other.Now is not State.POffer;
            Keep(other with { Now = State.Void, Changed = now.Utc });
        }
        else
        {
            // Drafts for that site wait for a card: here it is, and an offer with it.
            foreach (var draft in _records.Values.Where(r => r.Now is State.Draft && r.User == own && r.PartnerSite == line.Site).ToArray())
            {
                wished |= draft.Terms == text.Terms;
                Keep(draft with { Now = State.Void, Changed = now.Utc });
            }
        }

        var offered = new TallyRecord
        {
            Id = text.Id, Now = State.POffer, User = own, Partner = signer, PartnerSite = line.Site, PartnerCard = card, Text = text,
            Terms = text.Terms, Changed = now.Utc,
        };
        _records[text.Id] = offered;
        Keep(offered, new TallyEvent.Changed(offered)).Add(new TallyEvent.Offered(channel, offered, wished));
        return true;
    }

    private bool TakeAccept(Moment now, long channel, Line line, TallyMessage.Accept accept)
    {
        var (card, text) = (accept.Card, accept.Tally);
        var partner = card.User;
        var own = text.OtherThan(partner);
        if (!IsOfThisChannel(line, text, partner, card) || users.KeyOf(own) is null) return false;
        if (!_records.TryGetValue(text.Id, out var record))
        {
            // Ours once, lost with a disk, and we are just asking for it anew.
            if (Between(own, partner) is not { Now: State.HOffer } asking) return true;
            Keep(asking with { Now = State.Void, Changed = now.Utc });
            record = asking with { Id = text.Id };
        }
        else
        {
            if (record.User != own || record.Partner != partner) return false;
            switch (record.Now)
            {
                case State.Open when record.Text!.SaysWhat(text):
                    if (record.IsConfirmed) Say(channel, new TallyMessage.Opened(text.Id, text.Revision));
                    else break; // both have accepted what the other sent again
                    return true;
                case State.Void:
                    Say(channel, new TallyMessage.Refuse(text.Id, text.Revision, record.Reason));
                    return true;
                case State.HOffer when record.Text!.SaysWhat(text):
                    break;
                default:
                    return true;
            }
        }

        Keep(record with { Now = State.Open, Text = text, PartnerCard = Later(record.PartnerCard, card), IsConfirmed = true, Changed = now.Utc },
            new TallyMessage.Opened(text.Id, text.Revision));
        return true;
    }

    private bool TakeOpened(Line line, TallyMessage.Opened opened)
    {
        if (Mine(line, opened.Id) is not { } record) return false;
        if (record is { Now: State.Open, IsConfirmed: false } && record.Revision == opened.Revision) Keep(record with { IsConfirmed = true });
        return true;
    }

    private bool TakeRefuse(Moment now, Line line, TallyMessage.Refuse refuse)
    {
        if (Mine(line, refuse.Id) is not { } record) return false;
        var ends = record.Now is State.HOffer or State.POffer or State.PDraft || record is { Now: State.Open, IsConfirmed: false };
        if (ends && record.Revision == refuse.Revision) Keep(record with { Now = State.Void, Reason = refuse.Reason, Changed = now.Utc });
        return true;
    }

    private bool TakeClose(Moment now, long channel, Line line, TallyClosing closing)
    {
        if (Mine(line, closing.TallyId) is not { } record || closing.User != record.Partner || closing.Genesis != record.Text?.Genesis) return false;
        if (record.Now is State.Open or State.COpen)
            Keep(record with { Now = State.Close, Closing = closing, Changed = now.Utc }, new TallyMessage.Closed(record.Id));
        else if (record.Now is State.Close) Say(channel, new TallyMessage.Closed(record.Id));
        return true;
    }

    private bool TakeClosed(Moment now, Line line, in Token16 id)
    {
        if (Mine(line, id) is not { } record) return false;
        if (record.Now is State.COpen) Keep(record with { Now = State.Close, Changed = now.Utc });
        return true;
    }

    // A tally of ours with a user of the channel's other end.
    private TallyRecord? Mine(Line line, in Token16 id) =>
        _records.TryGetValue(id, out var record) && record.PartnerSite == line.Site ? record : null;

    private bool IsOfThisChannel(Line line, Tally text, in VerifyKey partner, Card card) =>
        card.User == partner && (partner == text.Stock || partner == text.Foil) && card.Site == line.Site
        && text.SiteOf(partner) == line.Site && text.SiteOf(text.OtherThan(partner)) == users.Site;

    private void Say(long channel, TallyMessage message) => _events.Enqueue(new TallyEvent.Send(channel, message.Write()));

    private static Card Later(Card? known, Card card) => known is null || card.Made >= known.Made ? card : known;

    private static int Compare(in Token16 a, in Token16 b) => ((ReadOnlySpan<byte>)a).SequenceCompareTo(b);
}
