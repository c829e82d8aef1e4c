using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Net.Relations;
using Hawser.Net.Store;
using Hawser.Node;
using Hawser.Session;
using static Hawser.Session.TallyRecord;

namespace Hawser.Net.Hosting;

/// <summary><c>msg</c> and <c>chat</c>: messages of tallies, and what is kept of them.</summary>
internal sealed class MessageVerbs(NodeHost host)
{
    private const string Chat = "chat"; // messages.md §4.3
    private const int MaxText = 16_384;
    private const string Unsigned = "unsigned"; // it waits for the tally
    private readonly PeerFinder _finder = new(host.Store, () => host.Online.Directory);

    private NodeRelations Relations => host.Relations;

    public static void Register(NodeHost host)
    {
        var verbs = new MessageVerbs(host);
        host.Control.Handle("msg", verbs.SendAsync);
        host.Control.Handle("messages", verbs.ListAsync);
        TallyVerbs.Register(host);
    }

    private async Task SendAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<MsgArgs>();
        var contact = PeerVerbs.Find(host.Store, args.Peer);
        if (contact.Blocked) throw new HawserException(Reason.Refused, $"you have blocked {contact.Petname}", $"hawser peer block {contact.Petname} --off");
        if (contact.NewOwner is not null) throw Hubs.ContactFollower.ChangedHands(contact);
        var (type, body) = (Encoding.ASCII.GetBytes(args.Type), BodyOf(args));
        using var news = Watch();
        var tally = await TallyWithAsync(contact, args.User, cancel);
        var message = await Relations.Mail.SendAsync(tally.Id, type, body);
        var booked = Relations.Mail.Tallies.First(t => t.Record.Id == tally.Id);
        await call.WriteAsync(Report(contact.Petname, message, booked.Record.Now is State.Open ? "queued" : Unsigned, booked.IsUp), cancel);
        if (args.WaitMs <= 0) return;
        Relations.Mail.Hurry();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromMilliseconds(args.WaitMs));
        try
        {
            while (true)
            {
                var happened = await news.Reader.ReadAsync(patience.Token);
                if (happened.Series != message.Series || message.Number < happened.First || message.Number > happened.Last) continue;
                await call.WriteAsync(Report(contact.Petname, message, "delivered", true), cancel);
                return;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // It stays queued: the caller was told so.
        }
    }

    private static byte[] BodyOf(MsgArgs args)
    {
        if (!Note.IsType(Encoding.UTF8.GetBytes(args.Type)))
            throw new HawserException(Reason.Usage, $"{args.Type} is no type of a message", "use 1 to 32 lower-case letters, digits, dots, hyphens or underscores");
        if (args.Text is null)
            return args.Body is { } json && Encoding.UTF8.GetBytes(json.GetRawText()) is var raw && Note.IsBody(raw) ? raw
                : throw new HawserException(Reason.Usage, "this is not one JSON value of at most 60,000 bytes", null);
        if (args.Text.Length == 0) throw new HawserException(Reason.Usage, "there is nothing to say", "hawser msg PEER TEXT");
        if (Encoding.UTF8.GetByteCount(args.Text) > MaxText)
            throw new HawserException(Reason.Usage, "the text is too long for one message: at most 16 KiB", "send it as a file: hawser send FILE PEER");
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("text"u8, args.Text);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    // Contacts that were made by a card have no tally yet. It is begun now, and the message waits for both signatures.
    private async Task<TallyRecord> TallyWithAsync(Contact contact, string userName, CancellationToken cancel)
    {
        var user = Relations.UserOf(userName);
        var record = Relations.With(contact, user);
        if (record is { Now: State.POffer })
            throw new HawserException(Reason.Refused, $"{contact.Petname} offers a tally that you have not accepted", $"see it: hawser tally show {contact.Petname}; then: hawser tally accept {contact.Petname}");
        if (record is { Now: State.COpen })
            throw new HawserException(Reason.Refused, $"you have closed the tally with {contact.Petname}", $"begin another when they have heard of it: hawser tally offer {contact.Petname}");
        if (record is not null) return record;
        var site = contact.ChannelKey ?? await SiteOfAsync(contact, cancel);
        var card = Relations.CardOf(contact);
        await Relations.Mail.TellAsync((desk, now) => (record = desk.Draft(now, user, site, Tally.Acquaintance, card)) is not null);
        Relations.Mail.Hurry();
        return record!;
    }

    // Of who is known by an ID alone the deed names the key.
    private async Task<DhPublicKey> SiteOfAsync(Contact contact, CancellationToken cancel)
    {
        try
        {
            var site = (await _finder.FindAsync(new PeerReference.ByPetname(contact.Petname, null), DialVia.Any, cancel)).Key;
            if (host.Store.FindContact(contact.Petname) is { ChannelKey: null } still) host.Store.SaveContact(still with { ChannelKey = site });
            host.NotifyRulesChanged();
            return site;
        }
        catch (HawserException e) when (e.Reason is Reason.Unreachable)
        {
            throw new HawserException(Reason.Unreachable, $"no key of {contact.Petname} is known yet, and no hub can be asked for it: the message was not kept",
                "try again when you are online", e);
        }
    }

    private async Task ListAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<MessagesArgs>();
        var contact = args.Peer is { } name ? PeerVerbs.Find(host.Store, name) : null;
        using var news = Watch();
        var listed = 0L;
        foreach (var (number, record, isUp, _) in Relations.Mail.Tallies.Where(IsMeant))
        {
            var messages = args.Unread ? host.Store.Unread(number, args.Last) : host.Store.Before(number, long.MaxValue, args.Last);
            foreach (var message in messages)
            {
                await call.WriteAsync(Report(Relations.PetnameOf(record), message, StateOf(record, message), isUp), cancel);
                listed = Math.Max(listed, message.Seq);
                if (!message.Outgoing) host.Store.MarkRead(number, message.Seq);
            }
        }

        while (args.Watch)
        {
            var happened = await news.Reader.ReadAsync(cancel);
            var tallies = Relations.Mail.Tallies.Where(IsMeant).ToDictionary(t => t.Number);
            foreach (var message in happened.Messages)
            {
                if (message.Seq <= listed || !tallies.TryGetValue(message.Tally, out var tally)) continue;
                await call.WriteAsync(Report(Relations.PetnameOf(tally.Record), message, message.Outgoing ? "queued" : "received", tally.IsUp), cancel);
                if (!message.Outgoing) host.Store.MarkRead(message.Tally, message.Seq);
            }

            if (happened.First == 0 || !tallies.TryGetValue(happened.Tally, out var of)) continue;
            for (var number = happened.First; number <= happened.Last && number - happened.First < 1000; number++)
                await call.WriteAsync(new MessageReport(Relations.PetnameOf(of.Record), true, IdOf(happened.Series, number), "", null, null,
                    DateTimeOffset.UtcNow, "delivered", of.IsUp), cancel);
        }

        bool IsMeant((long Number, TallyRecord Record, bool IsUp, long Queued) tally) =>
            (contact is null || Relations.ContactOf(tally.Record)?.Petname == contact.Petname)
            && tally.Record.User == Relations.UserOf(args.User);
    }

    private string StateOf(TallyRecord tally, BookedMessage message)
    {
        if (!message.Outgoing) return "received";
        if (Relations.Mail.IsDelivered(message)) return "delivered";
        return tally switch
        {
            { Now: State.Open } => "queued",
            { IsAlive: true } => Unsigned,
            _ => "undeliverable",
        };
    }

    private static MessageReport Report(string peer, BookedMessage message, string state, bool isUp)
    {
        var type = Encoding.ASCII.GetString(message.Type);
        var body = JsonDocument.Parse(message.Body).RootElement;
        var text = type == Chat && body.ValueKind is JsonValueKind.Object && body.TryGetProperty("text", out var said)
            && said.ValueKind is JsonValueKind.String ? said.GetString() : null;
        return new(peer, message.Outgoing, IdOf(message.Series, message.Number), type, text, text is null ? body : null,
            DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(message.Sent, 0, 253_402_300_799_999)), state, isUp);
    }

    private static string IdOf(ulong series, ulong number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{series:x16}-{number}");

    private NewsReader Watch() => new(Relations);

    // What happens from now on, for one verb.
    private sealed class NewsReader : IDisposable
    {
        private readonly Channel<RelationNews> _news = Channel.CreateUnbounded<RelationNews>();
        private readonly NodeRelations _relations;

        public NewsReader(NodeRelations relations)
        {
            _relations = relations;
            relations.News += Write;
        }

        public ChannelReader<RelationNews> Reader => _news.Reader;

        public void Dispose() => _relations.News -= Write;

        private void Write(RelationNews news) => _news.Writer.TryWrite(news);
    }
}
