using System.Text;
using Hawser.Net.Control;
using Hawser.Session;
using static Hawser.Session.TallyRecord;

namespace Hawser.Net.Hosting;

/// <summary><c>tally</c>: the signed relationship itself, for those who look.</summary>
internal sealed class TallyVerbs(NodeHost host)
{
    private const int MinDigits = 4;

    private NodeRelations Relations => host.Relations;

    public static void Register(NodeHost host)
    {
        var verbs = new TallyVerbs(host);
        host.Control.Handle("tally list", verbs.ListAsync);
        host.Control.Handle("tally show", verbs.ShowAsync);
        host.Control.Handle("tally offer", verbs.OfferAsync);
        host.Control.Handle("tally accept", (call, cancel) => DoAsync(verbs, call, (desk, now, id, _) => desk.Accept(now, id), "accepted", cancel));
        host.Control.Handle("tally refuse", (call, cancel) => DoAsync(verbs, call, (desk, now, id, args) => desk.Refuse(now, id, args.Reason ?? ""), "refused", cancel));
        host.Control.Handle("tally close", (call, cancel) => DoAsync(verbs, call, (desk, now, id, _) => desk.Close(now, id), "closed", cancel));
    }

    private async Task ListAsync(ControlCall call, CancellationToken cancel)
    {
        foreach (var tally in Relations.Mail.Tallies) await call.WriteAsync(Report(tally.Record.Id), cancel);
    }

    private Task ShowAsync(ControlCall call, CancellationToken cancel)
    {
        var record = Find(call.Args<TallyArgs>());
        return call.WriteAsync(Report(record.Id) with
        {
            Text = record.Text is { } text ? Encoding.UTF8.GetString(text.Write()) : null,
            Card = record.PartnerCard is { } card ? Encoding.UTF8.GetString(card.Text) : null,
        }, cancel);
    }

    // A new one, or other terms for what was offered.
    private async Task OfferAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<TallyArgs>();
        var terms = args.Terms ?? Tally.Acquaintance;
        if (!Wire.LineReader.IsPlain(Encoding.UTF8.GetBytes(terms)))
            throw new HawserException(Reason.Usage, "these cannot be the terms of a tally", "write 1 to 256 bytes in one line, without spaces at the ends");
        var contact = PeerVerbs.Find(host.Store, args.Peer);
        var user = Relations.UserOf(args.User);
        var record = Relations.With(contact, user);
        switch (record)
        {
            case { Now: State.Open or State.COpen }:
                throw new HawserException(Reason.Failed, $"a tally with {contact.Petname} is open already", $"see it: hawser tally show {contact.Petname}; other terms need another one: hawser tally close {contact.Petname}");
            case { Now: State.HOffer or State.POffer or State.PDraft }:
                await Relations.Mail.TellAsync((desk, now) => desk.Counter(now, record.Id, terms));
                break;
            case { Now: State.Draft }:
                break;
            default:
                if (contact.ChannelKey is not { } site)
                    throw new HawserException(Reason.NoSuchPeer, $"no key of {contact.Petname} is known yet", $"connect once: hawser ping {contact.Petname}");
                var card = Relations.CardOf(contact);
                await Relations.Mail.TellAsync((desk, now) =>
                {
                    record = desk.Draft(now, user, site, terms, card);
                    return true;
                });
                break;
        }

        Relations.Mail.Hurry();
        await call.WriteAsync(Report(record!.Id), cancel);
    }

    private static async Task DoAsync(TallyVerbs verbs, ControlCall call, Func<TallyDesk, Moment, Wire.Token16, TallyArgs, bool> act, string done, CancellationToken cancel)
    {
        var args = call.Args<TallyArgs>();
        var record = verbs.Find(args);
        if (!await verbs.Relations.Mail.TellAsync((desk, now) => act(desk, now, record.Id, args)))
            throw new HawserException(Reason.Failed, $"a tally in the state {NodeRelations.Say(record.Now)} cannot be {done}", $"see it: hawser tally show {args.Peer}");
        verbs.Relations.Mail.Hurry();
        await call.WriteAsync(verbs.Report(record.Id), cancel);
    }

    // The live one with a contact, else the last; or by the first digits of its ID.
    private TallyRecord Find(TallyArgs args)
    {
        var all = Relations.Mail.Tallies.Select(t => t.Record).ToList();
        if (args.Peer.Length >= MinDigits && args.Peer.All(char.IsAsciiHexDigit)
            && all.Where(r => r.Id.ToString().StartsWith(args.Peer, StringComparison.OrdinalIgnoreCase)).ToArray() is [var named]) return named;
        var contact = PeerVerbs.Find(host.Store, args.Peer);
        var user = Relations.UserOf(args.User);
        return Relations.With(contact, user)
            ?? all.LastOrDefault(r => r.User == user && (r.Partner is { } p && contact.User == p || r.PartnerSite == contact.ChannelKey))
            ?? throw new HawserException(Reason.NoSuchPeer, $"there is no tally with {contact.Petname}", $"offer one: hawser tally offer {contact.Petname}");
    }

    private TallyReport Report(Wire.Token16 id)
    {
        var (number, record, isUp, queued) = Relations.Mail.Tallies.First(t => t.Record.Id == id);
        var user = Relations.NameOf(record.User);
        return new(record.Id.ToString(), Relations.PetnameOf(record), NodeRelations.Say(record.Now), record.Terms, record.Revision,
            user.Length == 0 ? null : user, record.User.ToString(), record.Partner?.ToString(), record.PartnerSite.ToString(), isUp, queued,
            host.Store.CountUnread(number), record.Changed, record.Reason.Length == 0 ? null : record.Reason);
    }
}
