using System.Collections.Concurrent;
using System.Text;
using Hawser.Federation;
using Hawser.Handshake;
using Hawser.Naming;
using Hawser.Net.Hosting;
using Hawser.Net.Pump;
using Hawser.Net.Store;
using Hawser.Node;

namespace Hawser.Net.Hubs;

/// <summary>Finds the owners of IDs through the federation's hubs, and checks every proof offline. Spec: registry.md §5.</summary>
internal sealed class IdDirectory : IIdDirectory
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5); // a dial asks the same more than once

    private readonly ConcurrentDictionary<PlainId, (Found Answer, long At)> _cache = new();
    private readonly Lock _gate = new(); // of the pin
    private readonly FederationPin _pin;
    private readonly EpochFiles _epochs;
    private readonly NodeStore _store;
    private readonly HubClient _http;
    private readonly TimeProvider _clock;

    public IdDirectory(Genesis genesis, NodeStore store, HubClient http, TimeProvider clock)
    {
        (_store, _http, _clock) = (store, http, clock);
        var pinned = store.Federations().FirstOrDefault(f => f.Genesis == genesis.Hash);
        _epochs = new(genesis, store);
        Header? newest = null;
        if (pinned?.Header is { } stored)
        {
            if (Header.TryRead(stored, out var read) && read.Height == pinned.Height && read.Genesis == genesis.Hash) newest = read;
            else (newest, Damage) = (FloorOf(genesis, pinned.Height), "The newest header that this node has verified is damaged in its store; none before its height is believed, and the next lookup brings another");
        }

        if (_epochs.IsDamaged) Damage = $"{(Damage is null ? "" : $"{Damage}. ")}What shows who the admins are today is damaged in the store, and is fetched from them anew";
        _pin = new(genesis, newest, _epochs.Known);
    }

    public Genesis Genesis => _pin.Genesis;

    /// <summary>What of the pin is not as it was stored; null if nothing is.</summary>
    public string? Damage { get; }

    // Of a header that can be read no more its height still counts.
    private static Header? FloorOf(Genesis genesis, ulong height) =>
        height is > 1 and <= uint.MaxValue ? new(genesis.Hash, (uint)height - 1, genesis.FirstTick, default, default) : null;

    /// <summary>Who the admins were, as far as this node has learned.</summary>
    public Epochs Epochs => _epochs.Known;

    /// <summary>What shows it to others.</summary>
    public IReadOnlyList<byte[]> EpochFiles => _epochs.Files;

    public void KeepEpoch(byte[] certificate) => _epochs.Keep(certificate);

    /// <summary>Official time has not moved for long: said aloud, never a reason to refuse.</summary>
    public bool IsStale { get; private set; }

    public async Task<FoundId> FindAsync(PlainId id, CancellationToken cancel)
    {
        var locators = RoutingId.TryRead(Encoding.ASCII.GetBytes(id.ToString()), out var name)
            ? new LocatorFinder(Genesis, _http, _clock).FindAsync(name, FirstPlace, cancel) : Task.FromResult<IReadOnlyList<Locator>>([]);
        Found found;
        try
        {
            found = await LookUpAsync(id, cancel);
        }
        finally
        {
            await locators;
        }

        if (!found.Result.IsHeld) throw Nobodys(id);
        var title = found.Result.Title!;
        // Where it is now comes before where its deed says that it is.
        var hubs = (await NowAsync(name, title, await locators, cancel)).Concat(title.Hubs).Distinct();
        return new(id, title.ClaimKey, title.ChannelKey, [.. hubs.Select(HubOf).OfType<HubTarget>()], []);
    }

    // Of the newest locator that who holds the ID has signed, or whom the holder's deed lets sign.
    private async Task<IReadOnlyList<RoutingId>> NowAsync(RoutingId id, Title title, IReadOnlyList<Locator> locators, CancellationToken cancel)
    {
        var proxy = default(Crypto.VerifyKey);
        if (locators.Any(locator => locator.Key != title.ClaimKey) && await TextOfAsync(id, title, cancel) is { } text) proxy = DeedRecord.DelegateOf(text);
        return locators.FirstOrDefault(locator => locator.IsGood(_clock.GetUtcNow(), title.ClaimKey, proxy))?.Hubs ?? [];
    }

    // One's own hub, which is near.
    private int FirstPlace => _store.Hubs() is [var own, ..] && own.RoutingId is { } name
        && RoutingId.TryRead(Encoding.ASCII.GetBytes(name), out var hub) ? Math.Max(_pin.Members.PlaceOf(hub), 0) : 0;

    /// <summary>The newest sound proof about an ID: of its owner, or that it has none.</summary>
    /// <param name="plain">The ID.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="fresh">Whether an answer of some seconds ago will not do.</param>
    public async Task<Found> LookUpAsync(PlainId plain, CancellationToken cancel, bool fresh = false)
    {
        if (!fresh && _cache.TryGetValue(plain, out var known) && _clock.GetElapsedTime(known.At) < Freshness) return known.Answer;
        if (!RoutingId.TryRead(Encoding.ASCII.GetBytes(plain.ToString()), out var id)) throw Nobodys(plain);
        Found found;
        try
        {
            found = await new Run(this, id).ResultAsync(cancel);
        }
        catch (HawserException) when (!cancel.IsCancellationRequested)
        {
            // Other admins may sign by now.
            if (!await _epochs.FetchAsync(_http, cancel)) throw;
            found = await new Run(this, id).ResultAsync(cancel);
        }

        if (_cache.Count > 10_000) _cache.Clear();
        _cache[plain] = (found, _clock.GetTimestamp());
        IsStale = found.Result.Stale;
        return found;
    }

    /// <summary>Checks a proof from anywhere, against the pinned federation alone.</summary>
    public LookupResult Check(RoutingId id, ReadOnlySpan<byte> proof)
    {
        lock (_gate)
        {
            if (_pin.Check(_clock.GetMoment(), id, proof, out var result) is { } wrong)
                throw new HawserException(Reason.VerificationFailed, wrong, "do not believe it; fetch a new one with: hawser id proof ID");
            Keep(result!.Header);
            return result;
        }
    }

    /// <summary>A certificate that this node has verified itself.</summary>
    public void Advance(in Header header)
    {
        lock (_gate)
        {
            if (_pin.TryAdvance(header)) Keep(header);
        }
    }

    /// <summary>The text behind a title, deed or record; null if no hub of f + 1 has it.</summary>
    public async Task<byte[]?> TextOfAsync(RoutingId id, Title title, CancellationToken cancel)
    {
        for (var place = 0; place <= _pin.Members.MaxFaulty; place++)
        {
            try
            {
                if (await _http.GetAsync(_pin.Members[place].Url, HubPaths.DeedOf(id), cancel) is { } text
                    && Crypto.Sha256.Hash(text.AsSpan()) == title.DeedHash) return text;
            }
            catch (HawserException)
            {
                // The next may have it.
            }
        }

        return null;
    }

    private HubTarget? HubOf(RoutingId id) => _pin.Members.PlaceOf(id) is var place and >= 0
        ? new(_pin.Members[place].ChannelKey, [_pin.Members[place].At])
        : null;

    private void Keep(in Header header) => _store.SaveHeader(Genesis.Hash, header.Height, header.Text);

    private static HawserException Nobodys(PlainId id) => new(Reason.NoSuchId,
        $"nobody owns {Names.IdText.Show(id.ToString())}", "check it with whoever gave it to you");

    /// <summary>One lookup: drives the machine, whose requests are under way side by side.</summary>
    private sealed class Run(IdDirectory directory, RoutingId id)
    {
        private readonly ConcurrentDictionary<long, byte[]> _proofs = new();

        public async Task<Found> ResultAsync(CancellationToken cancel)
        {
            Lookup lookup;
            lock (directory._gate) lookup = new(directory._pin, id, directory.FirstPlace);
            var asking = new List<Task<long>>();
            List<byte[]> proofs = [];
            while (true)
            {
                while (lookup.TryTake(out var happened))
                {
                    switch (happened)
                    {
                        case LookupEvent.Fetch fetch: asking.Add(FetchAsync(fetch, cancel)); break;
                        case LookupEvent.Store store:
                            directory.Keep(store.Newest);
                            lock (directory._gate) lookup.Done(directory._clock.GetMoment(), store.Number);
                            break;
                        case LookupEvent.Found found: return new(found.Result, proofs.First(proof => Shows(proof, found.Result)));
                        case LookupEvent.Failed failed:
                            throw new HawserException(Reason.Unreachable, $"the owner of {id} could not be found out: {failed.Why}", "hawser doctor");
                    }
                }

                if (asking.Count == 0) throw new HawserException(Reason.Unreachable, "no hub of the federation answers", "hawser doctor");
                var done = await Task.WhenAny(asking);
                asking.Remove(done);
                var number = await done;
                _proofs.TryRemove(number, out var proof);
                if (proof is { Length: > 0 }) proofs.Add(proof);
                lock (directory._gate) lookup.Answer(directory._clock.GetMoment(), number, proof);
            }
        }

        private bool Shows(byte[] bytes, LookupResult result) => OwnershipProof.TryRead(bytes, out var proof)
            && proof.Verify(directory.Genesis.Hash, directory._pin.Epochs, id, out var header) is null && header == result.Header;

        private async Task<long> FetchAsync(LookupEvent.Fetch fetch, CancellationToken cancel)
        {
            try
            {
                var url = directory._pin.Members[fetch.Member].Url;
                _proofs[fetch.Number] = await directory._http.GetAsync(url, HubPaths.ProofOf(id), cancel) ?? [];
            }
            catch (HawserException)
            {
                _proofs[fetch.Number] = [];
            }

            return fetch.Number;
        }
    }
}

/// <summary>What was found out, and the proof that shows it.</summary>
internal sealed record Found(LookupResult Result, byte[] Proof);
