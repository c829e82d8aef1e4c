using System.Collections.Concurrent;
using Hawser.Federation;
using Hawser.Net.Store;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hubs;

/// <summary>
/// Carries this node's claims through, each by itself: every step is in the store before it is taken, so a claim goes on
/// where it was whenever a node starts on the home again. Spec: registry.md §5, §7.
/// </summary>
internal sealed class ClaimRunner(IdDirectory directory, NodeStore store, HubClient http, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new(); // never disposed: a claim may be begun while the node stops
    private readonly ConcurrentDictionary<ClaimRun, Task> _runs = new();

    /// <summary>A claim has another stage now, and the store knows; with why, where it came to nothing.</summary>
    public event Action<StoredClaim, string?>? Changed;

    public IdDirectory Directory => directory;

    public NodeStore Store => store;

    public TimeProvider Clock => clock;

    public ILogger Log => log;

    /// <summary>Goes on with all claims that a node on this home has ever begun and not finished.</summary>
    public void Resume()
    {
        foreach (var row in store.Claims())
        {
            if (ClaimFile.IsOver(row.Stage)) continue;
            if (ClaimFile.WrongOf(row) is { } wrong)
            {
                log.ClaimDamaged(row.RoutingId ?? row.SealKey, wrong);
                continue;
            }

            if (!ClaimFile.TryRead(row.State, out var file)) continue;
            if (file.Genesis == directory.Genesis.Hash) Start(new(this, file.Wish, row, file.Record));
        }
    }

    /// <summary>Begins a claim; it is in the store when this returns.</summary>
    public ClaimRun Begin(ClaimWish wish)
    {
        var run = new ClaimRun(this, wish, null, null);
        run.Deal(_stopping.Token);
        Start(run);
        return run;
    }

    /// <summary>What went wrong last with a claim that is on its way.</summary>
    public string? TroubleOf(StoredClaim claim) => _runs.Keys.FirstOrDefault(run => run.Row.SealKey == claim.SealKey)?.Trouble;

    /// <summary>What admins have said of a claim that is on its way: rivals of its ID, shares that they keep.</summary>
    public string? WordOf(StoredClaim claim) => _runs.Keys.FirstOrDefault(run => run.Row.SealKey == claim.SealKey)?.Word;

    public void Raise(StoredClaim claim, string? why) => Changed?.Invoke(claim, why);

    /// <summary>An admin broke its promise: its proof is kept in the home, to be shown around.</summary>
    public void Convict(FraudProof proof) => Convicted?.Invoke(proof);

    public event Action<FraudProof>? Convicted;

    /// <summary>Asks a member's hub; null or nothing if it has no such thing.</summary>
    public async Task<byte[]?> AskAsync(Member member, HubQuestion question, CancellationToken cancel)
    {
        return question switch
        {
            HubQuestion.Ticket(var body) => await http.PostAsync(member.Url, HubPaths.Ticket, body, MarkFor(member, body), cancel),
            HubQuestion.Claim(var body) => await http.PostAsync(member.Url, HubPaths.Claim, body, null, cancel),
            HubQuestion.Reveal(var body) => await http.PostAsync(member.Url, HubPaths.Reveal, body, null, cancel),
            HubQuestion.Entrust(var body) => await http.PostAsync(member.Url, HubPaths.Entrust, body, null, cancel),
            HubQuestion.Share(var body) => await http.PostAsync(member.Url, HubPaths.Share, body, null, cancel),
            HubQuestion.Tentative(var claim) => await http.GetAsync(member.Url, HubPaths.TentativeOf(claim), cancel),
            HubQuestion.Record(var body) => await http.PostAsync(member.Url, HubPaths.Record, body, null, cancel),
            HubQuestion.Certificate(var height) =>
                await http.GetAsync(member.Url, height is { } h ? HubPaths.CertificateAt(h) : HubPaths.Latest, cancel),
            HubQuestion.Epoch(var number) => await http.GetAsync(member.Url, HubPaths.EpochOf(number), cancel),
            HubQuestion.LogTile(var admin, var tile) => await http.GetAsync(member.Url, HubPaths.TileOf(admin, tile), cancel),
            HubQuestion.Ownership(var id) => await http.GetAsync(member.Url, HubPaths.ProofOf(id), cancel),
            _ => throw new InvalidOperationException("a question that no hub answers"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_runs.Values);
    }

    private void Start(ClaimRun run)
    {
        var task = Task.Run(() => run.RunAsync(_stopping.Token));
        _runs[run] = task;
        _ = task.ContinueWith(_ => _runs.TryRemove(run, out Task? _), TaskScheduler.Default);
    }

    // Admins keep tickets for their users, and ask a guest's network to wait its turn.
    private SignOnMark? MarkFor(Member member, byte[] body) =>
        store.Hubs().FirstOrDefault(hub => hub.AdminKey == member.Key) is { } hub
            ? SignOnMark.Sign(directory.Genesis.Hash, member.Id, store.SignOnKey(hub.AdminKey, SystemEntropy.Shared), body)
            : null;
}
