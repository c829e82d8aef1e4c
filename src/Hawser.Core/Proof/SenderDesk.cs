using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>What a sender is told. The numbers are those of SP³.</summary>
internal enum SenderStatus
{
    Okay = 0,
    Unauthorized = 1,
    Unsupported = 2,
    Invalid = 3,
}

/// <summary>How far a sender has come. Spec: sp3.md §7.</summary>
internal enum SenderState
{
    Open,
    Challenged,
    Leased,
    Closed,
}

/// <summary>
/// Lets a sender's packets out to an address for as long as who is there goes on wanting them: every few seconds a
/// fresh challenge goes there, and only what is made of it keeps the lease. Spec: sp3.md §5.
/// </summary>
internal sealed class SenderDesk(IEntropy entropy, DhPublicKey hub, HostPort source, ChallengeBudget budget, bool allowsLoopback = false)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // sp3.md §6: a challenge
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30); // sp3.md §6
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(5); // sp3.md §6, times 0.8 to 1.2
    public static readonly TimeSpan Ignored = TimeSpan.FromSeconds(60); // sp3.md §6
    public const int MaxFailures = 3; // sp3.md §6
    public const int LeaseBytes = 125_000, HostBytes = 250_000, NetworkBytes = 500_000; // sp3.md §6, a second
    public const int MaxPayload = 1_400; // sp3.md §6
    public const int MaxSenders = 131_072;

    private readonly Dictionary<LineId, Sender> _senders = [];
    private readonly Dictionary<ProvenAddress, LineId> _asking = []; // one challenge each on its way
    private readonly Dictionary<UInt128, (int Failures, Instant Until)> _failed = [];
    private readonly Dictionary<AddressMethod, IAddressProof> _methods = [];
    private readonly PriorityQueue<LineId, long> _due = new();
    private readonly RateSketch _hosts = new(entropy, HostBytes), _networks = new(entropy, NetworkBytes);

    public int Leases { get; private set; }

    /// <summary>Packets that were not let out.</summary>
    public long Held { get; private set; }

    public void Add(IAddressProof method) => _methods.Add(method.Method, method);

    public SenderState StateOf(LineId line) => _senders.TryGetValue(line, out var sender) ? sender.State : SenderState.Closed;

    /// <summary>A sender is here; its session goes into every token. False: it, or the hub, has had enough.</summary>
    public bool TryOpen(Moment now, LineId line, in HostPort remote, out Token16 session)
    {
        session = default;
        if (_senders.Count >= MaxSenders) return false;
        if (_failed.TryGetValue(RateSketch.HostOf(remote), out var failed) && failed.Failures >= MaxFailures && now.Mono < failed.Until) return false;
        entropy.Fill(session);
        _senders.Add(line, new(remote, session));
        return true;
    }

    /// <summary>It names where it wants to send. Okay: a challenge is on its way there; nothing is said to the sender yet.</summary>
    public SenderStatus Hello(Moment now, LineId line, ProvenAddress destination, AddressMethod method, ReadOnlySpan<byte> options = default)
    {
        if (!_senders.TryGetValue(line, out var sender) || sender.State is not SenderState.Open) return SenderStatus.Invalid;
        if (!AddressPolicy.MayChallenge(destination.At, allowsLoopback)) return Fail(now, line, SenderStatus.Unauthorized);
        // What proves a host only is never enough to be sent to: others live there too.
        if (AddressCertificate.LevelOf(method) is not AddressLevel.Port || !_methods.TryGetValue(method, out var way) || !way.CanReach(now.Mono, destination)
            || !way.TryPrepare(now.Mono, destination, options))
            return Fail(now, line, SenderStatus.Unsupported);
        (sender.Destination, sender.Method) = (destination, method);
        if (!TryChallenge(now, line, sender)) return Fail(now, line, SenderStatus.Unauthorized);
        sender.State = SenderState.Challenged;
        return SenderStatus.Okay;
    }

    /// <summary>It shows what the destination has given it.</summary>
    public SenderStatus Authorize(Moment now, LineId line, ProvenAddress destination, in Token16 token)
    {
        if (!_senders.TryGetValue(line, out var sender) || sender.State is not (SenderState.Challenged or SenderState.Leased)) return SenderStatus.Invalid;
        if (destination != sender.Destination || sender.Challenge == default || now.Mono >= sender.ChallengeUntil)
            return Fail(now, line, SenderStatus.Unauthorized);
        var session = sender.Session;
        var expected = ConsentToken.Make(sender.Challenge, hub, source, sender.Destination, session);
        SpendChallenge(line, sender);
        if (!Sha256.SameSecret(expected, token)) return Fail(now, line, SenderStatus.Unauthorized);
        if (sender.State is SenderState.Challenged) Leases++;
        sender.State = SenderState.Leased;
        sender.LeaseUntil = now.Mono + Lease;
        return SenderStatus.Okay;
    }

    /// <summary>Whether a payload may leave, and for where: nowhere else than what was proved.</summary>
    public bool TryDeliver(Moment now, LineId line, int length, out HostPort to)
    {
        to = default;
        if (_senders.TryGetValue(line, out var sender) && sender.State is SenderState.Leased && now.Mono < sender.LeaseUntil
            && length is > 0 and <= MaxPayload && sender.TrySpend(now.Mono, length)
            && _hosts.TryCount(now.Mono, RateSketch.HostOf(sender.Destination.At), length)
            && _networks.TryCount(now.Mono, RateSketch.NetworkOf(sender.Destination.At), length))
        {
            to = sender.Destination.At;
            return true;
        }

        Held++;
        return false;
    }

    public Instant NextWakeup => _due.TryPeek(out _, out var at) ? new(at) : Instant.Never;

    /// <summary>Sends the challenges that are due, and ends what was not renewed; those lines are to be closed.</summary>
    public void Tick(Moment now, ICollection<LineId> ended)
    {
        while (_due.TryPeek(out var line, out var at) && at <= now.Mono.Micros)
        {
            _due.Dequeue();
            if (!_senders.TryGetValue(line, out var sender) || sender.NextChallenge.Micros != at) continue;
            var over = sender.State is SenderState.Leased ? now.Mono >= sender.LeaseUntil : now.Mono >= sender.ChallengeUntil;
            if (over)
            {
                Closed(line);
                ended.Add(line);
            }
            else if (sender.State is not SenderState.Leased || !TryChallenge(now, line, sender)) Schedule(now.Mono, line, sender);
        }
    }

    /// <summary>The destination wants no more.</summary>
    public void Revoke(ProvenAddress destination, ICollection<LineId> ended)
    {
        foreach (var (line, sender) in _senders)
            if (sender.State is SenderState.Leased or SenderState.Challenged && sender.Destination == destination) ended.Add(line);
        foreach (var line in ended) Closed(line);
    }

    public void Closed(LineId line)
    {
        if (!_senders.Remove(line, out var sender)) return;
        if (sender.State is SenderState.Leased) Leases--;
        SpendChallenge(line, sender);
        sender.State = SenderState.Closed;
    }

    // One challenge at a time goes to an address, whoever wants to send there.
    private bool TryChallenge(Moment now, LineId line, Sender sender)
    {
        var way = _methods[sender.Method];
        if (_asking.TryGetValue(sender.Destination, out var other) && other != line
            && _senders.TryGetValue(other, out var busy) && busy.Challenge != default && now.Mono < busy.ChallengeUntil) return false;
        if (!budget.TrySpend(now.Mono, sender.Destination.At, way.IsSolicited(now.Mono, sender.Destination))) return false;
        sender.Challenge = StunId.Draw(entropy);
        sender.ChallengeUntil = now.Mono + Patience;
        _asking[sender.Destination] = line;
        way.Send(now.Mono, sender.Destination, sender.Challenge);
        Schedule(now.Mono, line, sender);
        return true;
    }

    private void SpendChallenge(LineId line, Sender sender)
    {
        sender.Challenge = default;
        if (_asking.TryGetValue(sender.Destination, out var asking) && asking == line) _asking.Remove(sender.Destination);
    }

    private void Schedule(Instant now, LineId line, Sender sender)
    {
        Span<byte> drawn = stackalloc byte[1];
        entropy.Fill(drawn);
        sender.NextChallenge = now + Renewal * (0.8 + drawn[0] * 0.4 / 255);
        _due.Enqueue(line, sender.NextChallenge.Micros);
    }

    private SenderStatus Fail(Moment now, LineId line, SenderStatus status)
    {
        var remote = RateSketch.HostOf(_senders[line].Remote);
        Closed(line);
        if (_failed.Count >= MaxSenders) _failed.Clear();
        var failures = _failed.TryGetValue(remote, out var before) && now.Mono < before.Until ? before.Failures + 1 : 1;
        _failed[remote] = (failures, now.Mono + Ignored);
        return status;
    }

    private sealed class Sender(HostPort remote, Token16 session)
    {
        private Instant _even;

        public HostPort Remote => remote;

        public Token16 Session => session;

        public SenderState State { get; set; }

        public AddressMethod Method { get; set; }

        public ProvenAddress Destination { get; set; }

        public StunId Challenge { get; set; }

        public Instant ChallengeUntil { get; set; }

        public Instant LeaseUntil { get; set; }

        public Instant NextChallenge { get; set; }

        public bool TrySpend(Instant now, int bytes)
        {
            const long second = 1_000_000;
            if (_even < now) _even = now;
            if (_even.Micros - now.Micros > second) return false;
            _even = new(_even.Micros + bytes * second / LeaseBytes);
            return true;
        }
    }
}
