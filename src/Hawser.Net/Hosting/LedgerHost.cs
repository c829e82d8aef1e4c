using System.Globalization;
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
    private const int BlocksAtOnce = 20;
    private const int TransactionsAtOnce = 500; // of what waits: a full pool is not held in memory
    private const ulong UsualRate = 2_000; // satoshi for 1,000 virtual bytes, where the node has no opinion
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(400); // chain.md §6
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
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
    public void Rescan(int from)
    {
        lock (_gate) _rescan = from;
        Look();
    }

    /// <summary>Looks at once, however long the pause was to be.</summary>
    public void Look() => _look.Release();

    private async Task FollowAsync()
    {
        var pause = Poll;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await LookAsync(_stopping.Token);
                if (Trouble is not null) _log.ChainFollowed(_chain.Name);
                (Trouble, pause) = (null, Poll);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (HawserException e)
            {
                if (Trouble != e.Message) _log.ChainTrouble(e.Message);
                Trouble = e.Message;
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Trouble = "something went wrong inside: see the node's log"; // whatever it is, the next look may do better
                _log.WorkFailed(e);
                pause = LongestPause;
            }

            try
            {
                await _look.WaitAsync(pause, _stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        var view = await _chain.ViewAsync(cancel);
        if (_client is null) Begin(view);
        else if (view.Network != Network) throw new HawserException(Reason.Failed, $"the node follows {view.Network.Name} now, and did {Network!.Name} before");
        Best = view.Height;
        int? rescan;
        lock (_gate)
        {
            (rescan, _rescan) = (_rescan, null);
            _client!.Best = view.Height;
        }

        if (rescan is { } from)
        {
            _read = Math.Min(_read, Math.Max(from, 0) - 1);
            _store.ForgetBlocks(_read + 1);
        }

        await ReadBlocksAsync(view, cancel);
        await ReadWaitingAsync(cancel);
        Ask((client, now) =>
        {
            client.Tick(now);
            return 0;
        });
        RepeatSending();
    }

    // The first look: which ledger, from where.
    private void Begin(ChainView view)
    {
        const string networkSetting = "chain_network", birthdaySetting = "chain_birthday";
        if (_store.Setting(networkSetting) is { } before && before != view.Network.Name)
            throw new HawserException(Reason.Refused, $"this home meets people on {before}, and the node follows {view.Network.Name}", "choose another node, or another home with --home");
        var birthday = Math.Max(0, view.Height - LedgerClient.Life); // older messages are stale
        _store.Atomically(() =>
        {
            _store.SetSetting(networkSetting, view.Network.Name);
            if (_store.Setting(birthdaySetting) is null) _store.SetSetting(birthdaySetting, birthday.ToString(CultureInfo.InvariantCulture));
        });
        Network = view.Network;
        var known = _store.Blocks();
        _read = known.Count > 0 ? known[0].Height : int.Parse(_store.Setting(birthdaySetting)!, CultureInfo.InvariantCulture) - 1;
        var coins = HasOwnCoins ? new OwnCoins(_store.CoinSeed(SystemEntropy.Shared), _store.NextCoinKey, _store.Coins()) : null;
        lock (_gate)
        {
            _client = new(_clock.GetMoment(), SystemEntropy.Shared, new()
            {
                Network = view.Network,
                Own = _own,
                Channel = _store.ChannelKey(SystemEntropy.Shared).Public,
                OwnAddress = OwnAddress,
                MayDial = MayDial,
                AcceptsContacts = _options.AcceptsContacts,
                HearsStrangers = _options.HearsStrangers,
                Certificates = Certificates,
                RequiresProof = _options.RequiresProof,
                MaxFee = _options.MaxFee,
                DailyFee = _options.DailyFee,
            }, coins, _store.Meetings()) { Best = view.Height, Reached = _read };
            _client.SetContacts(_store.LedgerContacts(_own));
        }

        Ask((client, now) =>
        {
            client.Resume(now);
            return 0;
        });
    }

    private async Task ReadBlocksAsync(ChainView view, CancellationToken cancel)
    {
        await GoBackAsync(view, cancel);
        var before = _store.Blocks() is [var newest, ..] && newest.Height == _read ? newest.Hash : (Bytes32?)null;
        while (_read < view.Height)
        {
            List<(int Height, Bytes32 Hash)> read = [];
            for (var i = 0; i < BlocksAtOnce && _read + 1 + i <= view.Height; i++)
            {
                var height = _read + 1 + i;
                var hash = await _chain.HashAsync(height, cancel);
                var block = await _chain.BlockAsync(hash, cancel);
                Check(block, hash, read.Count > 0 ? read[^1].Hash : before);
                if (!Ask((client, now) => client.Receive(now, height, block))) _log.ChainBlockBad(height);
                read.Add((height, hash));
            }

            lock (_gate) _store.SaveBlocks(read, _client!.Coins);
            (_read, before) = (read[^1].Height, read[^1].Hash);
        }
    }

    // A block is what it is called, and follows the one before. If another branch has come meanwhile, the next look sees it.
    private void Check(byte[] block, in Bytes32 hash, Bytes32? before)
    {
        const int headerSize = 80, previousAt = 4;
        if (block.Length < headerSize || LedgerHash.Twice(block.AsSpan(0, headerSize)) != hash)
            throw new HawserException(Reason.Failed, $"the node at {_chain.Name} gives another block than was asked for");
        if (before is { } known && Bytes32.Read(block.AsSpan(previousAt, Bytes32.Size)) != known)
            throw new HawserException(Reason.Failed, $"the node at {_chain.Name} gives blocks that do not follow each other");
    }

    // Down to the newest block that the best branch still has.
    private async Task GoBackAsync(ChainView view, CancellationToken cancel)
    {
        var known = _store.Blocks();
        if (known.Count == 0 || (known[0].Height == view.Height && known[0].Hash == view.Best)) return;
        var fork = known[^1].Height - 1; // none of those that are kept
        foreach (var (height, hash) in known)
        {
            if (height > view.Height || await _chain.HashAsync(height, cancel) != hash) continue;
            fork = height;
            break;
        }

        if (fork >= _read) return;
        _log.ChainBranch(_read - fork);
        Ask((client, now) =>
        {
            client.Disconnect(now, fork + 1);
            return 0;
        });
        _store.ForgetBlocks(fork + 1);
        _read = fork;
        _waiting.Clear(); // what those blocks held waits again
    }

    private async Task ReadWaitingAsync(CancellationToken cancel)
    {
        var ids = await _chain.WaitingAsync(cancel);
        List<Bytes32> fresh = [.. ids.Where(id => !_waiting.Contains(id))];
        if (_waiting.Count > 2 * ids.Count + 1_000) _waiting.Clear();
        if (fresh.Count == 0) return;
        foreach (var some in fresh.Chunk(TransactionsAtOnce))
        {
            var transactions = await _chain.TransactionsAsync(some, cancel);
            for (var i = 0; i < some.Length; i++)
            {
                if (transactions[i] is not { } transaction) continue;
                if (!TransactionSpan.TryReadWhole(transaction, out var span) || span.Id != some[i])
                    throw new HawserException(Reason.Failed, $"the node at {_chain.Name} gives another transaction than was asked for");
                Ask((client, now) => client.Receive(now, transaction));
            }

            _waiting.UnionWith(some);
        }

        lock (_gate) _store.SaveCoins(_client!.Coins);
    }

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
        AdminKey = id => directory.Genesis.Founders.PlaceOf(id) is var place and >= 0 ? directory.Genesis.Founders[place].Key : null,
        HolderOf = channel => _store.FindContact(channel) is { ClaimKey: { } holder, NewOwner: null } ? holder : null,
        Me = Holding.IdOf(_store) is { } own && RoutingId.TryParse(own, out var id) ? AddressCertificate.AudienceOf(id) : default,
    };

    private bool MayDial(HostPort peer) => AddressPolicy.Permitted([peer], OwnAddress() is { } own ? [own, .. _runtime.Observed] : [.. _runtime.Observed]).Length > 0;
}
