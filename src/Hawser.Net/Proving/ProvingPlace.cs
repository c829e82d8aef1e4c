using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net.Proving;

/// <summary>A hub that proves addresses, as its card and its own word have it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Url">Where it answers HTTP.</param>
/// <param name="Genesis">Its federation.</param>
/// <param name="AdminKey">What its certificates are signed with.</param>
/// <param name="ChannelKey">What it is named by in a consent.</param>
/// <param name="Prover">Its admin.</param>
/// <param name="Stun">From where its challenges come; null if it sends none.</param>
/// <param name="Methods">What it serves.</param>
internal sealed record ProvingPlace(
    string Name, string Url, Bytes32 Genesis, VerifyKey AdminKey, DhPublicKey ChannelKey, RoutingId Prover, HostPort? Stun, IReadOnlyList<AddressMethod> Methods)
{
    /// <summary>The list that the method starts from; null if it was not asked for, or there is none.</summary>
    public byte[]? List { get; private init; }

    /// <summary>By the name of a hub that was signed on to, its link, or its address on the web; null: the first that was signed on to.</summary>
    /// <param name="hub">Its name, link or address.</param>
    /// <param name="store">Of this home; null if there is none.</param>
    /// <param name="way">The method that was named, if one was: its list comes in the same round trip.</param>
    /// <param name="http">For the questions.</param>
    /// <param name="cancel">Ends them.</param>
    /// <exception cref="HawserException">Nothing of that is known, or it proves no addresses.</exception>
    public static async Task<ProvingPlace> FindAsync(string? hub, NodeStore? store, IProvingMethod? way, HubClient http, CancellationToken cancel)
    {
        var known = store?.Hubs() ?? [];
        if (hub is null)
        {
            return known is [var first, ..] ? await OfAsync(first, way, http, cancel)
                : throw new HawserException(Reason.Usage, "this home is signed on to no hub, and none was named", "name one with --hub https://hub.example.org, or sign on: hawser signon HUB");
        }

        if (known.FirstOrDefault(one => one.Name == hub || one.Url == hub.TrimEnd('/')) is { } signed) return await OfAsync(signed, way, http, cancel);
        if (!HubCard.TryParse(hub, out var card))
        {
            if (!Uri.TryCreate(hub, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                throw new HawserException(Reason.NoSuchPeer, $"no hub is called {hub} here", "take a name of hawser status, the admin's link, or https://hub.example.org");
            var bytes = await http.GetAsync(hub.TrimEnd('/'), HubPaths.Card, cancel);
            if (bytes is null || !HubCard.TryRead(bytes, out card)) throw new HawserException(Reason.Failed, $"there is no hub at {hub}", "ask its admin for the link");
        }

        return card.Genesis is { } genesis
            ? await OfAsync(card.Name, card.Url, genesis, card.AdminKey, card.ChannelKey, way, http, cancel)
            : throw new HawserException(Reason.Refused, $"the hub {card.Name} is in no federation yet, and its word counts nowhere", "ask its admin: hawser hub join FILE");
    }

    private static Task<ProvingPlace> OfAsync(SignedOnHub hub, IProvingMethod? way, HubClient http, CancellationToken cancel) =>
        OfAsync(hub.Name, hub.Url, hub.Genesis, hub.AdminKey, hub.ChannelKey, way, http, cancel);

    private static async Task<ProvingPlace> OfAsync(
        string name, string url, Bytes32 genesis, VerifyKey admin, DhPublicKey channel, IProvingMethod? way, HubClient http, CancellationToken cancel)
    {
        var listing = way?.ListPath is { } path ? http.GetAsync(url, path, cancel) : null;
        var text = await http.GetAsync(url, ProverPaths.Place, cancel);
        var list = listing is null ? null : await listing;
        if (text is null) throw new HawserException(Reason.Refused, $"the hub {name} proves no addresses", "ask its admin, or another hub: --hub HUB");
        return ProverText.TryRead(text, out var prover) && prover.Genesis == genesis
            ? new(name, url, genesis, admin, channel, prover.Admin, prover.Stun, prover.Methods) { List = list }
            : throw new HawserException(Reason.VerificationFailed, $"what the hub {name} says of its proofs does not read, or is of another federation", "ask its admin for a new link");
    }
}
