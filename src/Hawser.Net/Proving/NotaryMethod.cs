using Hawser.Federation;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net.Proving;

/// <summary>Method 3: notaries on the web sign from where they are shown a nonce. It needs nothing but the web, and proves the host.</summary>
internal sealed class NotaryMethod : IProvingMethod
{
    /// <summary>Which notaries, with spaces between.</summary>
    public const string Option = "notary";

    public string Name => "notary";

    public AddressMethod Method => AddressMethod.WebNotary;

    public string ListPath => NotaryPaths.List;

    public async Task<AddressCertificate> ProveAsync(ProvingSession session, CancellationToken cancel)
    {
        var (urls, needed) = await WhoAsync(session, cancel).ConfigureAwait(false);
        using var client = new NotaryClient(session.Wish.From?.AddressFamily ?? await NotaryClient.FamilyAsync(urls, cancel).ConfigureAwait(false), session.Wish.From);
        session.Say("asking a notary where this machine comes from");
        var (seen, first) = await SeenAsync(client, session, urls, cancel).ConfigureAwait(false);
        session.Say($"asking {session.Place.Name} for a nonce");
        // The port is what the key says of itself: nobody proves it, and the certificate says so.
        var at = new HostPort(seen.Address, session.Wish.Port != 0 ? session.Wish.Port : seen.Port != 0 ? seen.Port : (ushort)1);
        var transport = session.Wish.Port != 0 ? AddressTransport.Udp : AddressTransport.Tcp;
        var (request, told) = await session.AskAsync(new(at, transport), Method, default, cancel).ConfigureAwait(false);
        if (told.Length != StunId.DrawnSize)
            throw new HawserException(Reason.VerificationFailed, $"the hub {session.Place.Name} gave no nonce", "ask its admin: is it of this version?");
        var challenge = StunId.Of(told);
        var nonce = NotaryNonce.Of(session.Place.Genesis, session.Place.Prover, challenge, request);
        var shown = await NotarizeAsync(client, session, [first, .. urls.Where(url => url != first)], nonce, needed, seen.Address, cancel).ConfigureAwait(false);
        return await session.AnswerAsync(request, challenge, new NotaryEvidence(shown).ToArray(), cancel).ConfigureAwait(false);
    }

    private async Task<(string[] Urls, int Needed)> WhoAsync(ProvingSession session, CancellationToken cancel)
    {
        var list = await session.ListAsync(ListPath, cancel).ConfigureAwait(false);
        var known = list is not null && NotaryList.TryRead(list, out var read) ? read : new(1, []);
        string[] named = session.Wish.Extra.TryGetValue(Option, out var urls) ? urls.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        foreach (var url in named)
            if (!Member.IsUrl(url)) throw new HawserException(Reason.Usage, $"{url} cannot be a notary's address", "write it as in https://notary.example.org");
        if (named.Length == 0) named = [.. known.Notaries.Select(notary => notary.Url)];
        if (named.Length == 0)
            throw new HawserException(Reason.Refused, $"the hub {session.Place.Name} names no notaries", "name one that it believes: --notary URL");
        if (named.Length < known.Needed)
            throw new HawserException(Reason.Usage, $"the hub {session.Place.Name} wants {known.Needed} notaries of different operators to say the same", "name more of them: --notary URL --notary URL");
        return ([.. named.Distinct().Take(NotaryPanel.MaxStatements)], known.Needed);
    }

    // A nonce of our own, for nobody: only what they see counts.
    private static async Task<(HostPort Seen, string By)> SeenAsync(NotaryClient client, ProvingSession session, string[] urls, CancellationToken cancel)
    {
        HawserException? trouble = null;
        foreach (var url in urls)
        {
            try
            {
                var nonce = default(Bytes32);
                SystemEntropy.Shared.Fill(nonce);
                return ((await client.AskAsync(url, nonce, "none", cancel).ConfigureAwait(false)).Observed, url);
            }
            catch (HawserException e)
            {
                session.Say(e.Message);
                trouble = e;
            }
        }

        throw trouble!;
    }

    private static async Task<IReadOnlyList<NotaryStatement>> NotarizeAsync(
        NotaryClient client, ProvingSession session, string[] urls, Bytes32 nonce, int needed, UInt128 address, CancellationToken cancel)
    {
        session.Say($"showing it to {urls.Length} {(urls.Length == 1 ? "notary" : "notaries")}");
        var asked = urls.Select(url => client.AskAsync(url, nonce, session.Place.Prover.ToString(), cancel)).ToArray();
        List<NotaryStatement> shown = [];
        HawserException? trouble = null;
        foreach (var answer in asked)
        {
            try
            {
                var statement = await answer.ConfigureAwait(false);
                if (statement.Observed.Address == address) shown.Add(statement);
                else trouble = new(Reason.Failed, "two notaries see this machine at different addresses", "a proxy or a second way out of this network does that: choose one with --from ADDR");
            }
            catch (HawserException e)
            {
                trouble = e;
                session.Say(e.Message);
            }
        }

        return shown.Count >= needed ? shown
            : throw trouble ?? new HawserException(Reason.Unreachable, $"{shown.Count} of {needed} notaries that are needed have signed", "name others: --notary URL");
    }
}
