using Hawser.Federation;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Net.Store;

namespace Hawser.Net.Hubs;

/// <summary>Sign-on: pin the federation, and exchange keys with an admin; sign-off: disregard them.</summary>
internal sealed class SignOnVerbs(NodeHost host, HubClient http)
{
    public static void Register(NodeHost host, HubClient http)
    {
        var verbs = new SignOnVerbs(host, http);
        host.Control.Handle("signon", verbs.SignOnAsync);
        host.Control.Handle("signoff", verbs.SignOffAsync);
    }

    private async Task SignOnAsync(ControlCall call, CancellationToken cancel)
    {
        var card = await FindCardAsync(call.Args<NameArgs>().Name, cancel);
        var bytes = await http.GetAsync(card.Url, HubPaths.Federation, cancel);
        if (bytes is null || !Genesis.TryRead(bytes, out var genesis))
            throw new HawserException(Reason.Refused, $"the hub {card.Name} is in no federation yet", "ask its admin: hawser hub join FILE");
        if (card.Genesis is { } expected && expected != genesis.Hash)
            throw new HawserException(Reason.VerificationFailed, "the hub serves another federation than its link names", "ask the admin for a new link");
        var epochs = new EpochFiles(genesis, host.Store); // the hub may have come later than the founders
        await epochs.FetchAsync(http, cancel, card.Url);
        var member = epochs.Known.Newest.All.FirstOrDefault(m => m.Key == card.AdminKey && m.ChannelKey == card.ChannelKey)
            ?? throw new HawserException(Reason.VerificationFailed, "the hub is no member of the federation that it serves", "ask the admin for a new link");
        if (host.Store.Hubs() is [var first, ..] && first.Genesis != genesis.Hash)
            throw new HawserException(Reason.Refused, $"this home belongs to another federation, that of {first.Name}",
                "sign off there first, or use another home: hawser --home DIR signon …");

        var signOn = host.Store.SignOnKey(card.AdminKey, SystemEntropy.Shared);
        var channel = host.Store.ChannelKey(SystemEntropy.Shared).Public;
        var answer = await http.PostAsync(card.Url, HubPaths.SignOn, SignOnRequest.Sign(genesis.Hash, member.Id, signOn, channel).Write(), null, cancel);
        if (!SignOnGrant.TryRead(answer, out var grant) || grant.Genesis != genesis.Hash || grant.Admin != member.Id
            || grant.User != signOn.Public || !grant.IsSignedBy(card.AdminKey))
            throw new HawserException(Reason.VerificationFailed, "the hub's answer is not signed by its admin", "ask the admin for a new link");

        var isFirst = host.Store.Hubs().Count == 0;
        var hub = new SignedOnHub(card.Name, card.Url, [card.At.ToString()], card.ChannelKey, card.AdminKey, genesis.Hash,
            member.Id.ToString(), DateTimeOffset.UtcNow);
        host.Store.Atomically(() =>
        {
            host.Store.PinFederation(genesis.Hash, genesis.ToString());
            host.Store.SaveHub(hub);
        });
        if (isFirst) await host.RestartAsync(cancel);
        else host.KeepHub(hub);
        await call.WriteAsync(Report(hub, genesis, signedOn: true), cancel);
    }

    private async Task SignOffAsync(ControlCall call, CancellationToken cancel)
    {
        var name = call.Args<NameArgs>().Name;
        var hub = host.Store.FindHub(name) ?? throw new HawserException(Reason.NoSuchPeer, $"this node is not signed on to {name}",
            "see the names with: hawser status");
        host.Store.Atomically(() =>
        {
            host.Store.RemoveHub(hub.Name);
            host.Store.ForgetSignOnKey(hub.AdminKey);
        });
        host.LeaveHub(hub.ChannelKey);
        await call.WriteAsync(Report(hub, host.PinnedGenesis(hub.Genesis), signedOn: false), cancel);
    }

    private async Task<HubCard> FindCardAsync(string text, CancellationToken cancel)
    {
        if (HubCard.TryParse(text, out var card)) return card;
        if (!text.StartsWith("http://", StringComparison.Ordinal) && !text.StartsWith("https://", StringComparison.Ordinal))
            throw new HawserException(Reason.Usage, "this is no hub's link", "copy the hawser:hub/… link that the admin gave out, whole");
        var url = text.TrimEnd('/');
        var bytes = await http.GetAsync(url, HubPaths.Card, cancel);
        return bytes is not null && HubCard.TryRead(bytes, out card)
            ? card
            : throw new HawserException(Reason.Failed, $"there is no hub at {url}", "ask the admin for the link");
    }

    private static SignOnReport Report(SignedOnHub hub, Genesis? genesis, bool signedOn) => new(hub.Name, hub.Url, hub.Genesis.ToString(),
        FederationReports.Fingerprint(hub.Genesis), genesis?.Founders.Count ?? 0, genesis?.Founders.MaxFaulty ?? 0, signedOn,
        genesis?.IsTest ?? false);
}
