using System.Net;
using Hawser.Hub.Http;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Proving;
using Hawser.Net.Pump;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Hub;

/// <summary>
/// The hub as a prover: one budget for all challenges, and the desks that spend it, behind one lock which the STUN
/// server shares. Spec: address.md, sp3.md.
/// </summary>
internal sealed class ProvingDesk : IAsyncDisposable
{
    private readonly TimeProvider _clock;
    private readonly Bytes32 _genesis;
    private readonly RoutingId _prover;
    private readonly Crypto.DhPublicKey _channel;
    private StunHost? _stun;
    private Action? _flushes;
    private readonly List<IAddressProof> _ofPorts = [];

    /// <param name="genesis">The federation.</param>
    /// <param name="prover">The hub's admin.</param>
    /// <param name="key">Its key.</param>
    /// <param name="channel">What the hub is named by in a consent.</param>
    /// <param name="at">Where the hub is reached: only one on loopback proves loopback.</param>
    /// <param name="clock">For all that lapses.</param>
    public ProvingDesk(in Bytes32 genesis, RoutingId prover, Crypto.SigningKey key, Crypto.DhPublicKey channel, HostPort at, TimeProvider clock)
    {
        (_clock, _genesis, _prover, _channel) = (clock, genesis, prover, channel);
        AllowsLoopback = AddressPolicy.KindOf(at.Address) is AddressKind.Loopback;
        Listening = new(SystemEntropy.Shared);
        Addresses = new(SystemEntropy.Shared, genesis, prover, key, Budget, AllowsLoopback);
        Addresses.Add(Direct);
        Lines = new(this, clock);
        OfLines = new(prover, key, AllowsLoopback);
    }

    /// <summary>Taken for everything below; the STUN server takes it once a batch.</summary>
    public Lock Gate { get; } = new();

    public bool AllowsLoopback { get; }

    public ChallengeBudget Budget { get; } = new();

    public ListeningProof Listening { get; }

    public DirectProof Direct { get; } = new();

    /// <summary>Proxies whose word on who is at the other end is taken.</summary>
    public TrustedProxies Proxies { get; init; } = TrustedProxies.None;

    /// <summary>Where whole packets of senders leave; null: they do not.</summary>
    public Net.Sockets.IRawPort? Raw { get; set; }

    public AddressDesk Addresses { get; }

    /// <summary>Who may have something delivered; null while nothing leaves by UDP.</summary>
    public SenderDesk? Senders { get; private set; }

    /// <summary>What the lines' addresses are certified with.</summary>
    public Rendezvous.LineProver OfLines { get; }

    /// <summary>What stands at <c>/sp3</c>.</summary>
    public SenderLines Lines { get; }

    /// <summary>From where challenges come, as it is reached from outside; null if there are none by UDP.</summary>
    public HostPort? Stun { get; private set; }

    /// <summary>Adds a way to prove; before anything is served.</summary>
    /// <param name="method">The way.</param>
    /// <param name="flush">Sends what it has made; called under the lock.</param>
    public void Add(IAddressProof method, Action? flush = null)
    {
        lock (Gate)
        {
            Addresses.Add(method);
            if (AddressCertificate.LevelOf(method.Method) is AddressLevel.Port) _ofPorts.Add(method);
            _flushes += flush;
        }
    }

    /// <summary>The STUN server runs: challenges leave by its first socket.</summary>
    /// <param name="stun">The server.</param>
    /// <param name="public">The address at which the hub is reached, where it listens on all.</param>
    public void SendBy(StunHost stun, HostPort @public)
    {
        var local = stun.Local;
        lock (Gate)
        {
            _stun = stun;
            Stun = local.Address == 0 || local.ToEndPoint().Address.Equals(IPAddress.Any) ? @public with { Port = local.Port } : local;
            Addresses.Add(Listening);
            Senders = new(SystemEntropy.Shared, _channel, Stun.Value, Budget, AllowsLoopback) { AllowsRaw = Raw is not null };
            Senders.Add(Listening);
            foreach (var method in _ofPorts) Senders.Add(method);
        }
    }

    public HubAnswer Place()
    {
        lock (Gate) return HubAnswer.OkText(new ProverText(_genesis, _prover, Stun, [.. Addresses.Methods]).Write());
    }

    /// <summary>Somebody wants a challenge to an address.</summary>
    public HubAnswer Ask(byte[] body)
    {
        if (body.Length is < AddressRequest.Size or > AddressRequest.Size + ProverPaths.MaxOptions
            || !AddressRequest.TryRead(body.AsSpan(0, AddressRequest.Size), out var request)) return HubAnswer.Reject(400, "this is no request for a challenge");
        AddressRefusal refusal;
        byte[] told;
        lock (Gate)
        {
            refusal = Addresses.Ask(_clock.GetMoment(), request!, body.AsSpan(AddressRequest.Size), out told);
            Flush();
            Lines.TellDirect();
        }

        if (refusal is not AddressRefusal.None) return Say(refusal);
        return told.Length == 0 ? HubAnswer.Nothing : HubAnswer.OkBinary(told);
    }

    /// <summary>Somebody answers one.</summary>
    public HubAnswer Answer(byte[] body)
    {
        if (body.Length is < AddressAnswer.Size or > AddressAnswer.Size + ProverPaths.MaxEvidence
            || !AddressAnswer.TryRead(body.AsSpan(0, AddressAnswer.Size), out var answer)) return HubAnswer.Reject(400, "this is no answer to a challenge");
        AddressRefusal refusal;
        AddressCertificate? certificate;
        lock (Gate) refusal = Addresses.Answer(_clock.GetMoment(), answer!, body.AsSpan(AddressAnswer.Size), out certificate);
        return refusal is AddressRefusal.None ? HubAnswer.OkBinary(certificate!.ToArray()) : Say(refusal);
    }

    /// <summary>Sends what waits; under the lock.</summary>
    public void Flush()
    {
        while (Listening.TryTransmit(out var to, out var datagram)) _stun?.Send(datagram, to);
        _flushes?.Invoke();
    }

    /// <summary>Sends what a destination consented to; under the lock.</summary>
    public void Deliver(ReadOnlySpan<byte> payload, in HostPort to) => _stun?.Send(payload, to);

    public ValueTask DisposeAsync() => Lines.DisposeAsync();

    /// <summary>What became of all that was asked, by name.</summary>
    public IEnumerable<(string Name, long Count)> Counts()
    {
        lock (Gate)
        {
            return
            [
                .. Enum.GetValues<AddressRefusal>().Select(refusal => ($"address_{(refusal is AddressRefusal.None ? "okay" : refusal.ToString().ToLowerInvariant())}", Addresses.Count(refusal))),
                ("challenges_denied", Budget.Denied), .. Lines.Counts(),
            ];
        }
    }

    private static HubAnswer Say(AddressRefusal refusal) => refusal switch
    {
        AddressRefusal.ForbiddenAddress => HubAnswer.Reject(403, "that is no address of the public network: nothing is ever sent there"),
        AddressRefusal.Unsupported => HubAnswer.Reject(422, "that address cannot be proved by this method here"),
        AddressRefusal.Limited => HubAnswer.Reject(429, "that address is being challenged, or has been often enough; wait half a minute"),
        AddressRefusal.NotOpen => HubAnswer.Reject(403, "no such challenge is open: it is over, was answered, or was never sent"),
        AddressRefusal.Wrong => HubAnswer.Reject(403, "the answer is not to what was asked, or not signed by its key; its challenge is spent"),
        AddressRefusal.None => HubAnswer.Nothing,
    };
}
