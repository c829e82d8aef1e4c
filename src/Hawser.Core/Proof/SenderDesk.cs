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
internal enum SenderState : byte
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
internal sealed partial class SenderDesk(IEntropy entropy, DhPublicKey hub, HostPort source, ChallengeBudget budget, bool allowsLoopback = false)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // sp3.md §6: a challenge
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30); // sp3.md §6
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(5); // sp3.md §6, times 0.8 to 1.2
    public static readonly TimeSpan Ignored = TimeSpan.FromSeconds(60); // sp3.md §6
    public const int MaxFailures = 3; // sp3.md §6
    public const int LeaseBytes = 125_000, HostBytes = 250_000, NetworkBytes = 500_000; // sp3.md §6, a second
    public const int MaxPayload = 1_400; // sp3.md §6
    public const int MaxSenders = 131_072;

    private readonly Dictionary<ulong, (int Failures, Instant Until)> _failed = [];
    private readonly Dictionary<AddressMethod, IAddressProof> _methods = [];
    private readonly PriorityQueue<LineId, long> _due = new();
    private readonly Queue<SenderNotice> _notices = new();
    private readonly RateSketch _hosts = new(entropy, HostBytes), _networks = new(entropy, NetworkBytes);

    public int Leases { get; private set; }

    public int Senders => _slots.Count;

    /// <summary>Packets that were not let out.</summary>
    public long Held { get; private set; }

    public void Add(IAddressProof method) => _methods.Add(method.Method, method);

    public SenderState StateOf(LineId line) => _slots.TryFind(line, out var slot) ? _slots[slot].State : SenderState.Closed;

    /// <summary>A sender is here; its session goes into every token. False: it, or the hub, has had enough.</summary>
    public bool TryOpen(Moment now, LineId line, in HostPort remote, out Token16 session)
    {
        session = default;
        if (_slots.Count >= MaxSenders) return false;
        var host = (ulong)RateSketch.HostOf(remote);
        if (_failed.TryGetValue(host, out var failed) && failed.Failures >= MaxFailures && now.Mono < failed.Until) return false;
        entropy.Fill(session);
        ref var sender = ref _slots.Take(line);
        (sender.RemoteHost, sender.Session) = (host, session);
        return true;
    }

    /// <summary>It names where it wants to send. Okay: a challenge is on its way there.</summary>
    public SenderStatus Hello(Moment now, LineId line, ProvenAddress destination, AddressMethod method, ReadOnlySpan<byte> options = default, HostPort? rawSource = null)
    {
        if (!_slots.TryFind(line, out var slot) || _slots[slot].State is not SenderState.Open) return SenderStatus.Invalid;
        if (!AddressPolicy.MayChallenge(destination.At, allowsLoopback)) return Fail(now, line, SenderStatus.Unauthorized);
        // What proves a host only is never enough to be sent to: others live there too.
        if (AddressCertificate.LevelOf(method) is not AddressLevel.Port || !_methods.TryGetValue(method, out var way) || !way.CanReach(now.Mono, destination)
            || !way.TryPrepare(now.Mono, destination, options))
            return Fail(now, line, SenderStatus.Unsupported);
        if (!TryName(line, destination, rawSource)) return Fail(now, line, SenderStatus.Unsupported);
        ref var sender = ref _slots[slot];
        (sender.Destination, sender.Method) = (destination, method);
        if (!TryChallenge(now, line, ref sender)) return Fail(now, line, SenderStatus.Unauthorized);
        sender.State = SenderState.Challenged;
        return SenderStatus.Okay;
    }

    /// <summary>It shows what the destination has given it.</summary>
    public SenderStatus Authorize(Moment now, LineId line, ProvenAddress destination, in Token16 token)
    {
        if (!_slots.TryFind(line, out var slot)) return SenderStatus.Invalid;
        ref var sender = ref _slots[slot];
        if (sender.State is not (SenderState.Challenged or SenderState.Leased)) return SenderStatus.Invalid;
        if (destination != sender.Destination || sender.Challenge == default || now.Mono >= sender.ChallengeUntil)
            return Fail(now, line, SenderStatus.Unauthorized);
        var expected = TokenOf(line, sender);
        SpendChallenge(ref sender);
        if (!Sha256.SameSecret(expected, token)) return Fail(now, line, SenderStatus.Unauthorized);
        if (sender.State is SenderState.Challenged) Leases++;
        sender.State = SenderState.Leased;
        sender.LeaseUntil = now.Mono + Lease;
        return SenderStatus.Okay;
    }

    /// <summary>Whether a token is right now for this sender: its destination may hand it in here, to be passed on.</summary>
    public bool IsRight(Moment now, LineId line, ProvenAddress destination, in Token16 token)
    {
        if (!_slots.TryFind(line, out var slot)) return false;
        ref var sender = ref _slots[slot];
        if (sender.Destination != destination || sender.Challenge == default || now.Mono >= sender.ChallengeUntil) return false;
        var expected = TokenOf(line, sender);
        return Sha256.SameSecret(expected, token);
    }

    /// <summary>Whether a payload may leave, and for where: nowhere else than what was proved.</summary>
    public bool TryDeliver(Moment now, LineId line, int length, out HostPort to)
    {
        to = default;
        if (_slots.TryFind(line, out var slot) && length is > 0 and <= MaxPayload)
        {
            ref var sender = ref _slots[slot];
            // A payload is UDP's, from our own address: another transport was not proved, another source not consented to.
            if (sender.Destination.Transport is AddressTransport.Udp && !_sources.ContainsKey(line) && TrySpend(now, ref sender, length))
            {
                to = sender.Destination.At;
                return true;
            }
        }

        Held++;
        return false;
    }

    /// <summary>The same, by its bytes: what reads as STUN would be taken for a challenge there, and is held.</summary>
    public bool TryDeliver(Moment now, LineId line, ReadOnlySpan<byte> payload, out HostPort to)
    {
        if (!StunMessage.IsLike(payload)) return TryDeliver(now, line, payload.Length, out to);
        to = default;
        Held++;
        return false;
    }

    /// <summary>Which challenge went out for whom: for a destination that keeps a line here itself.</summary>
    public bool TryTakeNotice(out SenderNotice notice) => _notices.TryDequeue(out notice);

    public Instant NextWakeup => _due.TryPeek(out _, out var at) ? new(at) : Instant.Never;

    /// <summary>Sends the challenges that are due, and ends what was not renewed; those lines are to be closed.</summary>
    public void Tick(Moment now, ICollection<LineId> ended)
    {
        while (_due.TryPeek(out var line, out var at) && at <= now.Mono.Micros)
        {
            _due.Dequeue();
            if (!_slots.TryFind(line, out var slot) || _slots[slot].NextChallenge.Micros != at) continue;
            ref var sender = ref _slots[slot];
            var over = sender.State is SenderState.Leased ? now.Mono >= sender.LeaseUntil : now.Mono >= sender.ChallengeUntil;
            if (over)
            {
                Closed(line);
                ended.Add(line);
            }
            else if (sender.State is not SenderState.Leased || !TryChallenge(now, line, ref sender)) Schedule(now.Mono, line, ref sender);
        }
    }

    /// <summary>The destination wants no more.</summary>
    public void Revoke(ProvenAddress destination, ICollection<LineId> ended)
    {
        List<LineId> revoked = [];
        foreach (var (line, slot) in _slots.All)
            if (_slots[slot].State is SenderState.Leased or SenderState.Challenged && _slots[slot].Destination == destination) revoked.Add(line);
        foreach (var line in revoked)
        {
            Closed(line);
            ended.Add(line);
        }
    }

    public void Closed(LineId line)
    {
        if (!_slots.TryFind(line, out var slot)) return;
        ref var sender = ref _slots[slot];
        if (sender.State is SenderState.Leased) Leases--;
        SpendChallenge(ref sender);
        _sources.Remove(line);
        _slots.Free(line);
    }

    private Token16 TokenOf(LineId line, in SenderSlot sender)
    {
        var session = sender.Session;
        return ConsentToken.Make(sender.Challenge, hub, _sources.TryGetValue(line, out var named) ? named : source, sender.Destination, session);
    }

    // One challenge at a time goes to an address, whoever wants to send there.
    private bool TryChallenge(Moment now, LineId line, ref SenderSlot sender)
    {
        var way = _methods[sender.Method];
        if (sender.State is SenderState.Leased && !way.IsRepeatable) return false;
        if (sender.Challenge == default && _asking.Contains(KeyOf(sender.Destination))) return false;
        if (!budget.TrySpend(now.Mono, sender.Destination.At, way.IsSolicited(now.Mono, sender.Destination))) return false;
        sender.Challenge = StunId.Draw(entropy);
        sender.ChallengeUntil = now.Mono + Patience;
        _asking.Add(KeyOf(sender.Destination));
        if (_notices.Count < MaxNotices) _notices.Enqueue(new(sender.Destination, sender.Session, SenderNotice.DigestOf(sender.Challenge)));
        way.Send(now.Mono, sender.Destination, sender.Challenge);
        Schedule(now.Mono, line, ref sender);
        return true;
    }

    private void SpendChallenge(ref SenderSlot sender)
    {
        if (sender.Challenge != default) _asking.Remove(KeyOf(sender.Destination));
        sender.Challenge = default;
    }

    private void Schedule(Instant now, LineId line, ref SenderSlot sender)
    {
        Span<byte> drawn = stackalloc byte[1];
        entropy.Fill(drawn);
        var next = now + Renewal * (0.8 + drawn[0] * 0.4 / 255);
        // Nothing may outlive its end by the rest of a pause.
        sender.NextChallenge = Instant.Earlier(next, sender.State is SenderState.Leased ? sender.LeaseUntil : sender.ChallengeUntil);
        _due.Enqueue(line, sender.NextChallenge.Micros);
    }

    private SenderStatus Fail(Moment now, LineId line, SenderStatus status)
    {
        if (!_slots.TryFind(line, out var slot)) return status;
        var remote = _slots[slot].RemoteHost;
        Closed(line);
        if (_failed.Count >= MaxSenders) _failed.Clear();
        var failures = _failed.TryGetValue(remote, out var before) && now.Mono < before.Until ? before.Failures + 1 : 1;
        _failed[remote] = (failures, now.Mono + Ignored);
        return status;
    }
}
