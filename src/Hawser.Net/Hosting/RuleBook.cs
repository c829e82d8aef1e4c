using Hawser.Crypto;
using Hawser.Net.Names;
using Hawser.Net.Store;
using Hawser.Service;

namespace Hawser.Net.Hosting;

/// <summary>Who may do what here, as the store has it: read anew when a verb has changed it.</summary>
internal sealed class RuleBook
{
    private readonly Dictionary<DhPublicKey, Contact> _byKey = [];
    private readonly Dictionary<string, Contact> _byId = new(StringComparer.Ordinal);

    /// <param name="senders">Keys that may send files, contacts or not.</param>
    public RuleBook(NodeStore store, IEnumerable<DhPublicKey>? senders = null)
    {
        var byName = new Dictionary<string, Contact>(StringComparer.OrdinalIgnoreCase);
        foreach (var contact in store.Contacts())
        {
            byName[contact.Petname] = contact;
            if (contact.RoutingId is { } id) _byId[id] = contact;
            if (contact.NewOwner is not null) continue; // who has the ID now is not taken for the contact, nor who had it
            if (contact.ChannelKey is { } key && _byKey.GetValueOrDefault(key) is null or { Blocked: true }) _byKey[key] = contact;
        }

        var exposures = new List<Exposure>();
        foreach (var stored in store.Exposures())
        {
            if (!ServiceName.TryParse(stored.Name, out var name) || !Target.TryParse(stored.Target, out var target)) continue;
            exposures.Add(new(name, target!, [.. stored.For.SelectMany(who => Understand(who, byName))]));
        }

        // Contacts may send files unless the user said otherwise.
        if (!exposures.Any(e => e.Name == ServiceName.File))
            exposures.Add(new(ServiceName.File, new Target.BuiltIn(), [new Who.Contacts()]));
        Exposures = Exposures.Of([.. exposures]);
        foreach (var sender in senders ?? []) Exposures = Exposures.Allow(ServiceName.File, new Who.Key(sender));
    }

    public Exposures Exposures { get; private set; }

    /// <summary>Who this is, as far as this user knows; null for who is blocked.</summary>
    public Caller? Identify(in DhPublicKey key, string? provedId)
    {
        var contact = _byKey.GetValueOrDefault(key) ?? (provedId is null ? null : _byId.GetValueOrDefault(provedId));
        return contact is { Blocked: true } ? null : new Caller(key, provedId, contact is not null);
    }

    /// <summary>Whether the owner of an ID may be who this user knows by it: of a contact's ID, nobody else than before.</summary>
    public bool IsStill(string id, in VerifyKey owner) =>
        !_byId.TryGetValue(id, out var contact) || contact.NewOwner is null && (contact.ClaimKey is not { } known || known == owner);

    /// <summary>Whether an ID is a contact's, or named in a rule.</summary>
    public bool Knows(string id) => _byId.ContainsKey(id) || Exposures.All.Any(e => e.For.Any(who => who is Who.Owner owner && owner.RoutingId == id));

    /// <summary>The user's own name for a peer, else its ID, else its key.</summary>
    public string NameOf(in DhPublicKey key, string? id) =>
        (_byKey.GetValueOrDefault(key) ?? (id is null ? null : _byId.GetValueOrDefault(id)))?.Petname
        ?? (id is null ? key.ToString() : IdText.Show(id));

    private static IEnumerable<Who> Understand(string text, Dictionary<string, Contact> byName) => Audience.Parse(text) switch
    {
        Audience.Contacts => [new Who.Contacts()],
        Audience.Anyone => [new Who.Anyone()],
        Audience.One { Peer: PeerReference.ById id } => [new Who.Owner(id.Id)],
        Audience.One { Peer: PeerReference.ByAddress address } => [new Who.Key(address.Key)],
        Audience.One { Peer: PeerReference.ByPetname name } when byName.GetValueOrDefault(name.Name) is { } contact => Of(contact),
        _ => [],
    };

    private static IEnumerable<Who> Of(Contact contact)
    {
        if (contact.NewOwner is not null) yield break;
        if (contact.ChannelKey is { } key) yield return new Who.Key(key);
        if (contact.RoutingId is { } id) yield return new Who.Owner(id);
    }
}
