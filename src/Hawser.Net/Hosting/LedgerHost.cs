using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Net.Chain;
using Hawser.Net.Hubs;
using Hawser.Net.Pump;
using Hawser.Net.Store;
using Hawser.Proof;
using Hawser.Wire;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hosting;

/// <summary>
/// Follows a ledger through one node: new blocks, branches that are replaced, transactions that wait; hands all of it to
/// the client, and does what the client wants.
/// </summary>
internal sealed partial class LedgerHost : IAsyncDisposable
{
    private const ulong UsualRate = 2_000; // satoshi for 1,000 virtual bytes, where the node has no opinion
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(400); // chain.md §6
    private static readonly TimeSpan SendAgain = TimeSpan.FromSeconds(60);

    private readonly IChain _chain;
    private readonly NodeRuntime _runtime;
    private readonly NodeStore _store;
    private readonly LedgerOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly LedgerKeyPair _own;
    private readonly KeyAgreement _keys;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Bytes32> _waiting = [];
    private readonly SemaphoreSlim _look = new(0);
    private LedgerClient? _client;
    private Task _following = Task.CompletedTask;
    private int _read = -1; // height of the newest block that was read
    private readonly List<TaskCompletionSource> _rescans = []; // of who waits for the next reading
    private int? _rescan;
    private Instant _sendAgain;

    public LedgerHost(IChain chain, NodeRuntime runtime, NodeStore store, LedgerOptions options, TimeProvider clock, ILogger log)
    {
        (_chain, _runtime, _store, _options, _clock, _log) = (chain, runtime, store, options, clock, log);
        _own = store.LedgerKey(SystemEntropy.Shared);
        _keys = new(store, _own, peer => runtime.ExporterOf(peer.Connection), ReadContacts);
    }

    /// <summary>A meeting has another state.</summary>
    public event Action<Meeting>? Changed;

    public LedgerOptions Options => _options;

    public KeyAgreement Keys => _keys;

    public LedgerNetwork? Network { get; private set; }

    /// <summary>Height of the newest block that was read; -1 before the first.</summary>
    public int Height => _read;

    /// <summary>Of the newest that there is.</summary>
    public int Best { get; private set; } = -1;

    /// <summary>Why nothing is followed just now.</summary>
    public string? Trouble { get; private set; } = "not connected yet";

    public string NodeName => _chain.Name;

    public bool HasOwnCoins => _options.WalletUrl is null;

    public LedgerPublicKey Key => _own.Public;

    public void Start() => _following = Task.Run(FollowAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        await Task.WhenAll(_work.Keys);
        _keys.Dispose();
        _chain.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Runs a command on the client, and does what comes of it.</summary>
    public T Ask<T>(Func<LedgerClient, Moment, T> command)
    {
        List<LedgerEvent> events = [];
        T answer;
        lock (_gate)
        {
            if (_client is null) throw new HawserException(Reason.Unreachable, Trouble ?? "the ledger's node has not answered yet", "hawser chain status says how it does");
            answer = command(_client, _clock.GetMoment());
            Drain(_client, events);
        }

        foreach (var happened in events) Deal(happened);
        return answer;
    }

    /// <summary>Whether somebody with this key is about to be met.</summary>
    public bool IsMeeting(DhPublicKey channel)
    {
        lock (_gate) return _client?.Meetings.Any(m => m.Contact == channel && m.Stranger is null && m.State is MeetingState.Addressed or MeetingState.Handshaking && m.Contact == channel) is true;
    }

    /// <summary>Contacts, or their keys, are others now.</summary>
    public void ReadContacts()
    {
        lock (_gate) _client?.SetContacts(_store.LedgerContacts(_own));
    }

    /// <summary>Reads again from a height, as for a contact whose card came late.</summary>
    /// <exception cref="HawserException">The node did not answer to the end; it is gone on with when it does.</exception>
    public Task RescanAsync(int from)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _rescan = Math.Min(_rescan ?? from, from);
            _rescans.Add(done);
        }

        Look();
        return done.Task;
    }

    /// <summary>Looks at once, however long the pause was to be.</summary>
    public void Look() => _look.Release();

    /// <summary>Where peers are told to look: what was named, what hubs see, what an interface has that others can reach.</summary>
    public HostPort? OwnAddress()
    {
        if (_options.At is { } named) return named;
        foreach (var address in _runtime.Observed.Concat(_runtime.LocalAddresses))
            if (AddressPolicy.KindOf(address.Address) is AddressKind.Public) return address;
        foreach (var address in _runtime.LocalAddresses)
            if (AddressPolicy.KindOf(address.Address) is AddressKind.Private) return address;
        return null;
    }

    // As of now: a node may sign on to a federation, and contacts may come, while it runs.
    private CertificateCheck? Certificates() => _runtime.Directory is not IdDirectory directory ? null : new()
    {
        Genesis = directory.Genesis.Hash,
        AdminKey = id => directory.Epochs.Find(id)?.Key,
        HolderOf = channel => _store.FindContact(channel) is { ClaimKey: { } holder, NewOwner: null } ? holder : null,
        Me = Holding.IdOf(_store) is { } own && RoutingId.TryParse(own, out var id) ? AddressCertificate.AudienceOf(id) : default,
    };

    private bool MayDial(HostPort peer) => AddressPolicy.Permitted([peer], OwnAddress() is { } own ? [own, .. _runtime.Observed] : [.. _runtime.Observed]).Length > 0;
}
