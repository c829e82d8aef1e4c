using System.Collections.Concurrent;
using System.Net.Sockets;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Hub.Http;
using Hawser.Hub.Store;
using Hawser.Net;
using Hawser.Net.Pump;
using Hawser.Net.Sockets;
using Hawser.Net.Tcp;
using Hawser.Node;
using Hawser.Session.Tcp;

namespace Hawser.Hub;

/// <summary>The hub's store and, when online, its servers.</summary>
internal sealed partial class HubHost
{
    private static readonly TimeSpan CounterInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<DhPublicKey, int> _present = new(); // lines by channel key
    private HubStore? _store;
    private AdminPeers? _peers;
    private AdminHost? _admin;
    private HubServer? _http;
    private RecordKeeper? _keeper;
    private MachinePump<HubMachine, HubEvent>? _pump;
    private TcpPump? _tcp;
    private TcpNotes? _notes;
    private Task _serving = Task.CompletedTask;
    private ITimer? _saving;
    private Dictionary<string, long> _before = [];

    /// <summary>The admin's machine; null while offline.</summary>
    public AdminHost? Admin => _admin;

    /// <summary>What is done about records that are kept in part; null while offline.</summary>
    public RecordKeeper? Keeper => _keeper;

    /// <summary>Opened when first asked for: <c>hub init</c> has to make it.</summary>
    public HubStore Store => _store ??= HubStore.Open(Home);

    private async Task OpenAsync(CancellationToken cancel)
    {
        HubVerbs.Register(this);
        if (!Options.Online) return;
        if (!Options.Roles.HasFlag(HubRoles.Admin))
        {
            await OpenAloneAsync(cancel).ConfigureAwait(false);
            return;
        }

        var genesis = Store.Federation ?? throw new HawserException(Reason.Failed, "this hub takes part in no federation yet",
            "give its card to the other founders, or found one alone: hawser hub card > CARD; hawser federation new CARD > FILE; hawser hub join FILE");
        var identity = Store.Identity;
        _before = Store.Counters().ToDictionary(counter => counter.Name, counter => counter.Value);
        _peers = new();
        StoreRepair.Run(genesis, Store, Options.Log);
        Store.KeepsRegistry = !Options.KeepsAll;
        var registry = KeptRegistry.Open(genesis, Store, Options.Log);
        if (Store.MustLookAround) await LookAround.RunAsync(genesis, Store, _peers, Options.Clock, Options.Log, cancel).ConfigureAwait(false);
        _admin = new(genesis, Store, _peers, Options.Clock, Options.Log, registry);
        _admin.Failed += _ => RequestStop();
        _admin.Convicted += proof => Net.Hubs.EvidenceFiles.Keep(Home, proof, Options.Log);
        if (_admin.Me is { } me && Store.AdminKeys.FirstOrDefault(key => key.Public == me.Key) is { } adminKey)
            Prover = new(genesis.Hash, me.Id, adminKey, Store.ChannelKey.Public, identity.At, Options.Clock) { Proxies = Options.Proxies };
        OpenNotary();
        OpenReflection();
        WatchNotaries(genesis);
        _http = await HubServer.StartAsync(identity.HttpListen, new HubContent(genesis, Store, _admin, Options.Clock, Counts, Prover, Options.KeepsAll),
            Options.Clock, cancel, HttpExtras()).ConfigureAwait(false);
        _watch?.Start();
        _keeper = new(genesis, Store, _admin, Options);
        if (Options.Lines) OpenLines(genesis, identity);
        OpenStun(identity);
        _saving = Options.Clock.CreateTimer(_ => SaveCounters(), null, CounterInterval, CounterInterval);
        Options.Log.Listening(_http.Local.Port, identity.UdpListen.Port);
    }

    private void OpenLines(Genesis genesis, HubIdentity identity)
    {
        UdpSocket socket;
        try
        {
            socket = new(identity.UdpListen);
        }
        catch (SocketException e)
        {
            throw new HawserException(Reason.PortBusy, $"UDP cannot listen on {identity.UdpListen}",
                "stop what listens there, or set up the hub with another port: hawser hub init --udp ADDR:PORT", e);
        }

        var setup = new HubSetup { Genesis = genesis.Hash, ChannelKey = Store.ChannelKey, Prover = Prover?.OfLines };
        var machine = new HubMachine(Options.Clock.GetMoment(), setup, SystemEntropy.Shared);
        _pump = new(machine, socket, Options.Clock, Options.Log);
        if (TcpPump.Listen(identity.UdpListen) is not { } listener)
        {
            _pump.Dispose();
            _pump = null;
            throw new HawserException(Reason.PortBusy, $"TCP cannot listen on {identity.UdpListen}",
                "stop what listens there, or set up the hub with another port: hawser hub init --udp ADDR:PORT");
        }

        _notes = new(Options.Clock, Options.Log);
        _tcp = new(new PumpGate<HubMachine, HubEvent>(_pump), machine.Tcp, listener, Noted, Options.Log);
        _pump.Drained += _tcp.Serve;
        _serving = ServeLinesAsync(_pump);
    }

    private async Task CloseAsync()
    {
        if (_saving is not null) await _saving.DisposeAsync().ConfigureAwait(false);
        _pump?.Feed(0, static (machine, now, _) => machine.Shutdown(now));
        if (Prover is not null) await Prover.DisposeAsync().ConfigureAwait(false);
        if (_http is not null) await _http.DisposeAsync().ConfigureAwait(false);
        if (_keeper is not null) await _keeper.DisposeAsync().ConfigureAwait(false);
        if (_watch is not null) await _watch.DisposeAsync().ConfigureAwait(false);
        Stun?.Dispose();
        _raw?.Dispose();
        _pump?.Dispose();
        _tcp?.Dispose();
        await _serving.ConfigureAwait(false);
        if (_http is not null && _admin is not null) SaveCounters();
        _admin?.Dispose();
        _peers?.Dispose();
        _store?.Dispose();
    }

    private async Task ServeLinesAsync(MachinePump<HubMachine, HubEvent> pump)
    {
        try
        {
            await foreach (var happened in pump.Events.ReadAllAsync().ConfigureAwait(false))
            {
                switch (happened)
                {
                    case HubEvent.SignOnWanted(var line, var signOn, _):
                        var welcome = Store.FindUser(signOn) is { Blocked: false };
                        if (welcome) NoteSeen(signOn);
                        pump.Feed((line, welcome), static (machine, now, answer) => machine.Admit(now, answer.line, answer.welcome));
                        break;
                    case HubEvent.Arrived(_, var member, _):
                        _present.AddOrUpdate(member, 1, (_, lines) => lines + 1);
                        Options.Log.NodePresent(member.ToString());
                        break;
                    case HubEvent.Left(_, var member, true, _):
                        if (_present.AddOrUpdate(member, 0, (_, lines) => lines - 1) <= 0) _present.TryRemove(member, out _);
                        break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or HawserException)
        {
            Options.Log.LinesStopped(e);
            RequestStop();
        }
    }

    private void NoteSeen(in VerifyKey signOn)
    {
        try
        {
            Store.Seen(signOn, Options.Clock.GetUtcNow());
        }
        catch (HawserException e) when (e.Reason is Reason.DiskFull)
        {
            Options.Log.SeenNotSaved(e); // who comes is served all the same
        }
    }

    // Anybody may ask how far the federation has come, and stays unknown: session.md §5.6.
    private void Noted(TcpNote note)
    {
        if (note is not TcpNote.Queried(var connection, var question))
        {
            _notes!.Take(note);
            return;
        }

        var answer = HubQuery.Answer(question, _admin?.Last?.Header.Height ?? _store?.LastHeight() ?? 0);
        _pump?.Feed((connection, answer), static (machine, now, given) => machine.Tcp.AnswerQuery(now, given.connection, given.answer));
    }

    /// <summary>Ends what lines a node has here.</summary>
    public void Expel(DhPublicKey node) => _pump?.Feed(node, static (machine, now, key) => machine.Expel(now, key));

    /// <summary>Whether a node keeps a line here.</summary>
    public bool IsPresent(DhPublicKey node) => _present.ContainsKey(node);

    /// <summary>What this hub has done and turned away: totals over all its runs, and what is now.</summary>
    public IReadOnlyList<(string Name, long Value)> Counts()
    {
        List<(string, long)> counts = [("height", _admin?.Last?.Header.Height ?? _store?.LastHeight() ?? 0)];
        if (_admin is null)
        {
            counts.AddRange(AloneCounts());
            return counts;
        }

        counts.Add(("titles", _admin.CountTitles()));
        counts.Add(("users", Store.CountUsers()));
        var machine = Machine();
        counts.Add(("lines", machine.Lines));
        counts.Add(("present", machine.Present));
        counts.Add(("relayed_pairs", machine.Pairs));
        counts.AddRange(Totals(machine));
        return counts;
    }

    private IEnumerable<(string, long)> Totals((int Lines, int Present, int Pairs, (string, long)[] Totals) machine)
    {
        List<(string Name, long Value)> now = [.. machine.Totals, ("peer_requests_failed", _peers!.Failed)];
        if (Stun is not null) now.AddRange(Stun.Counts());
        if (Prover is not null) now.AddRange(Prover.Counts());
        now.AddRange(ProofCounts());
        if (_notes is { } notes) now.AddRange(notes.Counts.Select(count => ($"tcp_{count.Name}", count.Count)));
        now.AddRange(_admin!.Dropped().Select(drop => ($"votes_dropped_{drop.Reason.ToLowerInvariant()}", drop.Count)));
        return now.Select(count => (count.Name, count.Value + _before.GetValueOrDefault(count.Name)));
    }

    private (int Lines, int Present, int Pairs, (string, long)[] Totals) Machine()
    {
        var read = new (int, int, int, (string, long)[])[] { (0, 0, 0, []) };
        _pump?.Feed(read, static (machine, _, read) => read[0] = (machine.Lines, machine.Present, machine.RelayedPairs,
        [
            ("relayed_bytes", machine.BytesRelayed), ("relay_dropped", machine.DroppedRelayed),
            ("lines_refused", machine.Refused), ("lines_broken", machine.Broken), ("lines_certified", machine.AddressesCertified), ("line_messages_dropped", machine.DroppedMessages),
        ]));
        return read[0];
    }

    private void SaveCounters()
    {
        try
        {
            Store.SaveCounters(Totals(Machine()));
        }
        catch (HawserException e)
        {
            Options.Log.CountersNotSaved(e);
        }
    }
}
