using System.Net;
using System.Net.Sockets;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net.Hubs;
using Hawser.Net.Names;
using Hawser.Net.Store;
using Hawser.Node;

namespace Hawser.Net.Hosting;

/// <summary>From what people type to where a peer may be.</summary>
internal sealed class PeerFinder(NodeStore store, Func<IIdDirectory> directory)
{
    /// <summary>Understands a <c>PEER</c>; asks hubs for the owner of an ID.</summary>
    public async Task<DialTarget> FindAsync(PeerReference peer, DialVia via, CancellationToken cancel) => peer switch
    {
        PeerReference.ByAddress address => new()
        {
            Key = address.Key, Addresses = await ResolveAsync(address.Host, address.Port, cancel), Via = via,
        },
        PeerReference.ById id => await FindAsync(id.Id, via, cancel),
        PeerReference.ByPetname name => await FindAsync(PeerVerbs.Find(store, name.Name), via, cancel),
        PeerReference.ByLink { Link: { Kind: "peer" } link } => FromCard(link, via),
        _ => throw new HawserException(Reason.Usage, $"{peer} does not lead to a peer", "write a routing ID, a contact's name, or HOST:PORT#KEY"),
    };

    private async Task<DialTarget> FindAsync(Contact contact, DialVia via, CancellationToken cancel)
    {
        if (contact.RoutingId is { } id)
        {
            try
            {
                var target = await FindAsync(id, via, cancel, found => contact = Follow(contact, found));
                if (contact.ChannelKey == target.Key) return target;
                // The card names an ID that its key does not hold: the key is what was handed over.
            }
            catch (HawserException e) when (contact.ChannelKey is not null && e.Reason is Reason.Unreachable)
            {
                // What is known of the contact may do.
            }
        }

        return new()
        {
            Key = contact.ChannelKey ?? throw new HawserException(Reason.NoSuchPeer, $"no key of {contact.Petname} is known", "add its card: hawser peer add CARD"),
            Addresses = [.. contact.Addresses.Select(ParseAddress)],
            Hubs = [.. contact.Hubs.Select(ParseHub)],
            Via = via,
        };
    }

    // What the deed says now is where the contact is, as long as the same claim key says it.
    private Contact Follow(Contact contact, FoundId found)
    {
        var next = ContactFollower.Follow(contact, found.ClaimKey, found.ChannelKey);
        if (next != contact) store.SaveContact(next);
        return next.NewOwner is null ? next : throw ContactFollower.ChangedHands(next);
    }

    private async Task<DialTarget> FindAsync(string text, DialVia via, CancellationToken cancel, Action<FoundId>? check = null)
    {
        if (!PlainId.TryParse(text, out var id)) throw new HawserException(Reason.Usage, $"{text} is no routing ID", "it has ten characters, as 0a9-jj39f7a");
        try
        {
            var found = await directory().FindAsync(id, cancel);
            check?.Invoke(found);
            store.RememberDial(new(text, found.ChannelKey, DateTimeOffset.UtcNow));
            return new() { Key = found.ChannelKey, Id = id, Addresses = [.. found.Addresses], Hubs = [.. found.Hubs], Via = via };
        }
        catch (HawserException e) when (e.Reason is Reason.NoSuchId && NearOnes(text) is { Count: > 0 } near)
        {
            throw new HawserException(e.Reason, e.Message, $"did you mean {string.Join(" or ", near.Select(IdText.Show))}?", e);
        }
    }

    /// <summary>IDs of contacts and past dials that are one slip of the hand away.</summary>
    public IReadOnlyList<string> NearOnes(string id) =>
    [
        .. store.Contacts().Select(c => c.RoutingId).OfType<string>().Concat(store.PastDials().Select(d => d.RoutingId))
            .Distinct().Where(known => IdText.IsNear(known, id)).Take(3),
    ];

    private static DialTarget FromCard(HawserLink link, DialVia via) => DhPublicKey.TryParse(link.Body, out var key)
        ? new() { Key = key, Addresses = [.. link.All("at").Select(ParseAddress)], Hubs = [.. link.All("hub").Select(ParseHub)], Via = via }
        : throw new HawserException(Reason.Usage, $"{link} has no proper key", "copy it again, whole");

    private static HostPort ParseAddress(string text) => HostPort.TryParse(text, out var address)
        ? address
        : throw new HawserException(Reason.Usage, $"{text} is no address", "write it as 192.0.2.1:65430");

    private static HubTarget ParseHub(string text) =>
        text.Split('#') is [var at, var keyText] && DhPublicKey.TryParse(keyText, out var key)
            ? new(key, [ParseAddress(at)])
            : throw new HawserException(Reason.Usage, $"{text} is no hub", "write it as HOST:PORT#KEY");

    private static async Task<HostPort[]> ResolveAsync(string host, ushort port, CancellationToken cancel)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancel);
            return [.. addresses.Select(address => HostPort.From(new(address, port)))];
        }
        catch (SocketException e)
        {
            throw new HawserException(Reason.Unreachable, $"the name {host} does not resolve", "write an IP address", e);
        }
    }
}
