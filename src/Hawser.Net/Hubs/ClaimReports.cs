using System.Globalization;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Net.Store;

namespace Hawser.Net.Hubs;

/// <summary>Claims and titles as people see them, with times that the federation's clock foretells.</summary>
internal static class ClaimReports
{
    /// <param name="claim">As it is stored.</param>
    /// <param name="genesis">Its federation; null if that is pinned no more.</param>
    /// <param name="said">What went wrong last, or why it came to nothing.</param>
    /// <param name="word">What admins have said of it.</param>
    public static IdReport Of(StoredClaim claim, Genesis? genesis, string? said, string? word = null)
    {
        if (!ClaimFile.IsOver(claim.Stage) && ClaimFile.WrongOf(claim) is { } wrong) return Damaged(claim.RoutingId, claim.SealKey, wrong);
        ClaimFile.TryRead(claim.State, out var file);
        var deed = file?.Deed;
        var times = genesis is not null && deed is not null ? new Times(genesis, deed.Fields.Timestamp) : (Times?)null;
        return new(claim.RoutingId is { } id ? IdText.Show(id) : null, claim.SealKey, claim.Stage, file?.Wish.OwnerName,
            times?.Next(claim.Stage), ClaimFile.IsOwned(claim.Stage) ? times?.Provisional : null, null,
            deed?.Fields.ClaimKey.ToString(), deed?.Fields.ChannelKey.ToString(), NamesOf(genesis, file?.Wish.Hubs ?? []),
            Joined(claim.Stage is "sealed" or "logged" ? word : null, Detail(claim.Stage, times, said, genesis)), ChainKeyOf(deed?.Fields.Content));
    }

    /// <summary>What an admin has said of a claim before it is decided, and who keeps shares of it.</summary>
    public static string? WordOf(TentativeAnswer? standing, string? shares)
    {
        var rivals = standing switch
        {
            null => null,
            { IsGood: false } passed => $"an admin passed it over: {passed.StandingText}",
            { Others: null } => null,
            { Others: 0 } => "accepted; nobody else asks for the same so far",
            { Others: 1 } => "accepted; 1 other asks for the same, and if both are opened the earlier one wins, or neither",
            { Others: var others } => string.Create(CultureInfo.InvariantCulture, $"accepted; {others} others ask for the same, and of those that are opened the earliest wins, or none"),
        };
        return Joined(rivals, shares);
    }

    public static string SharesOf(int kept, int wanted) => kept >= wanted
        ? string.Create(CultureInfo.InvariantCulture, $"{kept} {(kept == 1 ? "hub has its share" : "hubs have their shares")}: this machine may go off now")
        : string.Create(CultureInfo.InvariantCulture, $"{kept} of {wanted} hubs have their share: leave this machine on until all have");

    private static string? Joined(string? first, string? second) => first is null ? second : second is null ? first : $"{first}; {second}";

    /// <summary>What the store says of it is not what was stored.</summary>
    public static IdReport Damaged(string? id, string claim, string what) => new(id is null ? null : IdText.Show(id), claim, ClaimFile.Damaged, null, null, null, null,
        null, null, [], $"the store is damaged: {what}; put a backup back with hawser restore, or claim anew");

    /// <summary>An ID that may be anybody's, as the federation shows it.</summary>
    public static IdReport Of(Title title, LookupResult found, Genesis genesis, byte[]? text) => new(
        title.Id.ToDisplay(), "", StageOf(title, found.Header), text is null ? null : DeedRecord.ContentOf(text)?.OwnerName, null, new Times(genesis, title.Id.Timestamp).Provisional,
        title.Status is TitleStatus.Final ? genesis.Clock.StartOf(title.Expiry) : null, title.ClaimKey.ToString(),
        title.ChannelKey.ToString(), NamesOf(genesis, title.Hubs), DetailOf(title, found, genesis), ChainKeyOf(text is null ? null : DeedRecord.ContentOf(text)));

    /// <summary>One of this user's IDs.</summary>
    /// <param name="holding">As it is stored.</param>
    /// <param name="run">Its record that is under way.</param>
    /// <param name="genesis">Its federation; null if that is pinned no more.</param>
    /// <param name="claim">The claim that it came from; null if it was another's.</param>
    public static IdReport Of(Holding holding, RecordRun? run, Genesis? genesis, StoredClaim? claim)
    {
        var content = holding.Content;
        var isFinal = holding.Expiry.Number > 0 || claim?.Stage == "final";
        var stage = holding.Stage switch
        {
            Holding.Held when !isFinal => "provisional",
            Holding.Held when holding.Expiry.Number > 0 && genesis is not null && genesis.Clock.TryAt(DateTimeOffset.UtcNow, out var now) && now >= holding.Expiry => "expired",
            Holding.Held => "final",
            _ => holding.Stage,
        };
        var since = genesis is null ? (DateTimeOffset?)null : new Times(genesis, holding.Id.Timestamp).Provisional;
        return new(holding.Id.ToDisplay(), claim?.SealKey ?? "", stage, content?.OwnerName,
            stage == "provisional" && genesis is not null ? new Times(genesis, holding.Id.Timestamp).Final : null, since,
            holding.Expiry.Number > 0 && genesis is not null ? genesis.Clock.StartOf(holding.Expiry) : null, content?.ClaimKey.ToString(),
            content?.ChannelKey.ToString(), NamesOf(genesis, content?.Hubs ?? []), DetailOf(holding, run, genesis, isFinal), ChainKeyOf(content));
    }

    private static string? ChainKeyOf(DeedContent? content) => content is { LedgerKey: { IsNone: false } named } ? named.Key.ToString() : null;

    private static string? DetailOf(Holding holding, RecordRun? run, Genesis? genesis, bool isFinal)
    {
        var said = holding.Said.Length > 0 ? holding.Said : null;
        if (holding.Stage == Holding.Accepted) return said ?? "accepted; yours once its holder signs and that is certified";
        if (holding.Stage != Holding.Held || genesis is null) return said;
        if (holding.Record is { } record)
        {
            var what = record.Kind switch
            {
                RecordKind.Renew => "renewal", RecordKind.Alter => "alteration", RecordKind.Transfer => "transfer",
                RecordKind.Cancel => "cancellation", RecordKind.Recover => "recovery",
            };
            var due = genesis.Clock.TryAt(DateTimeOffset.UtcNow, out var now) && now.TryNext(out var next)
                ? $"certified about {Show(genesis.Clock.StartOf(next))}" : "to be certified";
            return run?.State switch
            {
                RecordState.Promised => $"{what} handed in, {due}",
                RecordState.Waiting => $"{what} certified; in force about {genesis.RecoveryDelay} ticks later, unless the recovery key undoes it",
                _ => $"{what} stored, and goes to the hubs{(run?.Trouble is { } trouble ? $": {trouble}" : "")}",
            };
        }

        return said ?? (holding.Expiry.Number > 0 ? $"yours until {Show(genesis.Clock.StartOf(holding.Expiry))}, renewed by itself before that"
            : isFinal ? "yours"
            : new Times(genesis, holding.Id.Timestamp).Final is { } final ? $"yours, final {On(final)}; until then good for dialling" : "good for dialling");
    }

    private static string? DetailOf(Title title, LookupResult found, Genesis genesis) =>
        found.Stale ? "official time has not moved for long: this may be old"
        : title.ChangeHeight != 0 ? $"its holder is giving it away; in force at height {title.ChangeHeight}, now it is {found.Header.Height}"
        : title.IsExpiredAt(found.Header.Tick) && title.Expiry.TryAdd((int)genesis.Grace, out var end)
            ? $"run out; only its holder may renew it, until about {Show(genesis.Clock.StartOf(end))}"
        : null;

    /// <summary>What a sound proof shows.</summary>
    public static ProofReport Of(RoutingId id, OwnershipProof proof, LookupResult found, Genesis genesis) => new(
        id.ToDisplay(), StageOf(proof.Title, found.Header), proof.Title?.ClaimKey.ToString(), proof.Title?.ChannelKey.ToString(),
        NamesOf(genesis, proof.Title?.Hubs ?? []), proof.Height, proof.Tick.ToString(), proof.Signatures.Count,
        genesis.Founders.Count, genesis.Hash.ToString(), found.Stale);

    private static string StageOf(Title? title, in Header header) => title switch
    {
        null => "absent",
        _ when title.IsExpiredAt(header.Tick) => "expired",
        { Status: TitleStatus.Provisional } => "provisional",
        { Status: TitleStatus.Final } => "final",
        { Status: TitleStatus.Cancelled } => "cancelled",
        { Status: TitleStatus.Lapsed } => "lapsed",
        _ => "void",
    };

    private static IReadOnlyList<string> NamesOf(Genesis? genesis, IReadOnlyList<RoutingId> hubs) =>
    [
        .. hubs.Select(hub => genesis is not null && genesis.Founders.PlaceOf(hub) is var place and >= 0
            ? genesis.Founders[place].Name : hub.ToString()),
    ];

    private static string? Detail(string stage, Times? times, string? said, Genesis? genesis) => stage switch
    {
        "draft" when said is not null => $"waiting for a ticket: {said}",
        "draft" when genesis is not null && TickEnd(genesis) is { } end =>
            $"waiting for a ticket; a federation gives them from the end of its first tick on, and this tick ends about {Show(end)}",
        "draft" => "waiting for a ticket",
        ClaimFile.Lost => said is null ? "claimed anew" : $"claimed anew: {said}",
        "provisional" => times?.Final is { } final ? $"yours, final {On(final)}; until then good for dialling" : "good for dialling",
        "final" => "yours",
        _ when times is { Provisional: { } owned, Final: { } final } =>
            $"yours about {Show(owned)}, final about {Show(final)}{(said is null ? "" : $"; just now: {said}")}",
        _ => said,
    };

    private static DateTimeOffset? TickEnd(Genesis genesis) =>
        genesis.Clock.TryAt(DateTimeOffset.UtcNow, out var tick) && tick.TryNext(out var next) ? genesis.Clock.StartOf(next) : null;

    private static string On(DateTimeOffset time) => $"{(time.ToLocalTime().Date == DateTimeOffset.Now.Date ? "at" : "on")} {Show(time)}";

    // Short for what is near: seconds where they matter, the day where it is another.
    private static string Show(DateTimeOffset time)
    {
        var (local, now) = (time.ToLocalTime(), DateTimeOffset.Now);
        var format = (local - now).Duration() < TimeSpan.FromMinutes(10) ? "HH:mm:ss"
            : local.Date == now.Date ? "HH:mm"
            : (local - now).Duration() < TimeSpan.FromDays(6) ? "dddd HH:mm" : "yyyy-MM-dd HH:mm";
        return local.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>When the heights of a claim come about, if every tick is certified as soon as it has ended. Spec: registry.md §5.</summary>
    private readonly struct Times(Genesis genesis, RoutingTick birth)
    {
        public DateTimeOffset? Provisional => After(genesis.ClaimWindow);

        public DateTimeOffset? Final => After(genesis.ClaimWindow - 1 + genesis.RevealWindow);

        public DateTimeOffset? Next(string stage) => stage switch
        {
            "sealed" => After(0),
            "logged" => After(genesis.ClaimWindow - 1),
            "revealed" => Provisional,
            "provisional" => Final,
            _ => null,
        };

        private DateTimeOffset? After(uint heights) =>
            birth.TryAdd((int)heights + 1, out var tick) ? genesis.Clock.StartOf(tick) : null;
    }
}
