namespace Hawser.Proof;

/// <summary>
/// Method 2: the challenge goes in two shares to two web servers of different operators, each in a request on a connection
/// of the client's own, whose state the client has leaked; they say it back to the client. It proves one port of TCP.
/// Spec: reflection.md §5.
/// </summary>
internal sealed class ReflectionProof(IEntropy entropy, IReadOnlyList<Reflector> reflectors) : IAddressProof
{
    public const int PerReflector = 60; // reflection.md §6: requests a minute that a reflector is sent
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30); // reflection.md §6
    private const int MaxPrepared = 1_024; // reflection.md §6
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<ProvenAddress, (LeakedConnections Leaked, Instant Until)> _prepared = [];
    private readonly Dictionary<HostPort, Queue<Instant>> _sent = [];
    private readonly Queue<byte[]> _outbox = new();

    public AddressMethod Method => AddressMethod.RequestReflection;

    /// <summary>What was leaked is good once.</summary>
    public bool IsRepeatable => false;

    public IReadOnlyList<Reflector> Reflectors => reflectors;

    /// <summary>
    /// What the client has leaked, for one challenge. False: not from one address and port of its own, not to two listed
    /// reflectors of different operators, or too much of it.
    /// </summary>
    public bool TryPrepare(Instant now, in ProvenAddress address, ReadOnlySpan<byte> options)
    {
        if (!LeakedConnections.TryRead(options, out var leaked)) return false;
        var (first, second) = leaked;
        if (first.Client != address.At || second.Client != address.At || first.Server.Address == address.At.Address || second.Server.Address == address.At.Address) return false;
        if (Find(first.Server) is not { } one || Find(second.Server) is not { } two || one.Operator == two.Operator) return false;
        if (one.At.IsIPv4 != address.At.IsIPv4 || two.At.IsIPv4 != address.At.IsIPv4 || !HasRoom(now, one.At) || !HasRoom(now, two.At)) return false;
        if (_prepared.Count >= MaxPrepared && !_prepared.ContainsKey(address))
        {
            foreach (var (old, (_, until)) in _prepared)
                if (now >= until) _prepared.Remove(old);
            if (_prepared.Count >= MaxPrepared) return false;
        }

        _prepared[address] = (leaked, now + Freshness);
        return true;
    }

    public bool CanReach(Instant now, in ProvenAddress address) => address.Transport is AddressTransport.Tcp && reflectors.Select(one => one.Operator).Distinct().Count() >= 2;

    /// <summary>Whoever has leaked this may be anybody.</summary>
    public bool IsSolicited(Instant now, in ProvenAddress address) => false;

    public void Send(Instant now, in ProvenAddress address, StunId challenge)
    {
        // What was leaked is good once: a lease by this method ends, and its sender comes again with more.
        if (!_prepared.Remove(address, out var prepared) || now >= prepared.Until
            || Find(prepared.Leaked.First.Server) is not { } one || Find(prepared.Leaked.Second.Server) is not { } two) return;
        var (first, second) = ReflectionToken.Split(challenge, entropy);
        Count(now, one.At);
        Count(now, two.At);
        _outbox.Enqueue(ReflectionRequest.Packet(prepared.Leaked.First, one.Host, first));
        _outbox.Enqueue(ReflectionRequest.Packet(prepared.Leaked.Second, two.Host, second));
    }

    /// <summary>The next packet for the wire.</summary>
    public bool TryTransmit(out byte[] packet) => _outbox.TryDequeue(out packet!);

    private Reflector? Find(HostPort at) => reflectors.FirstOrDefault(reflector => reflector.At == at);

    private bool HasRoom(Instant now, in HostPort reflector)
    {
        if (!_sent.TryGetValue(reflector, out var times)) return true;
        while (times.TryPeek(out var first) && now - first >= Window) times.Dequeue();
        return times.Count < PerReflector;
    }

    private void Count(Instant now, in HostPort reflector)
    {
        if (!_sent.TryGetValue(reflector, out var times)) _sent[reflector] = times = new();
        times.Enqueue(now);
    }
}
