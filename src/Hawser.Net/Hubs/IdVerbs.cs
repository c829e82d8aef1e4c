using System.Text;
using System.Threading.Channels;
using Hawser.Federation;
using Hawser.Handshake;
using Hawser.Naming;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Net.Names;
using Hawser.Net.Store;
using Hawser.Wire;

namespace Hawser.Net.Hubs;

/// <summary>What stands behind <c>id</c>.</summary>
internal sealed class IdVerbs
{
    private const string Keyword = "n/a";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10); // of who claims, for the first receipt

    private readonly NodeHost _host;

    private IdVerbs(NodeHost host) => _host = host;

    public static void Register(NodeHost host)
    {
        var verbs = new IdVerbs(host);
        RecordVerbs.Register(host, verbs);
        host.Control.Handle("id claim", verbs.ClaimAsync);
        host.Control.Handle("id list", verbs.ListAsync);
        host.Control.Handle("id show", verbs.ShowAsync);
        host.Control.Handle("id watch", verbs.WatchAsync);
        host.Control.Handle("id proof", verbs.ProofAsync);
        host.Control.Handle("id deed", verbs.DeedAsync);
        host.Control.Handle("id verify", verbs.VerifyAsync);
    }

    internal IdDirectory Directory => _host.Online.Directory as IdDirectory ?? throw NoHub();

    // A claim is safe on disk at once; that a hub has it as well is worth a little wait.
    private async Task ClaimAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<IdClaimArgs>();
        var genesis = Directory.Genesis;
        var wish = new ClaimWish { Keyword = Keyword, Hubs = HubsFor(genesis, args.Hubs), Blind = !args.UnsealedId, Entrusts = !args.RevealMyself, Shares = args.Shares };
        if (args.Shares && args.RevealMyself) throw new HawserException(Reason.Usage, "--shares and --reveal-myself say the opposite", "take one of them");
        if (args.Chain) wish = wish with { LedgerKey = ChainCards.ForDeed(_host.Store) };
        if (args.Owner is { } owner)
        {
            if (!LineReader.IsPlain(Encoding.UTF8.GetBytes(owner)))
                throw new HawserException(Reason.Usage, "that name cannot stand in a deed",
                    $"take 1 to {LineReader.MaxValue} bytes of plain text, without a space at either end");
            wish = wish with { OwnerName = owner };
        }

        var run = (_host.Claims ?? throw NoHub()).Begin(wish);
        var known = args.UnsealedId || args.Shares ? Task.WhenAll(run.Submitted, run.Said) : run.Submitted;
        await Task.WhenAny(known, Task.Delay(Patience, cancel));
        await call.WriteAsync(ClaimReports.Of(run.Row, genesis, run.Trouble, run.Word), cancel);
    }

    private async Task ListAsync(ControlCall call, CancellationToken cancel)
    {
        foreach (var report in Mine()) await call.WriteAsync(report, cancel);
    }

    private async Task ShowAsync(ControlCall call, CancellationToken cancel)
    {
        var text = call.Args<NameArgs>().Name;
        var (plain, id) = Parse(text);
        if (_host.Store.FindHolding(plain.ToString()) is { } row && Holding.TryRead(row, out var holding)
            && holding.Stage is Holding.Held or Holding.Accepted)
        {
            if (_host.Holdings is { } keeper && holding.Expiry.Number == 0)
            {
                await keeper.TendAsync(id, cancel);
                holding = keeper.Find(id) ?? holding;
            }

            await call.WriteAsync(RecordVerbs.Report(_host, holding), cancel);
            return;
        }

        if (_host.Store.Claims().LastOrDefault(claim => claim.RoutingId == plain.ToString() && !ClaimFile.IsOwned(claim.Stage)) is { } mine)
        {
            await call.WriteAsync(Report(mine), cancel);
            return;
        }

        var found = await LookUpAsync(plain, cancel);
        var title = found.Result.Title ?? throw Nobodys(plain);
        await call.WriteAsync(ClaimReports.Of(title, found.Result, Directory.Genesis, await Directory.TextOfAsync(id, title, cancel)), cancel);
    }

    private async Task WatchAsync(ControlCall call, CancellationToken cancel)
    {
        var changes = Channel.CreateUnbounded<IdReport>();
        void Changed(StoredClaim claim, string? why) => changes.Writer.TryWrite(Report(claim, why));
        void Record(Holding holding) => changes.Writer.TryWrite(RecordVerbs.Report(_host, holding));
        _host.ClaimChanged += Changed;
        _host.HoldingChanged += Record;
        try
        {
            var seen = new Dictionary<string, string>(); // stages by claim
            var said = new Dictionary<string, string?>(); // of holdings, by ID
            foreach (var report in Mine().Where(report => report.Stage != ClaimFile.Lost))
            {
                if (report.Claim.Length > 0) seen[report.Claim] = report.Stage;
                said[report.Id ?? ""] = report.Stage + report.Detail;
                await call.WriteAsync(report, cancel);
            }

            while (seen.Values.Any(stage => !ClaimFile.IsOver(stage) && Rank(stage) >= 0) || AnyOnTheirWay())
            {
                var report = await changes.Reader.ReadAsync(cancel);
                if (report.Id is { } id && Holdings().Any(holding => holding.Id.ToDisplay() == id))
                {
                    if (report.Claim.Length > 0) seen[report.Claim] = report.Stage;
                    if (said.TryGetValue(id, out var last) && last == report.Stage + report.Detail) continue;
                    said[id] = report.Stage + report.Detail;
                    await call.WriteAsync(report, cancel);
                    continue;
                }

                if (seen.TryGetValue(report.Claim, out var before) && !IsLater(report.Stage, before)) continue;
                await call.WriteAsync(report, cancel);
                if (report.Stage == ClaimFile.Lost) seen.Remove(report.Claim);
                else seen[report.Claim] = report.Stage;
                if (report.Stage == ClaimFile.Lost) seen.TryAdd("", "draft"); // the one in its place follows
                else seen.Remove("");
            }
        }
        finally
        {
            _host.ClaimChanged -= Changed;
            _host.HoldingChanged -= Record;
        }
    }

    private async Task ProofAsync(ControlCall call, CancellationToken cancel)
    {
        var (plain, id) = Parse(call.Args<NameArgs>().Name);
        var found = await LookUpAsync(plain, cancel);
        await call.WriteAsync(new TextReport(new ProofText(Directory.Genesis.Hash, id, found.Proof) { Epochs = Directory.EpochFiles }.Write()), cancel);
    }

    private async Task DeedAsync(ControlCall call, CancellationToken cancel)
    {
        var (plain, id) = Parse(call.Args<NameArgs>().Name);
        var found = await LookUpAsync(plain, cancel);
        var title = found.Result is { IsHeld: true, Title: { } held } ? held : throw Nobodys(plain);
        var text = await Directory.TextOfAsync(id, title, cancel) ?? throw new HawserException(Reason.Unreachable, "no hub has the ID's present text", "try again");
        await call.WriteAsync(new TextReport(Encoding.UTF8.GetString(text)), cancel);
    }

    private async Task VerifyAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<IdVerifyArgs>();
        if (args.Proof is { } text)
        {
            await call.WriteAsync(Verify(text), cancel);
            return;
        }

        var (plain, id) = Parse(args.Id ?? "");
        var found = await LookUpAsync(plain, cancel);
        if (found.Result.Title is null) throw Nobodys(plain);
        if (!OwnershipProof.TryRead(found.Proof, out var proof)) throw new InvalidOperationException("a proof that was verified");
        await call.WriteAsync(ClaimReports.Of(id, proof, found.Result, Directory.Genesis), cancel);
    }

    // Offline: with nothing but the federation that was pinned. An old proof is told as what it is.
    private ProofReport Verify(string text)
    {
        if (FraudProof.TryRead(Encoding.UTF8.GetBytes(text), out var fraud)) return Verify(fraud);
        if (!ProofText.TryParse(text, out var said))
            throw new HawserException(Reason.Usage, "this is no ownership proof", "take it whole, as printed by: hawser id proof ID");
        var genesis = _host.PinnedGenesis(said.Genesis) ?? throw new HawserException(Reason.VerificationFailed,
            "the proof is of a federation that this home has not pinned", "sign on to one of its hubs first: hawser signon HUB");
        if (!OwnershipProof.TryRead(said.Proof, out var proof)) throw Wrong("this is no ownership proof");
        if (proof.Verify(genesis.Hash, EpochsOf(genesis, said.Epochs), said.Id, out var header) is { } wrong) throw Wrong(wrong);
        var stored = _host.Store.Federations().First(pinned => pinned.Genesis == genesis.Hash).Header;
        var newest = stored is not null && Header.TryRead(stored, out var known) ? known : (Header?)null;
        var pin = new FederationPin(genesis, newest, EpochsOf(genesis, said.Epochs));
        var isOld = newest is { } seen && header.Height < seen.Height;
        if (!isOld && !pin.TryAdvance(header)) throw Wrong("the proof's header contradicts one that was verified before: tell the admins");
        if (!isOld && _host.Runtime?.Directory is IdDirectory online && online.Genesis.Hash == genesis.Hash) online.Advance(header);
        else if (!isOld) _host.Store.SaveHeader(genesis.Hash, header.Height, header.Text);
        var isStale = isOld || !genesis.Clock.TryAt(DateTimeOffset.UtcNow, out var tick)
            || tick.Number - header.Tick.Number > FederationPin.StaleTicks;
        return ClaimReports.Of(said.Id, proof, new(proof.Title, header, isStale), genesis);
    }

    // Of an admin's guilt: it stands by itself, whatever the time.
    private ProofReport Verify(FraudProof fraud)
    {
        var genesis = _host.PinnedGenesis(fraud.Genesis) ?? throw new HawserException(Reason.VerificationFailed,
            "the proof is of a federation that this home has not pinned", "pin it first: hawser federation pin FILE");
        var epochs = EpochsOf(genesis, []);
        if (fraud.Verify(genesis.Hash, epochs) is { } wrong) throw new HawserException(Reason.VerificationFailed, $"it convicts nobody: {wrong}");
        var member = epochs.Find(fraud.Admin)!;
        return new(fraud.Admin.ToString(), $"convicted of {fraud.KindText}: {member.Name}", member.Key.ToString(), member.ChannelKey.ToString(),
            [member.Name], 0, "", 1, epochs.Newest.Count, genesis.Hash.ToString(), false);
    }

    // What this home knows, and what came with a proof: both are checked from the genesis on.
    private Epochs EpochsOf(Genesis genesis, IReadOnlyList<byte[]> given)
    {
        var files = new EpochFiles(genesis, _host.Store);
        foreach (var file in given) files.Keep(file);
        return files.Known;
    }

    internal async Task<Found> LookUpAsync(PlainId id, CancellationToken cancel)
    {
        try
        {
            return await Directory.LookUpAsync(id, cancel);
        }
        catch (HawserException e) when (e.Reason is Reason.NoSuchId)
        {
            throw Nobodys(id);
        }
    }

    // IDs as they stand, and claims that are none yet.
    private List<IdReport> Mine()
    {
        var holdings = Holdings();
        List<IdReport> reports = [.. holdings.Select(holding => RecordVerbs.Report(_host, holding))];
        reports.AddRange(_host.Store.Holdings().Where(row => !Holding.TryRead(row, out _)).Select(row => ClaimReports.Damaged(row.RoutingId, "", "what it says of this ID cannot be read")));
        reports.AddRange(_host.Store.Claims()
            .Where(claim => !ClaimFile.IsOwned(claim.Stage) || holdings.All(holding => RecordVerbs.Plain(holding) != claim.RoutingId)).Select(Report));
        return reports;
    }

    private Holding[] Holdings() =>
        [.. _host.Store.Holdings().Select(row => Holding.TryRead(row, out var holding) ? holding : null).OfType<Holding>()];

    private bool AnyOnTheirWay() =>
        Holdings().Any(holding => holding.Stage == Holding.Accepted || holding.Stage == Holding.Held && holding.Outgoing.Length > 0);

    /// <summary>IDs of the hubs of these names; of those signed on to if none is named.</summary>
    internal RoutingId[] HubsFor(Genesis genesis, IReadOnlyList<string> names)
    {
        var known = _host.Store.Hubs().Where(hub => hub.Genesis == genesis.Hash).ToArray();
        var chosen = names.Count == 0 ? known.Take(Deed.MaxHubs) : names.Select(name => Find(known, name)).DistinctBy(hub => hub.ChannelKey);
        RoutingId[] ids = [.. chosen.Select(hub => RoutingId.TryParse(hub.RoutingId, out var id) ? id : throw NoHub())];
        return ids.Length switch
        {
            0 => throw NoHub(),
            > Deed.MaxHubs => throw new HawserException(Reason.Usage, $"a deed names at most {Deed.MaxHubs} hubs, not {ids.Length}", null),
            _ => ids,
        };
    }

    // A hub without a line of this node's would lead nobody to it.
    private static SignedOnHub Find(SignedOnHub[] known, string name)
    {
        if (known.FirstOrDefault(hub => hub.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found) return found;
        var near = known.Select(hub => hub.Name).Where(other => IdText.IsNear(other.ToLowerInvariant(), name.ToLowerInvariant())).ToArray();
        throw new HawserException(Reason.NoSuchPeer, $"this node has not signed on to a hub called {name}",
            near.Length > 0 ? $"did you mean {string.Join(" or ", near)}?" : "sign on there first: hawser signon HUB; see the names with: hawser status");
    }

    private IdReport Report(StoredClaim claim) => Report(claim, _host.Claims?.TroubleOf(claim));

    private IdReport Report(StoredClaim claim, string? said) => ClaimReports.Of(claim,
        ClaimFile.TryRead(claim.State, out var file) ? _host.PinnedGenesis(file.Genesis) : null, said, _host.Claims?.WordOf(claim));

    internal static (PlainId Plain, RoutingId Id) Parse(string text)
    {
        if (RoutingId.Parse(text, out var id) is { } wrong)
            throw new HawserException(Reason.Usage, $"{text} is no routing ID: {wrong}", "it has ten characters, as in 0a9-jj39f7a");
        return PlainId.TryRead(id.ToArray(), out var plain) ? (plain, id) : throw new InvalidOperationException("digits that do not read");
    }

    private HawserException Nobodys(PlainId id)
    {
        var near = PeerVerbs.Unknown(_host.Store, id.ToString()).Remedy;
        return new(Reason.NoSuchId, $"nobody owns {IdText.Show(id.ToString())}",
            near is not null && near.StartsWith("did you mean", StringComparison.Ordinal) ? near : "check it with whoever gave it to you");
    }

    private static HawserException Wrong(string what) =>
        new(Reason.VerificationFailed, what, "do not believe it; fetch a new one with: hawser id proof ID");

    internal static HawserException NoHub() => new(Reason.Failed, "this node has signed on to no hub, so it is in no federation",
        "hawser signon HUB, with a link from an admin");

    private static bool IsLater(string stage, string before) => Rank(stage) > Rank(before);

    // Below 0: no stage of a claim, but of an ID that was one.
    private static int Rank(string stage) =>
        Array.IndexOf(["draft", "sealed", "logged", "revealed", "provisional", "final", ClaimFile.Lost], stage);
}
