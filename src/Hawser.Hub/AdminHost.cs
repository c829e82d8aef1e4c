using System.Collections.Concurrent;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Hub.Store;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Pump;
using Hawser.Tlog;
using Microsoft.Extensions.Logging;

namespace Hawser.Hub;

/// <summary>
/// Drives an admin's machine in real time. One lock guards the machine; one thread writes what it wants durable, all
/// that has gathered in one transaction, and only then lets it go on; fetches run beside.
/// </summary>
internal sealed partial class AdminHost : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan RoomWait = TimeSpan.FromSeconds(1); // until a full disk is tried again

    private readonly Lock _gate = new();
    private readonly AdminMachine _machine;
    private readonly List<SigningKey> _keys; // the machine looks into it at every height
    private readonly Registry _registry;
    private readonly Genesis _genesis;
    private readonly Malice? _malice = Malice.FromEnvironment();
    private readonly HubStore _store;
    private readonly AdminReader _reader;
    private readonly AdminPeers _peers;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _wake = new(0); // never disposed: a fetch may end after the rest has
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<Reply>> _asked = new();
    private TaskCompletionSource _certified = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TickCertificate? _last;
    private long _questions;
    private volatile bool _stopping;
    private volatile bool _diskIsFull;

    public AdminHost(Genesis genesis, HubStore store, AdminPeers peers, TimeProvider clock, ILogger log, Registry? kept = null)
    {
        (_genesis, _store, _peers, _clock, _log) = (genesis, store, peers, clock, log);
        if (_malice is not null) log.Lies(Malice.Variable);
        _registry = kept ?? new(genesis, Net.Hubs.AllCores.Instance);
        if (store.KeepsRegistry) _registry.NoteChanges(stored: store.RegistryHeight() is var height and > 0 && height == _registry.Height);
        _reader = new(store);
        try
        {
            _keys = [.. store.AdminKeys];
            _machine = new(clock.GetMoment(), genesis, _keys, _registry, SystemEntropy.Shared, _reader);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or DamagedStoreException)
        {
            throw new HawserException(Reason.StoreCorrupt, $"the hub's store is damaged: {e.Message}; nothing was changed",
                "put a copy of it back, or start the hub in a new home", e);
        }

        if (store.LastHeight() is > 0 and var last && store.Certificate(last) is { } file)
            TickCertificate.TryRead(file, _machine.Epochs.At(last)!, out _last);
        _timer = clock.CreateTimer(_ => _wake.Release(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new(Run) { IsBackground = true, Name = "admin" };
        _thread.Start();
    }

    private readonly record struct Reply(AdminStatus Status, byte[] Body, Promise? Promise);

    /// <summary>The machine can go on no more; its host is to stop.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Another admin has been found to break the rules.</summary>
    public event Action<FraudProof>? Convicted;

    /// <summary>What this hub is as an admin; null if it is none at present.</summary>
    public Member? Me { get { lock (_gate) return _machine.Me; } }

    /// <summary>The admins of the height that is being agreed on.</summary>
    public Members Members { get { lock (_gate) return _machine.Members; } }

    public Epochs Epochs => _machine.Epochs;

    /// <summary>A key that a vote may put in this admin's place: from that height on it signs with it.</summary>
    public void Await(SigningKey next)
    {
        lock (_gate)
            if (_keys.All(key => key.Public != next.Public)) _keys.Add(next);
    }

    /// <summary>Who was convicted, and is still a member.</summary>
    public IReadOnlyList<RoutingId> Frozen { get { lock (_gate) return [.. _registry.Roster.Frozen]; } }

    /// <summary>Changes that are voted on; with who is for each.</summary>
    public IReadOnlyList<(MemberChange Change, uint Opened, IReadOnlyList<RoutingId> Yes)> OpenChanges()
    {
        lock (_gate) return [.. _registry.Roster.Open.Select(open => (open.Change, open.Opened, (IReadOnlyList<RoutingId>)[.. open.Yes]))];
    }

    /// <summary>The newest certificate that is on disk here; null before the first.</summary>
    public TickCertificate? Last { get { lock (_gate) return _last; } }

    /// <summary>The timestamp of the tickets that are handed out now.</summary>
    public RoutingTick LastTick { get { lock (_gate) return _machine.LastTick; } }

    /// <summary>Whether it signs; not any more after its fold differed from what a quorum signed.</summary>
    public bool IsHalted { get { lock (_gate) return _machine.State is AgreementState.Halted; } }

    /// <summary>What keeps it from taking anything; null if nothing does.</summary>
    public string? Trouble => _diskIsFull ? "the disk of this hub is full: it takes nothing and signs nothing until there is room" : null;

    /// <summary>Messages of other admins that were not taken, by reason.</summary>
    public IReadOnlyList<(string Reason, long Count)> Dropped()
    {
        lock (_gate) return [.. _machine.Dropped.Select(drop => (drop.Key.ToString(), drop.Value))];
    }

    /// <summary>Asks the machine, and waits until its answer may be told.</summary>
    public async Task<(AdminStatus Status, byte[] Body)> AskAsync(
        AdminVerb verb, HostPort from, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        if (_malice?.Withholds(verb) == true) return (AdminStatus.NotFound, []);
        if (Trouble is { } trouble) return (AdminStatus.Busy, System.Text.Encoding.UTF8.GetBytes($"{trouble}; ask another admin"));
        var answer = new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        var check = verb is AdminVerb.Claim ? ClaimCheck.Of(body.Span, _genesis, Members) : null; // side by side with others
        lock (_gate)
        {
            var number = ++_questions;
            _asked[number] = answer;
            _machine.Ask(_clock.GetMoment(), number, verb, from, body.Span, check);
        }

        _wake.Release();
        var (status, told, promise) = await answer.Task.WaitAsync(TimeSpan.FromSeconds(10), _clock, cancel).ConfigureAwait(false);
        return (status, promise?.Sign() ?? told); // beside the machine, and beside others
    }

    /// <summary>
    /// The proof of an ID. Between the moment that a height is folded and its certificate there is none to make; then
    /// it waits for that for a little; null if it does not come.
    /// </summary>
    public async Task<byte[]?> ProofAsync(RoutingId id, CancellationToken cancel)
    {
        var patience = Task.Delay(TimeSpan.FromSeconds(5), _clock, cancel);
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_last is null) return null;
                if (_registry.State.Root == _last.Header.StateRoot)
                    return OwnershipProof.Make(_last, _machine.Epochs.At(_last.Header.Height)!, _registry.State, id).Write();
                next = _certified.Task;
            }

            if (await Task.WhenAny(next, patience).ConfigureAwait(false) == patience) return null;
        }
    }

    /// <summary>Waits until a height is certified and on disk here.</summary>
    public async Task<TickCertificate> WaitForAsync(uint height, CancellationToken cancel)
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_last is { } last && last.Header.Height >= height) return last;
                next = _certified.Task;
            }

            await next.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The title of an ID and the text behind it; null if it has none.</summary>
    public (Title Title, byte[] Text)? TitleOf(RoutingId id)
    {
        lock (_gate) return _registry.State.TryFind(id, out var title) && _registry.TryDeed(id, out var text) ? (title, text) : null;
    }

    /// <summary>The present text of an ID: deed or record.</summary>
    public byte[]? DeedOf(RoutingId id)
    {
        lock (_gate) return _registry.TryDeed(id, out var text) ? text : null;
    }

    /// <summary>IDs that somebody holds, and claims on their way to one.</summary>
    public long CountTitles()
    {
        lock (_gate) return _registry.State.Count;
    }

    /// <summary>The hashes of a tile; null if the log has not so many.</summary>
    public byte[]? HashesOf(RoutingId admin, Tile tile)
    {
        var hashes = new byte[tile.Width * Wire.Bytes32.Size];
        lock (_gate)
        {
            for (var i = 0; i < tile.Width; i++)
            {
                if (!_machine.TryHash(admin, tile.Level * Tile.Height, tile.Index * Tile.FullWidth + i, out var hash)) return null;
                hash.CopyTo(hashes.AsSpan(i * Wire.Bytes32.Size));
            }
        }

        return hashes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _wake.Release();
        _thread.Join();
        _timer.Dispose();
        foreach (var waiting in _asked.Values) waiting.TrySetCanceled();
    }
}
