using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Handshake;
using Hawser.Net.Hubs;
using Hawser.Net.Pump;
using Hawser.Net.Services;
using Hawser.Net.Sockets;
using Hawser.Net.Store;
using Hawser.Net.Tcp;
using Hawser.Node;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

/// <summary>The network side: the machine with its socket, and the verbs that need it.</summary>
internal sealed partial class NodeHost
{
    private const ushort FirstPort = 61_000; // of the dynamic ones (RFC 6335 §6), above those that Linux gives to connections
    private const long InboxQuota = 64L << 30;

    private readonly HubClient _http = new();

    /// <summary>For asking hubs.</summary>
    public HubClient Http => _http;

    private readonly SemaphoreSlim _turn = new(1); // to go on or off line
    private bool _ended;
    private NodeRuntime? _former; // of the channel key before this one
    private ContactFollower? _follower;
    private LocatorKeeper? _locators;

    /// <summary>What makes the link worse than it is; null unless that was asked for.</summary>
    public LinkSimulator? Link { get; private set; }

    /// <summary>Null while offline.</summary>
    public NodeRuntime? Runtime { get; private set; }

    /// <summary>Tallies and messages, with a clear word where only the store was opened.</summary>
    public NodeRelations Relations => _relations ?? throw new HawserException(Reason.NotRunning, "this node is not online", "hawser up");

    private NodeRelations? _relations;

    /// <summary>Sites whose files are awaited, contacts or not.</summary>
    public ConcurrentDictionary<DhPublicKey, byte> AwaitedSenders { get; } = new();

    /// <summary>Files that are coming: how many bytes of each are here.</summary>
    public ConcurrentDictionary<(DhPublicKey From, Bytes32 Hash), long> Arriving { get; } = new();

    /// <summary>The claims on their way; null while offline, and in no federation.</summary>
    public ClaimRunner? Claims { get; private set; }

    /// <summary>The IDs that are this user's; null while offline, and in no federation.</summary>
    public HoldingKeeper? Holdings { get; private set; }

    /// <summary>Something about an ID of this user's has changed.</summary>
    public event Action<Holding>? HoldingChanged;

    /// <summary>A claim has another stage; with why, where it came to nothing.</summary>
    public event Action<StoredClaim, string?>? ClaimChanged;

    /// <summary>Files that came and are durable.</summary>
    public event Action<ReceivedFile>? FileReceived;

    /// <summary>The same; with a clear word where only the store was opened.</summary>
    public NodeRuntime Online => Runtime ?? throw new HawserException(Reason.NotRunning, "this node is not online", "hawser up");

    /// <summary>Starts the machine anew, as after a change of federation. Connections end.</summary>
    public async Task RestartAsync(CancellationToken cancel)
    {
        if (!Options.Online) return;
        await _turn.WaitAsync(cancel);
        try
        {
            if (_ended) return;
            await GoOfflineAsync();
            await GoOnlineAsync(cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task EndAsync()
    {
        await _turn.WaitAsync();
        _ended = true;
        await GoOfflineAsync();
        _turn.Release();
    }

    // Of another key, everything that was made with the one before begins anew. Not by who says so, who ends with it.
    private void TakeKeys()
    {
        Log.KeysChanged();
        _ = Task.Run(async () =>
        {
            try
            {
                await RestartAsync(CancellationToken.None);
            }
            catch (HawserException e)
            {
                Log.WorkFailed(e);
                RequestStop(); // better down than deaf
            }
        });
    }

    // Some still know this node by the key that it had. It has a machine of its own, which hubs lead to.
    private void HonourFormerKey(ServiceHost services)
    {
        if (Store.FormerChannelKey is not { } former || Bind(0) is not { } socket) return;
        var machine = new NodeMachine(TimeProvider.System.GetMoment(), SystemEntropy.Shared, new()
        {
            Key = former.Key, Genesis = Store.Genesis, AddressKey = Store.ClaimKey(SystemEntropy.Shared), Id = OwnedId(), Boot = Store.NextBoot(), LocalAddresses = LocalAddresses(socket.Local.Port),
        });
        _former = new(machine, socket, services, new RuleBook(Store, AwaitedSenders.Keys), Runtime!.Directory, Log)
        {
            Invitations = Invitations, PeerCame = peer => Relations.Mail.Attach(new Net.Relations.PeerChannel(peer)), HasTally = key => Relations.Mail.IsKnown(key),
        };
        foreach (var hub in Store.Hubs())
            if (TargetOf(hub) is { } target) _former.Tell(target, static (machine, now, target) => machine.KeepHub(now, target));
    }

    private Task GoOnlineAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!CryptoLibrary.IsAvailable) throw new HawserException(Reason.LibraryMissing, "libsodium is not installed", CryptoLibrary.Remedy);
        var (socket, listener) = OpenSockets();
        Link = Options.SimulateLink ? new(socket, TimeProvider.System) : null;
        var genesis = Store.Genesis;
        var machine = new NodeMachine(TimeProvider.System.GetMoment(), SystemEntropy.Shared, new()
        {
            Key = Store.ChannelKey(SystemEntropy.Shared),
            Genesis = genesis,
            AddressKey = Store.ClaimKey(SystemEntropy.Shared),
            Id = OwnedId(),
            Boot = Store.NextBoot(),
            LocalAddresses = LocalAddresses(socket.Local.Port),
        });
        var inbox = new FileInbox(Options.Inbox ?? Config.Inbox ?? Home.Inbox, InboxQuota);
        var arrivals = new ArrivalLedger(Store, inbox, TimeProvider.System, file => FileReceived?.Invoke(file), Arriving);
        arrivals.Reconcile();
        var services = new ServiceHost(new TargetConnector(TimeProvider.System), inbox, TimeProvider.System, Log)
        {
            Arrivals = arrivals,
            KeyExchange = (stream, peer, token) => Ledger?.Keys.AnswerAsync(stream, peer, token) ?? Task.CompletedTask,
        };
        _relations = new(this);
        Runtime = new(machine, Link is null ? socket : Link, services, new RuleBook(Store, AwaitedSenders.Keys), MakeDirectory(genesis), Log, listener)
        {
            Invitations = Invitations, PeerCame = peer => Relations.Mail.Attach(new Net.Relations.PeerChannel(peer)), HasTally = key => Relations.Mail.IsKnown(key),
        };
        foreach (var hub in Store.Hubs()) KeepHub(hub);
        HonourFormerKey(services);
        if (Runtime.Directory is IdDirectory directory)
        {
            Claims = new(directory, Store, _http, TimeProvider.System, Log);
            Claims.Changed += GoOnWith;
            Claims.Convicted += proof => EvidenceFiles.Keep(Home, proof, Log);
            Claims.Resume();
            Holdings = new(directory, Store, Claims.AskAsync, TimeProvider.System, Log);
            Holdings.Changed += GoOnWith;
            Holdings.ChannelKeyChanged += TakeKeys;
            Holdings.Start();
            Claims.Changed += (_, _) => Holdings?.Nudge();
            _locators = new(directory, Store, _http, Holdings.LocatorKeyOf, TimeProvider.System, Log);
            _locators.Start();
            _follower = new(directory, Store, Outdated, TimeProvider.System, Log);
            _follower.Start();
        }

        RulesChanged -= ReadRules;
        RulesChanged += ReadRules;
        ReachVerbs.Register(this);
        DoctorVerbs.Register(this);
        FileVerbs.Register(this);
        DatagramVerb.Register(this);
        FollowLedger();
        MessageVerbs.Register(this);
        return Task.CompletedTask;
    }

    private async Task GoOfflineAsync()
    {
        RulesChanged -= ReadRules;
        if (_follower is { } follower) await follower.DisposeAsync();
        _follower = null;
        if (_locators is { } locators) await locators.DisposeAsync();
        _locators = null;
        if (Holdings is { } holdings) await holdings.DisposeAsync();
        Holdings = null;
        if (Ledger is { } ledger) await ledger.DisposeAsync();
        Ledger = null;
        if (Claims is { } claims) await claims.DisposeAsync();
        Claims = null;
        if (_relations is { } relations) await relations.DisposeAsync();
        _relations = null;
        if (_former is { } former) await former.DisposeAsync();
        _former = null;
        if (Runtime is { } runtime) await runtime.DisposeAsync();
        Runtime = null;
    }

    /// <summary>Keeps a line to a hub that was signed on to.</summary>
    public void KeepHub(SignedOnHub hub)
    {
        if (TargetOf(hub) is not { } target) return;
        _locators?.Nudge();
        Runtime?.Tell(target, static (machine, now, target) => machine.KeepHub(now, target));
    }

    private HubTarget? TargetOf(SignedOnHub hub)
    {
        var addresses = hub.Addresses.Select(a => HostPort.TryParse(a, out var at) ? at : default).Where(a => a.Port != 0).ToArray();
        return addresses.Length == 0 ? null : new(hub.ChannelKey, addresses) { SignOn = Store.SignOnKey(hub.AdminKey, SystemEntropy.Shared) };
    }

    /// <summary>Leaves a hub that was signed off from.</summary>
    public void LeaveHub(DhPublicKey hub)
    {
        Runtime?.Tell(hub, static (machine, now, key) => machine.LeaveHub(now, key));
        _locators?.Nudge();
    }

    /// <summary>A federation that was pinned at sign-on.</summary>
    public Genesis? PinnedGenesis(in Bytes32 hash)
    {
        foreach (var pinned in Store.Federations())
        {
            if (pinned.Genesis == hash && Genesis.TryRead(Encoding.UTF8.GetBytes(pinned.Text), out var genesis) && genesis.Hash == hash) return genesis;
        }

        return null;
    }

    private IIdDirectory MakeDirectory(in Bytes32 genesis)
    {
        if (PinnedGenesis(genesis) is { } pinned)
        {
            var directory = new IdDirectory(pinned, Store, _http, TimeProvider.System);
            if (directory.Damage is { } damage) Options.Log.PinDamaged(damage);
            return directory;
        }

        var hash = genesis;
        if (Store.Federations().Any(federation => federation.Genesis == hash))
            Options.Log.PinDamaged("The federation that this node has pinned is damaged in its store: pin it again with hawser federation pin FILE, or sign on again with hawser signon HUB");
        return new NoDirectory();
    }

    // A contact's deed names another key, or another owner: the old key is nobody's.
    private void Outdated(DhPublicKey? old)
    {
        NotifyRulesChanged();
        if (old is not { } key || Runtime is not { } runtime) return;
        foreach (var peer in runtime.Peers.All.Where(peer => peer.ChannelKey == key)) _ = peer.DisposeAsync().AsTask();
    }

    private void ReadRules()
    {
        if (Runtime is not { } runtime) return;
        runtime.Rules = new RuleBook(Store, AwaitedSenders.Keys);
        if (_former is { } former) former.Rules = runtime.Rules;
        foreach (var peer in runtime.Peers.All.Where(peer => runtime.Rules.Identify(peer.ChannelKey, runtime.IdOf(peer)) is null))
            peer.HangUp(); // blocked: at once, and what it has open with it
        Relations.ReadRules();
    }

    // A claim of its own has become an ID, or is one no more.
    private void GoOnWith(StoredClaim claim, string? why)
    {
        if (ClaimFile.IsOwned(claim.Stage) || claim.Stage == ClaimFile.Lost)
            Runtime?.Tell(OwnedId(), static (machine, _, id) => machine.Id = id);
        ClaimChanged?.Invoke(claim, why);
    }

    private void GoOnWith(Holding holding)
    {
        Runtime?.Tell(OwnedId(), static (machine, _, id) => machine.Id = id);
        _locators?.Nudge();
        HoldingChanged?.Invoke(holding);
    }

    /// <summary>The routing ID that this node goes by; none if it owns none.</summary>
    public PlainId OwnedId() =>
        Holding.IdOf(Store) is { } id && PlainId.TryParse(id, out var plain) ? plain : default;

    // UDP, and TCP at the same port, so that one address leads here by either. Where the port is given, UDP alone will do.
    private (UdpSocket Udp, Socket? Tcp) OpenSockets()
    {
        var named = Options.UdpPort != 0 ? Options.UdpPort : Config.UdpPort;
        var given = named is { } port ? Bind(port) ?? throw Busy(port) : Store.UdpPort is { } kept ? Bind(kept) : null;
        if (given is not null)
        {
            var listener = TcpPump.Listen(given.Local);
            if (listener is null) Log.NoTcp(given.Local.Port);
            return (given, listener);
        }

        for (var tries = 0; tries < 20; tries++)
        {
            var drawn = (ushort)System.Security.Cryptography.RandomNumberGenerator.GetInt32(FirstPort, ushort.MaxValue + 1);
            if (Bind(drawn) is not { } socket) continue;
            if (TcpPump.Listen(socket.Local) is { } listener)
            {
                Store.UdpPort = drawn;
                return (socket, listener);
            }

            socket.Dispose();
        }

        throw Busy(0);
    }

    private static UdpSocket? Bind(ushort port)
    {
        try
        {
            return new(Socket.OSSupportsIPv6 ? new HostPort(default, port) : HostPort.Read([0, 0, 0, 0], port));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return null;
        }
    }

    private static HawserException Busy(ushort port) => new(Reason.PortBusy, $"UDP port {port} is taken",
        "stop who has it, or choose another: hawser up --port PORT");

    private static HostPort[] LocalAddresses(ushort port) =>
    [
        .. from nic in NetworkInterface.GetAllNetworkInterfaces()
           where nic.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
           from unicast in nic.GetIPProperties().UnicastAddresses
           let address = unicast.Address
           where !address.IsIPv6LinkLocal && !address.IsIPv6Multicast
           orderby IPAddress.IsLoopback(address)
           select HostPort.From(new IPEndPoint(new IPAddress(address.GetAddressBytes()), port)),
    ];
}
