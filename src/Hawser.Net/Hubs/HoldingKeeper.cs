using System.Collections.Concurrent;
using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Store;
using Hawser.Wire;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hubs;

/// <summary>
/// Watches over this user's IDs: renews each in time, brings records through, notices when an ID is somebody else's.
/// All that it decides is in the store before it is sent, so it goes on where it was. Spec: records.md §5.
/// </summary>
internal sealed class HoldingKeeper(IdDirectory directory, NodeStore store, Func<Member, HubQuestion, CancellationToken, Task<byte[]?>> ask,
    TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private const uint OldKeyHeights = 4; // records.md §6

    private readonly CancellationTokenSource _stopping = new(); // never disposed: a verb may begin a record while the node stops
    private readonly ConcurrentDictionary<RoutingId, RecordRun> _runs = new();
    private readonly ConcurrentDictionary<RecordRun, Task> _tasks = new();
    private readonly SemaphoreSlim _turn = new(1); // one holding at a time is read, changed and written
    private readonly SemaphoreSlim _wake = new(0);
    private Task _loop = Task.CompletedTask;

    /// <summary>A holding is other than it was, or its record has come further.</summary>
    public event Action<Holding>? Changed;

    public IdDirectory Directory => directory;

    public TimeProvider Clock => clock;

    public ILogger Log => log;

    public Task<byte[]?> AskAsync(Member member, HubQuestion question, CancellationToken cancel) => ask(member, question, cancel);

    /// <summary>Takes up all that is in the store.</summary>
    public void Start()
    {
        Rebuild();
        Adopt();
        foreach (var holding in Open()) Resume(holding);
        _loop = Task.Run(() => LoopAsync(_stopping.Token));
    }

    /// <summary>Looks after everything soon: something may have changed.</summary>
    public void Nudge() => _wake.Release();

    /// <summary>The record of an ID that is under way.</summary>
    public RecordRun? RunOf(RoutingId id) => _runs.GetValueOrDefault(id);

    /// <summary>This node's channel key is another from now on; or the one before is not honoured any more.</summary>
    public event Action? ChannelKeyChanged;

    /// <summary>The claim key that a holding is held by; null if it is kept elsewhere.</summary>
    public SigningKey? KeyOf(Holding holding) => holding.OfflineKey is null ? store.ClaimKey(holding.Key, SystemEntropy.Shared) : null;

    /// <summary>Its public half.</summary>
    public VerifyKey HolderOf(Holding holding) => holding.OfflineKey ?? KeyOf(holding)!.Public;

    /// <summary>What stands in for a claim key that is kept elsewhere.</summary>
    public SigningKey DelegateOf(Holding holding) => store.DelegateKey(holding.Plain.ToString(), SystemEntropy.Shared);

    /// <summary>What this node signs locators of a holding with.</summary>
    public SigningKey LocatorKeyOf(Holding holding) => KeyOf(holding) ?? DelegateOf(holding);

    /// <summary>Stores a record of a holding, and sets it on its way.</summary>
    public async Task<RecordRun> SendAsync(Holding holding, DeedRecord record, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            var next = holding with { Outgoing = record.Text, Said = "" };
            Save(next);
            return Resume(next)!;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Save(Holding holding)
    {
        store.SaveHolding(holding.ToRow(clock.GetUtcNow()));
        Changed?.Invoke(holding);
    }

    public void Raise(RoutingId id)
    {
        if (Find(id) is { } holding) Changed?.Invoke(holding);
        Nudge();
    }

    public Holding? Find(RoutingId id) =>
        store.FindHolding(Encoding.ASCII.GetString(id.ToArray())) is { } row && Holding.TryRead(row, out var holding) ? holding : null;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        await Task.WhenAll(_tasks.Values);
    }

    private TimeSpan Pause => TimeSpan.FromTicks(Math.Clamp(
        directory.Genesis.Clock.TickLength.Ticks / 4, TimeSpan.TicksPerSecond, 30 * TimeSpan.TicksPerMinute));

    private Holding[] Open() =>
    [
        .. store.Holdings().Select(row => Holding.TryRead(row, out var holding) ? holding : null).OfType<Holding>()
            .Where(holding => holding.IsOpen && holding.Genesis == directory.Genesis.Hash),
    ];

    // What the store has spoilt the federation still has: whose an ID is, and its text.
    private void Rebuild()
    {
        foreach (var row in store.Holdings())
            if (!Holding.TryRead(row, out _) && row.Stage is Holding.Held) Rebuild(row.RoutingId);
    }

    private void Rebuild(string name)
    {
        log.HoldingDamaged(name);
        if (RoutingId.TryRead(Encoding.ASCII.GetBytes(name), out var id)) Save(new() { Id = id, Genesis = directory.Genesis.Hash, Stage = Holding.Held });
    }

    // Which of its keys an ID is held by, where that is not known any more.
    private Holding Rekeyed(Holding holding, Title title, byte[]? text)
    {
        if (store.PurposeOf(title.ClaimKey) is { } purpose) return holding with { Key = purpose };
        return text is not null && DeedRecord.DelegateOf(text) == DelegateOf(holding).Public ? holding with { Key = Holding.KeyKeptElsewhere(title.ClaimKey) } : holding;
    }

    // A claim that has come through is an ID to watch over.
    private void Adopt()
    {
        foreach (var claim in store.Claims())
        {
            if (!ClaimFile.IsOwned(claim.Stage) || claim.RoutingId is not { } id || store.FindHolding(id) is not null) continue;
            if (ClaimFile.WrongOf(claim) is not null)
            {
                Rebuild(id);
                continue;
            }

            if (!ClaimFile.TryRead(claim.State, out var file) || file.Deed is not { } deed || file.Genesis != directory.Genesis.Hash) continue;
            Save(new() { Id = deed.Id, Genesis = file.Genesis, Stage = Holding.Held, Text = deed.Text });
        }
    }

    private RecordRun? Resume(Holding holding)
    {
        if (holding.Record is not { } record) return null;
        if (_runs.TryGetValue(holding.Id, out var running) && running.Record.TextHash == record.TextHash) return running;
        var run = _runs[holding.Id] = new(this, record);
        var task = Task.Run(async () =>
        {
            if (await run.RunAsync(_stopping.Token)) Nudge();
        });
        _tasks[run] = task;
        _ = task.ContinueWith(_ => _tasks.TryRemove(run, out Task? _), TaskScheduler.Default);
        return run;
    }

    private async Task LoopAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                Adopt();
                foreach (var holding in Open()) await TendAsync(holding.Id, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.RecordFailed(e);
            }

            try
            {
                await _wake.WaitAsync(Pause, cancel);
                while (_wake.Wait(0, CancellationToken.None))
                {
                    // What came meanwhile is one turn.
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Brings what the store says of an ID up to what the registry shows.</summary>
    public async Task TendAsync(RoutingId id, CancellationToken cancel)
    {
        if (Find(id) is not { IsOpen: true } seen) return;
        Found found;
        try
        {
            found = await directory.LookUpAsync(seen.Plain, cancel, fresh: true);
        }
        catch (HawserException)
        {
            return; // no hub answers; the next turn may do better
        }

        var text = found.Result.Title is { } title && title.DeedHash != HashOf(seen.Text)
            ? await directory.TextOfAsync(id, title, cancel) : null;
        await _turn.WaitAsync(cancel);
        try
        {
            if (Find(id) is not { IsOpen: true } holding) return;
            var next = Judge(holding, found.Result, text);
            if (next != holding) Save(next);
            Resume(next);
            TendChannelKey(next, found.Result);
        }
        finally
        {
            _turn.Release();
        }
    }

    // The deed decides which channel key is this node's; the one before it is honoured for some heights more.
    private void TendChannelKey(Holding holding, LookupResult found)
    {
        if (holding.Stage != Holding.Held || found.Title is not { } title) return;
        if (store.PendingChannelKey is { } pending && pending.Public == title.ChannelKey) store.TakeNextChannelKey(found.Header.Height + OldKeyHeights);
        else if (store.FormerChannelKey is { } former && found.Header.Height > former.Through) store.ForgetFormerChannelKey();
        else return;
        ChannelKeyChanged?.Invoke();
    }

    // What the registry says of an ID, as a change of what the store says.
    private Holding Judge(Holding holding, LookupResult found, byte[]? text)
    {
        var title = found.Title;
        if (holding.Stage == Holding.Held && holding.Text.Length == 0 && title is not null && title.ClaimKey != HolderOf(holding)) holding = Rekeyed(holding, title, text);
        var key = HolderOf(holding);
        if (holding.Stage == Holding.Accepted)
        {
            DeedRecord.ParseAcceptance(holding.Acceptance, out var draft);
            if (title is { IsSomebodys: true } && title.ClaimKey == key && title.Record >= draft!.Number)
                return text is null ? holding : holding with { Stage = Holding.Held, Text = text, Expiry = title.Expiry, Said = "" };
            if (title is null || !title.IsSomebodys || title.Record >= draft!.Number)
                return holding with { Stage = Holding.Passed, Said = "its holder did something else with it" };
            return holding with { Said = title.ChangeHeight == 0 ? "" : $"certified; yours at height {title.ChangeHeight}, unless the recovery key takes it back" };
        }

        if (title is null) return holding; // a claim that is lost, which the claimant notices
        if (title.Status is TitleStatus.Void) return holding with { Stage = Holding.Lapsed, Outgoing = [], Said = "two claims of one tick have voided it" };
        if (title.Status is TitleStatus.Cancelled) return holding with { Stage = Holding.Cancelled, Outgoing = [], Said = "given up for good" };
        if (title.Status is TitleStatus.Lapsed) return holding with { Stage = Holding.Lapsed, Outgoing = [], Said = "run out, and not renewed in its grace" };
        if (title.ClaimKey != key && holding.Record is { Kind: RecordKind.Recover } recovery && title.Record < recovery.Number) return holding;
        if (title.ClaimKey != key && title.Record == 0)
            return holding with { Stage = Holding.Taken, Outgoing = [], Said = "an earlier claim of the same ID has come to light" };
        if (title.ClaimKey != key)
        {
            var mine = holding.Record is { Kind: RecordKind.Transfer } record && record.TextHash == title.DeedHash;
            if (mine && holding.Record!.Content!.DelegateKey == DelegateOf(holding).Public)
                return text is null ? holding : holding with { Key = Holding.KeyKeptElsewhere(title.ClaimKey), Text = text, Outgoing = [], Expiry = title.Expiry, Said = "" };
            return holding with
            {
                Stage = mine ? Holding.Passed : Holding.Taken, Outgoing = [],
                Said = mine ? "it is its acquirer's now" : "another key holds it now: if you did not do that, and have its recovery key: hawser id recover",
            };
        }

        var next = holding with { Expiry = title.Expiry, Said = "" };
        if (text is not null) next = next with { Text = text };
        if (holding.Record is { } outgoing)
        {
            if (title.DeedHash == outgoing.TextHash) next = next with { Outgoing = [] };
            else if (title.Record >= outgoing.Number || title.DeedHash != outgoing.Previous)
                next = next with { Outgoing = [], Said = "another record took the place of what was sent; send it again if you still want it" };
        }

        if (title.ChangeHeight != 0 && title.ChangeHash != HashOf(holding.Outgoing))
            return next with { Said = $"somebody with your claim key gives this ID away at height {title.ChangeHeight}: stop it with hawser id recover" };
        return next.Outgoing.Length == 0 ? Rekeyed(Renewed(next, title, found.Header.Tick), title) : next;
    }

    // Of several IDs of one node each has to name its new key.
    private Holding Rekeyed(Holding holding, Title title)
    {
        if (holding.Outgoing.Length > 0 || holding.Content is not { } content || title.DeedHash != HashOf(holding.Text)
            || store.FormerChannelKey is not { } former || title.ChannelKey != former.Key.Public) return holding;
        if (KeyOf(holding) is not { } key) return holding with { Said = "its deed names this node's key of before, and only the claim key can change that: hawser id alter --key" };
        content = content with { ChannelKey = store.ChannelKey(SystemEntropy.Shared).Public };
        if (!content.LedgerKey.IsNone) content = content with { LedgerKey = Hosting.ChainCards.ForDeed(store) };
        return holding with
        {
            Outgoing = DeedRecord.Sign(directory.Genesis.Hash, holding.Id, RecordKind.Alter, title.Record + 1, title.DeedHash, content, key).Text,
        };
    }

    // In time, and by itself: nobody should lose an ID because they were busy.
    private Holding Renewed(Holding holding, Title title, RoutingTick now)
    {
        if (title.Status != TitleStatus.Final || title.Expiry.Number - now.Number > directory.Genesis.RenewalWindow
            || holding.Content is not { } content || title.DeedHash != HashOf(holding.Text)) return holding;
        var record = DeedRecord.Sign(directory.Genesis.Hash, holding.Id, RecordKind.Renew, title.Record + 1, title.DeedHash, content, KeyOf(holding) ?? DelegateOf(holding));
        log.Renewing();
        return holding with { Outgoing = record.Text };
    }

    private static Bytes32 HashOf(byte[] text) => text.Length == 0 ? default : Sha256.Hash(text.AsSpan());
}
