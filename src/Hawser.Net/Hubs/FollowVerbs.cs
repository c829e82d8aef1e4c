using Hawser.Net.Control;
using Hawser.Net.Hosting;

namespace Hawser.Net.Hubs;

/// <summary><c>peer follow</c>: says that the new owner of a contact's ID is the contact.</summary>
internal static class FollowVerbs
{
    public static void Register(NodeHost host) => host.Control.Handle("peer follow", async (call, cancel) =>
    {
        var contact = PeerVerbs.Find(host.Store, call.Args<NameArgs>().Name);
        if (contact.RoutingId is not { } id)
            throw new HawserException(Reason.Refused, $"{contact.Petname} is known by key, not by an ID", "add them anew: hawser peer add CARD");
        if (host.Online.Directory is not IdDirectory directory) throw IdVerbs.NoHub();
        var found = await directory.FindAsync(IdVerbs.Parse(id).Plain, cancel);
        // Who signed the tally was the owner before: it ends, and one with the new owner is begun by the next message, or theirs.
        var user = contact.User == found.ClaimKey ? contact.User : null;
        if (user is null && contact.User is not null) await host.Relations.ForgetAsync(contact);
        var next = contact with { ClaimKey = found.ClaimKey, ChannelKey = found.ChannelKey, User = user, NewOwner = null };
        host.Store.SaveContact(next);
        host.NotifyRulesChanged();
        await call.WriteAsync(PeerVerbs.Report(next), cancel);
    });
}
