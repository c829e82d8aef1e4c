using Hawser.Crypto;
using Hawser.Net.Control;
using Hawser.Net.Hubs;
using Hawser.Net.Names;
using Hawser.Net.Store;

namespace Hawser.Net.Hosting;

/// <summary><c>peer</c>: contacts and their names.</summary>
internal static class PeerVerbs
{
    public static void Register(NodeHost host)
    {
        var (control, store) = (host.Control, host.Store);
        control.Handle("peer list", async (call, cancel) =>
        {
            foreach (var contact in store.Contacts()) await call.WriteAsync(Report(contact), cancel).ConfigureAwait(false);
        });
        control.Handle("peer show", (call, cancel) => call.WriteAsync(ReportWith(store, Find(store, call.Args<NameArgs>().Name)), cancel));
        control.Handle("peer add", async (call, cancel) => await Change(host, call, await AddAsync(host, call.Args<PeerAddArgs>(), cancel).ConfigureAwait(false), cancel).ConfigureAwait(false));
        control.Handle("peer name", (call, cancel) => Change(host, call, Rename(store, call.Args<PeerNameArgs>()), cancel));
        control.Handle("peer block", (call, cancel) => Change(host, call, Block(store, call.Args<PeerBlockArgs>()), cancel));
        control.Handle("peer remove", async (call, cancel) =>
        {
            if (host.Runtime is not null) await host.Relations.ForgetAsync(Find(store, call.Args<NameArgs>().Name)).ConfigureAwait(false);
            await Change(host, call, Remove(store, call.Args<NameArgs>()), cancel).ConfigureAwait(false);
        });
        control.Handle("peer card", (call, cancel) => call.WriteAsync(Card(store), cancel));
    }

    /// <summary>The contact of a petname, ID or key; if there is none, the near ones are offered.</summary>
    public static Contact Find(NodeStore store, string text)
    {
        var found = PeerReference.Parse(text) switch
        {
            PeerReference.ByPetname peer => store.FindContact(peer.Name),
            PeerReference.ById peer => store.FindContactById(peer.Id),
            PeerReference.ByAddress peer => store.FindContact(peer.Key),
            PeerReference.ByLink peer when DhPublicKey.TryParse(peer.Link.Body, out var key) => store.FindContact(key),
            _ => null,
        };
        return found ?? throw Unknown(store, text);
    }

    /// <summary>
    /// Says that nobody is known by a name or ID. Near ones come from this user's own contacts and dials only: a
    /// stranger's ID must never be suggested.
    /// </summary>
    public static HawserException Unknown(NodeStore store, string text)
    {
        var isId = IdText.TryParse(text, out var id);
        var near = isId
            ? store.Contacts().Select(contact => contact.RoutingId).OfType<string>()
                .Concat(store.PastDials().Select(dial => dial.RoutingId))
                .Distinct().Where(known => IdText.IsNear(known, id)).Select(IdText.Show)
            : store.Contacts().Select(contact => contact.Petname)
                .Where(name => IdText.IsNear(name.ToLowerInvariant(), text.ToLowerInvariant()));
        var offers = string.Join(" or ", near.Take(3));
        return new(isId ? Reason.NoSuchId : Reason.NoSuchPeer,
            isId ? $"nobody is known by the ID {IdText.Show(id)}" : $"no contact is called {text}",
            offers.Length > 0 ? $"did you mean {offers}?" : "see who is known: hawser peer");
    }

    public static PeerReport Report(Contact contact) => new(contact.Petname,
        contact.RoutingId is { } id ? IdText.Show(id) : null, contact.ChannelKey?.ToString(), contact.Addresses, contact.Hubs,
        contact.Blocked, ChangedHands: contact.NewOwner is not null);

    private static async Task Change(NodeHost host, ControlCall call, PeerReport changed, CancellationToken cancel)
    {
        host.NotifyRulesChanged();
        await call.WriteAsync(changed, cancel).ConfigureAwait(false);
    }

    private static async Task<PeerReport> AddAsync(NodeHost host, PeerAddArgs args, CancellationToken cancel)
    {
        if (DeedContacts.IsDeed(args.Card)) return Add(host.Store, await DeedContacts.OfTextAsync(host, args.Card, args.Petname, cancel).ConfigureAwait(false));
        var contact = FromCard(args.Card, args.Petname);
        return Add(host.Store, contact is { ChannelKey: null, RoutingId: not null }
            ? await DeedContacts.OfIdAsync(host, contact, cancel).ConfigureAwait(false)
            : new(contact, ChainCards.Read(args.Card, contact.ChannelKey), null));
    }

    private static PeerReport Add(NodeStore store, MadeContact made)
    {
        var (contact, chain, note) = made;
        if (store.FindContact(contact.Petname) is not null)
            throw new HawserException(Reason.Failed, $"there is a contact called {contact.Petname}",
                $"give another name with --as, or free it: hawser peer name {contact.Petname} NEW");
        var known = (contact.ChannelKey is { } key ? store.FindContact(key) : null)
            ?? (contact.RoutingId is { } id ? store.FindContactById(id) : null);
        if (known is not null && chain is not null)
        {
            ChainCards.Keep(store, known, chain.Value); // its keys for meeting by a ledger, anew
            return ReportWith(store, known) with { Note = note };
        }

        if (known is not null)
            throw new HawserException(Reason.Failed, $"that is {known.Petname}, who is a contact already",
                $"see it: hawser peer show {known.Petname}");
        store.Atomically(() =>
        {
            store.SaveContact(contact);
            if (chain is { } key) ChainCards.Keep(store, contact, key);
        });
        return ReportWith(store, contact) with { Note = note };
    }

    private static PeerReport ReportWith(NodeStore store, Contact contact) => Report(contact) with { ChainKey = ChainCards.KeyOf(store, contact)?.ToString() };

    private static Contact FromCard(string card, string? petname)
    {
        var (name, key, id, addresses, hubs) = PeerReference.Parse(card) switch
        {
            PeerReference.ByLink { Link: { Kind: "peer" } link } when DhPublicKey.TryParse(link.Body, out var of) =>
                (link.First("name"), (DhPublicKey?)of, IdOf(link), link.All("at").ToArray(), link.All("hub").ToArray()),
            PeerReference.ByAddress at => (null, at.Key, null, [HostAndPort.Join(at.Host, at.Port)], []),
            PeerReference.ById of => (null, null, of.Id, [], []),
            _ => throw new HawserException(Reason.Usage, $"{card} is no card",
                "take what their hawser peer card prints, their routing ID, a file with their deed, or HOST:PORT#KEY"),
        };
        foreach (var address in addresses) HostAndPort.Parse(address);
        petname ??= name ?? throw new HawserException(Reason.Usage, "this card has no name", "give one with --as NAME");
        Petname.Require(petname);
        return new(petname, key, id, addresses, hubs, Blocked: false, DateTimeOffset.UtcNow);
    }

    private static string? IdOf(HawserLink link)
    {
        if (link.First("id") is not { } text) return null;
        return IdText.TryParse(text, out var id) ? id : throw new HawserException(Reason.Usage, $"{text} in the card is no routing ID");
    }

    private static PeerReport Rename(NodeStore store, PeerNameArgs args)
    {
        Petname.Require(args.Petname);
        var contact = Find(store, args.Peer);
        if (store.FindContact(args.Petname) is { } other && other.Petname != contact.Petname)
            throw new HawserException(Reason.Failed, $"there is a contact called {other.Petname}", "choose another name");
        store.Atomically(() =>
        {
            store.RenameContact(contact.Petname, args.Petname);
            ReplaceInExposures(store, contact.Petname, args.Petname);
        });
        return Report(contact with { Petname = args.Petname });
    }

    private static PeerReport Block(NodeStore store, PeerBlockArgs args)
    {
        var contact = Find(store, args.Peer);
        store.BlockContact(contact.Petname, args.Blocked);
        return Report(contact with { Blocked = args.Blocked });
    }

    private static PeerReport Remove(NodeStore store, NameArgs args)
    {
        var contact = Find(store, args.Name);
        store.Atomically(() =>
        {
            store.RemoveContact(contact.Petname);
            ReplaceInExposures(store, contact.Petname, null); // the name may be given to somebody else
        });
        return Report(contact) with { Removed = true };
    }

    private static void ReplaceInExposures(NodeStore store, string petname, string? next)
    {
        foreach (var exposure in store.Exposures().Where(exposure => exposure.For.Contains(petname)))
            store.SaveExposure(exposure with { For = [.. exposure.For.Select(who => who == petname ? next : who).OfType<string>()] });
    }

    private static CardReport Card(NodeStore store)
    {
        var key = store.ChannelKey(SystemEntropy.Shared).Public.ToString();
        var id = Holding.IdOf(store);
        List<KeyValuePair<string, string>> fields = [];
        if (id is not null) fields.Add(new("id", IdText.Show(id)));
        foreach (var hub in store.Hubs())
            fields.AddRange(hub.Addresses.Take(1).Select(address => KeyValuePair.Create("hub", $"{address}#{hub.ChannelKey}")));
        var chain = ChainCards.AddTo(fields, store);
        return new(new HawserLink("peer", key, fields).ToString(), key, id is null ? null : IdText.Show(id), chain);
    }
}
