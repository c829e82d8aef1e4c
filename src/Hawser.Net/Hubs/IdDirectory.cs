using System.Collections.Concurrent;
using System.Text;
using Hawser.Federation;
using Hawser.Handshake;
using Hawser.Naming;
using Hawser.Net.Hosting;
using Hawser.Net.Store;
using Hawser.Node;

namespace Hawser.Net.Hubs;

/// <summary>
/// Finds the owners of IDs: asks as many hubs that an honest one is among them, believes the newest sound proof, and
/// never one that is older than what was seen before. Decision 10, agreement §4.
/// </summary>
internal sealed class IdDirectory(Genesis genesis, NodeStore store, HubClient http, TimeProvider clock) : IIdDirectory
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5); // a dial asks the same more than once

    private readonly ConcurrentDictionary<PlainId, (Verified Answer, long At)> _cache = new();

    public Genesis Genesis => genesis;

    public async Task<FoundId> FindAsync(PlainId id, CancellationToken cancel)
    {
        var verified = await VerifyAsync(id, cancel);
        if (verified.Proof.Title is not { Status: TitleStatus.Provisional or TitleStatus.Final } title || title.IsExpiredAt(verified.Header.Tick))
            throw Nobodys(id);
        return new(id, title.ChannelKey, [.. title.Hubs.Select(HubOf).OfType<HubTarget>()], []);
    }

    /// <summary>A sound proof about an ID: of its owner, or that it has none.</summary>
    public async Task<Verified> VerifyAsync(PlainId id, CancellationToken cancel)
    {
        if (_cache.TryGetValue(id, out var known) && clock.GetElapsedTime(known.At) < Freshness) return known.Answer;
        var verified = await FetchAsync(id, cancel);
        if (_cache.Count > 10_000) _cache.Clear();
        _cache[id] = (verified, clock.GetTimestamp());
        return verified;
    }

    /// <summary>Checks a proof offline, against the pinned federation alone.</summary>
    public Verified Check(ReadOnlySpan<byte> bytes, RoutingId id)
    {
        if (!OwnershipProof.TryRead(bytes, out var proof))
            throw new HawserException(Reason.VerificationFailed, "this is no ownership proof", "copy it again, whole");
        if (proof.Verify(genesis.Hash, genesis.Founders, id, out var header) is { } wrong)
            throw new HawserException(Reason.VerificationFailed, wrong, "do not trust who gave it to you");
        if (Pinned() is { } pinned && header.Height < pinned)
            throw new HawserException(Reason.VerificationFailed, $"the proof is of height {header.Height}, older than height {pinned} seen before",
                "fetch a new one: hawser id proof ID");
        return new(proof, header, bytes.ToArray(), IsStale(header));
    }

    private async Task<Verified> FetchAsync(PlainId plain, CancellationToken cancel)
    {
        if (!RoutingId.TryRead(Encoding.ASCII.GetBytes(plain.ToString()), out var id)) throw Nobodys(plain);
        Verified? newest = null;
        Exception? trouble = null;
        var (answers, asking) = (0, Urls().Select(url => AskAsync(url, id, cancel)).ToList());
        while (asking.Count > 0 && answers < genesis.Founders.Witness)
        {
            var done = await Task.WhenAny(asking);
            asking.Remove(done);
            try
            {
                var answer = await done;
                answers++;
                if (newest is null || answer.Header.Height > newest.Header.Height) newest = answer;
            }
            catch (HawserException e)
            {
                trouble = e;
            }
        }

        if (newest is null)
            throw trouble as HawserException ?? new HawserException(Reason.Unreachable, "no hub of the federation answers", "hawser doctor");
        store.SaveHeader(genesis.Hash, newest.Header.Height, newest.Header.Text);
        return newest;
    }

    private async Task<Verified> AskAsync(string url, RoutingId id, CancellationToken cancel)
    {
        var bytes = await http.GetAsync(url, HubPaths.ProofOf(id), cancel)
            ?? throw new HawserException(Reason.Unreachable, $"the hub at {url} has certified nothing yet", "try again at the next tick");
        return Check(bytes, id);
    }

    // Those that we signed on to first; then the other members.
    private IEnumerable<string> Urls() => store.Hubs().Where(h => h.Genesis == genesis.Hash).Select(h => h.Url)
        .Concat(genesis.Founders.All.Select(m => m.Url)).Distinct();

    private HubTarget? HubOf(RoutingId id) => genesis.Founders.PlaceOf(id) is var place and >= 0
        ? new(genesis.Founders[place].ChannelKey, [genesis.Founders[place].At])
        : null;

    private ulong? Pinned() => store.Federations().FirstOrDefault(f => f.Genesis == genesis.Hash)?.Height;

    private bool IsStale(in Header header) =>
        genesis.Clock.TryAt(clock.GetUtcNow(), out var now) && now.CompareTo(header.Tick) > 0 && now.Count - header.Tick.Count > 4;

    private static HawserException Nobodys(PlainId id) => new(Reason.NoSuchId,
        $"nobody owns {Names.IdText.Show(id.ToString())}", "check it with whoever gave it to you");
}

/// <summary>A proof that held.</summary>
/// <param name="Stale">The federation has certified nothing for more than four ticks.</param>
internal sealed record Verified(OwnershipProof Proof, Header Header, byte[] Bytes, bool Stale);
