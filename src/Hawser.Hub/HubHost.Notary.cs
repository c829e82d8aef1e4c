using Hawser.Federation;
using Hawser.Hub.Http;
using Hawser.Net;
using Hawser.Net.Sockets;
using Hawser.Proof;

namespace Hawser.Hub;

// The hub as a notary, alone too; and what it needs for proofs by notaries and by reflection.
internal sealed partial class HubHost
{
    private NotaryPage? _notaryPage;
    private NotaryWatch? _watch;
    private NotaryProof? _notaryProof;
    private IRawPort? _raw;

    /// <summary>Null where this hub is none.</summary>
    public NotaryHost? Notary { get; private set; }

    /// <summary>Opened the first time that something needs it.</summary>
    private IRawPort Raw => _raw ??= Options.OpenRaw();

    private void OpenNotary()
    {
        if (!Options.Roles.HasFlag(HubRoles.Notary)) return;
        Notary = new(Store, Options.Proxies, Options.Clock);
        _notaryPage = new(Notary, Options.Clock);
    }

    private void OpenReflection()
    {
        if (Options.AllowsRaw)
        {
            if (Prover is not null) Prover.Raw = Raw;
            Options.Log.AllowsRaw();
        }

        if (Options.Reflectors.Count == 0 || Prover is not { } prover) return;
        var (raw, reflection) = (Raw, new ReflectionProof(SystemEntropy.Shared, Options.Reflectors));
        prover.Add(reflection, () =>
        {
            while (reflection.TryTransmit(out var packet)) raw.TrySend(packet);
        });
        Options.Log.ReflectsRequests(Options.Reflectors.Count);
    }

    // The admins of a federation are notaries that its hubs believe: one more than may be hostile must say the same.
    private void WatchNotaries(Genesis genesis)
    {
        if (Prover is not { } prover || _admin is not { Me: { } me } admin) return;
        var members = admin.Members;
        KnownNotary[] known = [.. members.All.Select(member => new KnownNotary(member.Id.ToString(), member.Url, member.Key)), .. Options.Notaries];
        var panel = new NotaryPanel(Options.NotariesNeeded ?? members.Witness);
        lock (prover.Gate) _watch = new(known, panel, prover.Gate, Options.Clock, Options.Log);
        _notaryProof = new(SystemEntropy.Shared, genesis.Hash, me.Id, panel);
        _notaryProof.KeyUnknown += _watch.Refresh;
        prover.Add(_notaryProof);
    }

    // Without a federation: what anybody can be for anybody.
    private async Task OpenAloneAsync(CancellationToken cancel)
    {
        var identity = Store.Identity;
        OpenNotary();
        if (Notary is not null)
        {
            _http = await HubServer.StartAsync(identity.HttpListen, null, Options.Clock, cancel, HttpExtras() with { Counts = Counts }).ConfigureAwait(false);
            Options.Log.NotaryListening(_http.Local.Port, Options.Proxies.Any);
        }

        OpenStun(identity);
    }

    private HubExtras HttpExtras() => new()
    {
        Proxies = Options.Proxies,
        Notary = _notaryPage,
        Notaries = _watch is { } watch ? watch.List : null,
        Reflectors = Options.Reflectors.Count > 0 ? new ReflectorList(Options.Reflectors).Write : null,
    };

    private List<(string Name, long Value)> ProofCounts()
    {
        List<(string Name, long Value)> counts = [];
        if (Notary is not null) counts.AddRange(Notary.Counts());
        if (_notaryPage is not null) counts.Add(("notary_limited", _notaryPage.Limited));
        if (_notaryProof is { } proof && Prover is { } prover)
            lock (prover.Gate) counts.AddRange(Enum.GetValues<NotaryFault>().Select(fault => ($"notary_fault_{fault.ToString().ToLowerInvariant()}", proof.Count(fault))));
        if (Prover is { Raw: not null, Senders: { } senders } desk)
            lock (desk.Gate) counts.AddRange(Enum.GetValues<RawFault>().Select(fault => (fault is RawFault.None ? "raw_sent" : $"raw_{fault.ToString().ToLowerInvariant()}", senders.Count(fault))));
        return counts;
    }

    private IEnumerable<(string Name, long Value)> AloneCounts() => Options.Online ? [.. ProofCounts(), .. Stun?.Counts() ?? []] : [];
}
