using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Wire;

namespace Hawser.Net.Hubs;

/// <summary>What changes an ID that somebody owns: renewal, alteration, transfer, cancellation, recovery. Spec: records.md.</summary>
internal sealed class RecordVerbs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10); // for the first hub's promise

    private readonly NodeHost _host;
    private readonly IdVerbs _ids;

    private RecordVerbs(NodeHost host, IdVerbs ids) => (_host, _ids) = (host, ids);

    public static void Register(NodeHost host, IdVerbs ids)
    {
        var verbs = new RecordVerbs(host, ids);
        host.Control.Handle("id renew", verbs.RenewAsync);
        host.Control.Handle("id alter", verbs.AlterAsync);
        host.Control.Handle("id cancel", verbs.CancelAsync);
        host.Control.Handle("id transfer", verbs.TransferAsync);
        host.Control.Handle("id accept", verbs.AcceptAsync);
        host.Control.Handle("id recover", verbs.RecoverAsync);
    }

    public static IdReport Report(NodeHost host, Holding holding) => ClaimReports.Of(holding, host.Holdings?.RunOf(holding.Id),
        host.PinnedGenesis(holding.Genesis), host.Store.Claims().LastOrDefault(claim => claim.RoutingId == Plain(holding) && claim.Stage != ClaimFile.Lost));

    public static string Plain(Holding holding) => Encoding.ASCII.GetString(holding.Id.ToArray());

    private HoldingKeeper Keeper => _host.Holdings ?? throw IdVerbs.NoHub();

    private Genesis Genesis => _ids.Directory.Genesis;

    private async Task RenewAsync(ControlCall call, CancellationToken cancel)
    {
        var (holding, title, header) = await MineAsync(call.Args<NameArgs>().Name, cancel);
        if (title.Status == TitleStatus.Provisional) throw NotYet(holding, "renewed");
        var opens = title.Expiry.Number - (int)Genesis.RenewalWindow;
        if (header.Tick.Number < opens && RoutingTick.TryFromNumber(opens, out var open))
            throw new HawserException(Reason.Refused, $"{holding.Id.ToDisplay()} can be renewed from {Day(open)} on, and not yet",
                "nothing needs to be done: a running node renews it by itself");
        await SendAsync(call, holding, Sign(holding, title, RecordKind.Renew, Fresh(holding)), cancel);
    }

    private async Task AlterAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<IdAlterArgs>();
        var (holding, title, _) = await MineAsync(args.Id, cancel);
        var content = Fresh(holding) with { Hubs = _ids.HubsFor(Genesis, args.Hubs) };
        if (args.Owner is { } owner) content = content with { OwnerName = Words(owner) };
        if (args.Contact is { } contact) content = content with { ContactInfo = Words(contact) };
        if (args.Notes is { } notes) content = content with { Notes = Words(notes) };
        if (args.Chain is { } chain) content = content with { LedgerKey = chain ? ChainCards.ForDeed(_host.Store) : default };
        if (RecoveryHash(args.RecoveryKey) is { } recovery)
        {
            // Only a record that both sides sign may touch what guards the ID: here both are the same.
            if (title.Status == TitleStatus.Provisional) throw NotYet(holding, "given a recovery key");
            var key = Keeper.KeyOf(holding);
            var draft = DeedRecord.Accept(Genesis.Hash, holding.Id, title.Record + 1, title.DeedHash, content with { RecoveryHash = recovery }, key);
            await SendAsync(call, holding, DeedRecord.Complete(draft, key), cancel);
            return;
        }

        await SendAsync(call, holding, Sign(holding, title, RecordKind.Alter, content), cancel);
    }

    private async Task CancelAsync(ControlCall call, CancellationToken cancel)
    {
        var (holding, title, _) = await MineAsync(call.Args<NameArgs>().Name, cancel);
        if (title.Status == TitleStatus.Provisional) throw NotYet(holding, "cancelled");
        await SendAsync(call, holding, Sign(holding, title, RecordKind.Cancel, null), cancel);
    }

    private async Task TransferAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<IdTransferArgs>();
        var (holding, title, _) = await MineAsync(args.Id, cancel);
        if (title.Status == TitleStatus.Provisional) throw NotYet(holding, "transferred");
        if (args.Acceptance is null)
        {
            var offer = TransferOffer.Sign(Genesis.Hash, holding.Id, title.Record + 1, title.DeedHash, Keeper.KeyOf(holding));
            await call.WriteAsync(new TextReport(Encoding.ASCII.GetString(offer.Write())), cancel);
            return;
        }

        var text = Encoding.UTF8.GetBytes(args.Acceptance);
        if (DeedRecord.ParseAcceptance(text, out var draft) is { } wrong)
            throw new HawserException(Reason.Usage, $"this is no acceptance: {wrong}", "take it whole, as printed by: hawser id accept OFFER");
        if (draft!.Genesis != Genesis.Hash || draft.Id != holding.Id)
            throw new HawserException(Reason.Refused, $"this is the acceptance of another ID: {draft.Id.ToDisplay()}");
        if (draft.Number != title.Record + 1 || draft.Previous != title.DeedHash)
            throw new HawserException(Reason.Refused, "this accepts an offer that is old: the ID has changed since", $"make a new one: hawser id transfer {holding.Id.ToDisplay()}");
        await SendAsync(call, holding, DeedRecord.Complete(text, Keeper.KeyOf(holding)), cancel);
    }

    private async Task AcceptAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<IdAcceptArgs>();
        if (!TransferOffer.TryRead(Encoding.UTF8.GetBytes(args.Offer), out var offer))
            throw new HawserException(Reason.Usage, "this is no offer, or its signature does not hold", "take it whole, as printed by: hawser id transfer ID");
        if (offer.Genesis != Genesis.Hash)
            throw new HawserException(Reason.Refused, "the offered ID is of another federation than this home's", "accept it from a home that has signed on there");
        var found = await _ids.LookUpAsync(IdVerbs.Parse(offer.Id.ToString()).Plain, cancel);
        if (found.Result.Title is not { IsSomebodys: true } title || title.ClaimKey != offer.Holder)
            throw new HawserException(Reason.VerificationFailed, $"who offers {offer.Id.ToDisplay()} does not hold it", "do not pay for it");
        if (title.Record + 1 != offer.Number || title.DeedHash != offer.Previous)
            throw new HawserException(Reason.Refused, "the offer is old: the ID has changed since", "ask its holder for a new one");
        if (title.ChangeHeight != 0) throw new HawserException(Reason.Refused, "its holder is giving it to somebody already", "do not pay for it");
        if (_host.Store.FindHolding(Encoding.ASCII.GetString(offer.Id.ToArray())) is { } known && known.Stage == Holding.Held)
            throw new HawserException(Reason.Refused, $"{offer.Id.ToDisplay()} is yours already");

        var content = new DeedContent
        {
            ClaimKey = _host.Store.ClaimKey(SystemEntropy.Shared).Public, ChannelKey = _host.Store.ChannelKey(SystemEntropy.Shared).Public,
            Hubs = _ids.HubsFor(Genesis, args.Hubs), OwnerName = args.Owner is { } owner ? Words(owner) : "Anonymous",
            RecoveryHash = RecoveryHash(args.RecoveryKey) ?? default, LedgerKey = args.Chain ? ChainCards.ForDeed(_host.Store) : default,
        };
        var acceptance = DeedRecord.Accept(Genesis.Hash, offer.Id, offer.Number, offer.Previous, content, _host.Store.ClaimKey(SystemEntropy.Shared));
        Keeper.Save(new() { Id = offer.Id, Genesis = Genesis.Hash, Stage = Holding.Accepted, Acceptance = acceptance });
        Keeper.Nudge();
        await call.WriteAsync(new TextReport(Encoding.UTF8.GetString(acceptance)), cancel);
    }

    private async Task RecoverAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<IdRecoverArgs>();
        var (plain, id) = IdVerbs.Parse(args.Id);
        if (!Bytes32.TryParse(args.Seed, out var seed)) throw new HawserException(Reason.Usage, "this is no recovery key", "take the file that was written with the ID");
        var recovery = new SigningKey(seed);
        var found = await _ids.LookUpAsync(plain, cancel);
        if (found.Result.Title is not { IsSomebodys: true } title) throw new HawserException(Reason.Refused, $"{id.ToDisplay()} is nobody's any more");
        if (title.RecoveryHash != DeedRecord.RecoveryHashOf(recovery.Public))
            throw new HawserException(Reason.Refused, $"that is not the recovery key of {id.ToDisplay()}", "a transfer that is in force may have set another");
        // The claim key may be a thief's too: from now on another one holds the ID.
        var purpose = $"claim:{plain}:{title.Record + 1}";
        var key = _host.Store.ClaimKey(purpose, SystemEntropy.Shared);
        var text = await _ids.Directory.TextOfAsync(id, title, cancel);
        var content = (text is null ? null : DeedRecord.ContentOf(text)) ?? new();
        content = content with
        {
            ClaimKey = key.Public, ChannelKey = _host.Store.ChannelKey(SystemEntropy.Shared).Public, Hubs = _ids.HubsFor(Genesis, []), At = [],
            DelegateKey = default, RecoveryHash = RecoveryHash(args.RecoveryKey) ?? title.RecoveryHash, LedgerKey = default,
        };
        var record = DeedRecord.Recover(Genesis.Hash, id, title.Record + 1, title.DeedHash, content, key, recovery);
        var holding = new Holding { Id = id, Genesis = Genesis.Hash, Stage = Holding.Held, Key = purpose, Expiry = title.Expiry, Text = text ?? [] };
        await SendAsync(call, holding, record, cancel);
    }

    // This user's own, as the registry shows it now, with nothing else on its way.
    private async Task<(Holding, Title, Header)> MineAsync(string name, CancellationToken cancel)
    {
        var (plain, id) = IdVerbs.Parse(name);
        if (Keeper.Find(id) is not { Stage: Holding.Held } holding)
            throw new HawserException(Reason.Refused, $"{id.ToDisplay()} is not yours", "see yours with: hawser id");
        if (holding.Record is { } outgoing)
            throw new HawserException(Reason.Refused, $"a change of {id.ToDisplay()} is on its way already ({outgoing.Kind.ToString().ToLowerInvariant()})", "wait for it: hawser id watch");
        var found = await _ids.LookUpAsync(plain, cancel);
        if (found.Result.Title is not { IsSomebodys: true } title || title.ClaimKey != Keeper.KeyOf(holding).Public)
            throw new HawserException(Reason.Refused, $"{id.ToDisplay()} is not yours any more", "see hawser id show");
        if (title.ChangeHeight != 0)
            throw new HawserException(Reason.Refused, $"{id.ToDisplay()} is being given away, in force at height {title.ChangeHeight}", "only its recovery key can speak now: hawser id recover");
        if (title.DeedHash != Sha256.Hash(holding.Text.AsSpan()))
        {
            var text = await _ids.Directory.TextOfAsync(id, title, cancel)
                ?? throw new HawserException(Reason.Unreachable, "no hub has the ID's present text", "try again");
            Keeper.Save(holding = holding with { Text = text });
        }

        return (holding, title, found.Result.Header);
    }

    // With what this node is now: a restored node has another key, and maybe other hubs.
    private DeedContent Fresh(Holding holding)
    {
        var content = holding.Content ?? throw new InvalidOperationException("a text without content");
        var channel = _host.Store.ChannelKey(SystemEntropy.Shared).Public;
        // A chain key speaks for one channel key: for another it has to say so anew, or goes.
        var ledger = content.LedgerKey.IsNone || content.ChannelKey == channel ? content.LedgerKey : LedgerHash.IsAvailable ? ChainCards.ForDeed(_host.Store) : default;
        return content with { ChannelKey = channel, LedgerKey = ledger };
    }

    private DeedRecord Sign(Holding holding, Title title, RecordKind kind, DeedContent? content) =>
        DeedRecord.Sign(Genesis.Hash, holding.Id, kind, title.Record + 1, title.DeedHash, content, Keeper.KeyOf(holding));

    // It is safe on disk at once; that a hub has promised to log it is worth a little wait.
    private async Task SendAsync(ControlCall call, Holding holding, DeedRecord record, CancellationToken cancel)
    {
        var run = await Keeper.SendAsync(holding, record, cancel);
        await Task.WhenAny(run.Promised, Task.Delay(Patience, cancel));
        await call.WriteAsync(Report(_host, Keeper.Find(holding.Id) ?? holding), cancel);
    }

    private static Bytes32? RecoveryHash(string? key) => key is null ? null
        : VerifyKey.TryParse(key, out var read) ? DeedRecord.RecoveryHashOf(read)
        : throw new HawserException(Reason.Usage, "this is no recovery key", "let hawser make one: --recovery FILE");

    private static string Words(string text) => LineReader.IsPlain(Encoding.UTF8.GetBytes(text)) ? text
        : throw new HawserException(Reason.Usage, "that cannot stand in a deed", $"take 1 to {LineReader.MaxValue} bytes of plain text, without a space at either end");

    private string Day(RoutingTick tick) =>
        Genesis.Clock.StartOf(tick).ToLocalTime().ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    private static HawserException NotYet(Holding holding, string what) => new(Reason.Refused,
        $"{holding.Id.ToDisplay()} is provisional, and cannot be {what} before it is final", "hawser id watch tells when");
}
