using System.Collections.Concurrent;
using Hawser.Crypto;
using Hawser.Net.Names;
using Hawser.Net.Relations;
using Hawser.Net.Store;
using Hawser.Session;
using Hawser.Wire;
using static Hawser.Session.TallyRecord;

namespace Hawser.Net.Hosting;

/// <summary>
/// The tallies of a node's users: who they are, what is decided without asking them, and how contacts follow.
/// Spec: tally.md §5.
/// </summary>
internal sealed class NodeRelations : ITallyUsers, IRelationOwner, IAsyncDisposable
{
    private readonly NodeHost _host;
    private readonly ConcurrentDictionary<VerifyKey, SigningKey> _keys = new();
    private readonly ConcurrentDictionary<VerifyKey, string> _names = new();
    private readonly ConcurrentDictionary<VerifyKey, Card> _cards = new();
    private readonly PeerFinder _finder;

    public NodeRelations(NodeHost host)
    {
        _host = host;
        _finder = new(host.Store, () => host.Online.Directory);
        Site = host.Store.ChannelKey(SystemEntropy.Shared).Public;
        foreach (var name in host.Store.UserNames().Prepend("")) UserOf(name);
        Mail = new(host.Store, this, this, SystemEntropy.Shared, TimeProvider.System, host.Log);
    }

    public Correspondence Mail { get; }

    public DhPublicKey Site { get; }

    public Bytes32 Genesis => _host.Store.Genesis;

    /// <summary>A tally has changed, or messages went or came; by the tally's number. Raised when it is on disk.</summary>
    public event Action<RelationNews>? News;

    /// <summary>The claim key of a user of this site, made on first use.</summary>
    public VerifyKey UserOf(string name)
    {
        if (name.Length > 0) Petname.Require(name);
        var key = _host.Store.UserKey(name, SystemEntropy.Shared);
        _names[key.Public] = name;
        _keys[key.Public] = key;
        return key.Public;
    }

    /// <summary>What a user of this site is called; empty for the first.</summary>
    public string NameOf(in VerifyKey user) => _names.GetValueOrDefault(user, "");

    public SigningKey? KeyOf(in VerifyKey user) => _keys.GetValueOrDefault(user);

    public Card CardOf(in VerifyKey user)
    {
        var store = _host.Store;
        var name = NameOf(user);
        var own = _host.Runtime?.LocalAddresses.Where(at => !System.Net.IPAddress.IsLoopback(at.ToEndPoint().Address)).Take(Card.MaxAddresses).ToArray() ?? [];
        if (own.Length == 0) own = [.. (_host.Runtime?.LocalAddresses ?? []).Take(1)];
        var card = new Card
        {
            Genesis = Genesis, User = user, Site = Site, Made = (ulong)DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            Name = name.Length > 0 ? name : InviteVerbs.OwnName,
            Id = name.Length == 0 ? _host.OwnedId() : default,
            At = own,
            Hubs = [.. store.Hubs().Select(hub => new CardHub(hub.ChannelKey, [.. InviteVerbs.AddressesOf(hub).Take(Card.MaxAddresses)]))
                .Where(hub => hub.Addresses.Count > 0).Take(Card.MaxHubs)],
        };

        // The same words bear the same date, so that nobody is told twice.
        if (_cards.TryGetValue(user, out var last) && Says(last, card)) return last;
        return _cards[user] = Card.Sign(card, _keys[user]);
    }

    public bool Knows(in VerifyKey partner, in DhPublicKey site) =>
        (_host.Store.FindContactByUser(partner) ?? _host.Store.FindContact(site)) is { Blocked: false };

    public bool IsBlocked(TallyRecord record) => ContactOf(record) is { Blocked: true };

    /// <summary>Who the partner of a tally is to the user.</summary>
    public Contact? ContactOf(TallyRecord record) =>
        (record.Partner is { } partner ? _host.Store.FindContactByUser(partner) ?? ByOwner(partner) : null)
        ?? _host.Store.ContactsAt(record.PartnerSite).FirstOrDefault(contact => contact.User is null || record.Partner is null);

    // The owner of an ID whom the user follows is who they were, with a new claim key: the tally with it is a new one.
    private Contact? ByOwner(VerifyKey owner) =>
        _host.Store.Contacts().FirstOrDefault(contact => contact.ClaimKey == owner && contact.RoutingId is not null && contact.User != owner);

    public string PetnameOf(TallyRecord record) => ContactOf(record)?.Petname ?? record.PartnerCard?.Name ?? record.PartnerSite.ToString();

    /// <summary>The live tally of a user of ours with a contact; null if there is none.</summary>
    public TallyRecord? With(Contact contact, VerifyKey user) => Mail.Tallies.Select(t => t.Record)
        .LastOrDefault(r => r.IsAlive && r.User == user && (r.Partner is { } partner && contact.User is { } of ? partner == of : r.PartnerSite == contact.ChannelKey));

    /// <summary>What a contact said of itself last, if it is at its site still.</summary>
    public Card? CardOf(Contact contact) => Mail.Tallies.Select(t => t.Record)
        .LastOrDefault(r => r.Partner is not null && r.Partner == contact.User && r.PartnerCard?.Site == contact.ChannelKey)?.PartnerCard;

    public void CardCame(long channel, DhPublicKey site, Card card)
    {
        var store = _host.Store;
        if ((store.FindContactByUser(card.User) ?? store.FindContact(site)) is not { Blocked: false }) return;
        if (store.Tickets().LastOrDefault(t => t.Redeemer == site && !t.Revoked && t.Files is null) is { } ticket)
        {
            var user = UserOf(ticket.User);
            if (Mail.Between(user, card.User) is null && !HasEnded(user, card.User, ticket.Redeemed!.Value))
            {
                _ = Mail.TellAsync((desk, now) => desk.Draft(now, user, site, Tally.Acquaintance, card) is not null);
                return;
            }
        }

        // Whoever says who it is wants to know who we are.
        var record = Mail.Tallies.Select(t => t.Record).FirstOrDefault(r => r.PartnerSite == site && r.IsAlive);
        Mail.Introduce(record?.User ?? UserOf(""), site);
    }

    public void Offered(TallyRecord record, bool asWished)
    {
        var id = record.Id;
        if (asWished || (record.Terms == Tally.Acquaintance && Knows(record.Partner!.Value, record.PartnerSite) && !WasClosedByUs(record)))
        {
            _ = Mail.TellAsync((desk, now) => desk.Accept(now, id));
            return;
        }

        _host.Log.TallyOffered(PetnameOf(record));
        News?.Invoke(new(record, []));
    }

    public void Changed(TallyRecord record)
    {
        if (record.Now is State.Open) Tie(record);
        if (record.Now is not State.Draft) _host.Log.TallyIs(PetnameOf(record), Say(record.Now));
        News?.Invoke(new(record, []));
    }

    public void Kept(IReadOnlyList<BookedMessage> messages) => News?.Invoke(new(null, messages));

    public void Delivered(long tally, ulong series, ulong first, ulong last) =>
        News?.Invoke(new(null, []) { Tally = tally, Series = series, First = first, Last = last });

    public async Task DialAsync(DhPublicKey site, CancellationToken cancel)
    {
        if (_host.Runtime is not { } runtime || _host.Store.FindContact(site) is not { Blocked: false } contact) return;
        var target = await _finder.FindAsync(new PeerReference.ByPetname(contact.Petname, null), Node.DialVia.Any, cancel);
        await runtime.ConnectAsync(target, null, cancel);
    }

    /// <summary>Contacts were changed: who is blocked falls silent, and whose deed names another site is followed there.</summary>
    public void ReadRules()
    {
        Mail.ReadRules();
        var moved = _host.Store.Contacts().Where(c => c is { User: not null, ChannelKey: not null, RoutingId: not null, Blocked: false })
            .Where(c => Mail.Tallies.Any(t => t.Record.IsAlive && t.Record.Partner == c.User && t.Record.PartnerSite != c.ChannelKey)).ToArray();
        foreach (var contact in moved)
        {
            _ = Mail.TellAsync((desk, now) =>
            {
                desk.Follow(now, contact.User!.Value, contact.ChannelKey!.Value);
                return true;
            });
        }
    }

    /// <summary>A contact is forgotten: what was signed with it ends.</summary>
    public async Task ForgetAsync(Contact contact)
    {
        foreach (var (_, record, _, _) in Mail.Tallies)
        {
            if (!record.IsAlive || (record.Partner is { } partner ? partner != contact.User : record.PartnerSite != contact.ChannelKey)) continue;
            await Mail.TellAsync((desk, now) => desk.Close(now, record.Id) || desk.Refuse(now, record.Id, ""));
        }
    }

    public ValueTask DisposeAsync() => Mail.DisposeAsync();

    /// <summary>The states in the words of tally.md §7.</summary>
    public static string Say(State state) => state switch
    {
        State.Draft => "draft",
        State.PDraft => "P.draft",
        State.HOffer => "H.offer",
        State.POffer => "P.offer",
        State.Open => "open",
        State.COpen => "C.open",
        State.Close => "close",
        State.Void => "void",
    };

    // A tally makes the contact, or makes it the one it is with: the user at that site, at the addresses of its card.
    private void Tie(TallyRecord record)
    {
        var (store, partner, card) = (_host.Store, record.Partner!.Value, record.PartnerCard);
        var contact = ContactOf(record);
        var wanted = store.JoiningNameOf(record.PartnerSite);
        if (contact is null)
        {
            var name = wanted is not null && store.FindContact(wanted) is null ? wanted
                : Invitations.FreeName(store, card is { } c && Petname.Suits(c.Name) ? c.Name : "guest");
            contact = new(name, record.PartnerSite, null, [], [], Blocked: false, DateTimeOffset.UtcNow);
        }

        string[] hubs = [.. (card?.Hubs ?? []).Select(hub => $"{hub.Addresses[0]}#{hub.Key}")];
        string[] at = [.. (card?.At ?? []).Select(a => a.ToString()).Concat(contact.Addresses).Distinct().Take(2 * Card.MaxAddresses)];
        if (contact.User is { } before && before != partner) _host.Log.UserRenewed(contact.Petname);
        var tied = contact with
        {
            User = partner, ChannelKey = record.PartnerSite,
            Hubs = hubs.Length > 0 && card!.Genesis == Genesis ? hubs : contact.Hubs,
            Addresses = hubs.Length > 0 && contact.Addresses.Count == 0 ? contact.Addresses : at,
        };
        store.SaveContact(tied);
        _host.NotifyRulesChanged();
        if (tied.RoutingId is null && card is { Id.IsNone: false } && card.Genesis == Genesis && !Genesis.IsZero) _ = LearnIdAsync(card);
    }

    // An ID in a card is a claim. The deed says whether it is true: then the contact is followed by it.
    private async Task LearnIdAsync(Card card)
    {
        try
        {
            if (_host.Runtime is not { } runtime) return;
            var found = await runtime.Directory.FindAsync(card.Id, CancellationToken.None);
            if (found.ChannelKey != card.Site || found.ClaimKey != card.User) return;
            var id = card.Id.ToString();
            _host.Store.Atomically(() =>
            {
                if (_host.Store.FindContactByUser(card.User) is { RoutingId: null } contact && contact.ChannelKey == card.Site
                    && _host.Store.FindContactById(id) is null) _host.Store.SaveContact(contact with { RoutingId = id, ClaimKey = card.User });
            });
            _host.NotifyRulesChanged();
        }
        catch (Exception e) when (e is HawserException or ObjectDisposedException or OperationCanceledException)
        {
            // No hub answers, or the node stops: asked again when the next card comes.
        }
    }

    private bool HasEnded(VerifyKey user, VerifyKey partner, DateTimeOffset since) => Mail.Tallies
        .Any(t => !t.Record.IsAlive && t.Record.User == user && t.Record.Partner == partner && t.Record.Changed > since);

    private bool WasClosedByUs(TallyRecord record) => Mail.Tallies
        .Any(t => t.Record.Closing?.User == record.User && t.Record.User == record.User && t.Record.Partner == record.Partner);

    private static bool Says(Card a, Card b) => a.Genesis == b.Genesis && a.Name == b.Name && a.Id == b.Id && a.At.SequenceEqual(b.At)
        && a.Hubs.Count == b.Hubs.Count && a.Hubs.Zip(b.Hubs).All(pair => pair.First.Key == pair.Second.Key && pair.First.Addresses.SequenceEqual(pair.Second.Addresses));
}

/// <summary>Something on disk is new: a tally, messages, or deliveries.</summary>
internal sealed record RelationNews(TallyRecord? Record, IReadOnlyList<BookedMessage> Messages)
{
    /// <summary>With the next three: these messages of ours are delivered.</summary>
    public long Tally { get; init; }

    public ulong Series { get; init; }

    public ulong First { get; init; }

    public ulong Last { get; init; }
}
