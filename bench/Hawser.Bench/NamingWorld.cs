using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Bench;

/// <summary>A federation with real keys whose admins agree at once: what it publishes, in memory.</summary>
internal sealed class NamingWorld : IPublished
{
    private readonly List<byte[]>[] _logs;
    private readonly MerkleTree[] _trees;
    private readonly List<byte[]> _certificates = [];
    private readonly SigningKey[] _keys;
    private Bytes32 _previous;

    public NamingWorld(int admins)
        : this([.. Enumerable.Range(0, admins).Select(_ => SigningKey.Generate(Net.SystemEntropy.Shared))], 1_795_305_600, 6_000)
    {
    }

    public NamingWorld(SigningKey[] keys, long origin, uint clockRate)
    {
        _keys = keys;
        Genesis = new()
        {
            Name = "bench", Origin = origin, ClockRate = clockRate, RevealWindow = 3,
            Founders = new(_keys.Select((key, place) => new Member(Member.FounderId(place), key.Public, DhKeyPair.Generate(Net.SystemEntropy.Shared).Public,
                HostPort.Read([192, 0, 2, (byte)(place + 1)], 65_430), $"http://192.0.2.{place + 1}", $"admin {place}"))),
        };
        (_logs, _trees) = ([.. _keys.Select(_ => new List<byte[]>())], [.. _keys.Select(_ => new MerkleTree())]);
        (_previous, Registry) = (Genesis.Hash, new(Genesis, AllCores.Instance));
    }

    public Genesis Genesis { get; }

    /// <summary>Folds as the world goes on; null once it is of no use any more.</summary>
    public Registry? Registry { get; private set; }

    public SigningKey KeyOf(int admin) => _keys[admin];

    public byte[]? Certificate(uint height) => height <= _certificates.Count ? _certificates[(int)height - 1] : null;

    public IReadOnlyList<byte[]>? Leaves(Member member, ulong from, ulong size)
    {
        var log = _logs[Genesis.Founders.PlaceOf(member.Id)];
        return size <= (ulong)log.Count ? log.GetRange((int)from, (int)(size - from)) : null;
    }

    /// <summary>A claim of the timestamp after a tick, with its reveal; the deed has about 600 bytes.</summary>
    public (SealedClaim Sealed, byte[] Reveal, Deed Deed) Claim(RoutingTick after, int admin)
    {
        if (!after.TryNext(out var tick)) throw new BenchException("no tick is left");
        var (claimKey, sealKey) = (SigningKey.Generate(Net.SystemEntropy.Shared), new SealKey(Seed()));
        var ticket = ClaimTicket.Issue(Genesis.Hash, Genesis.Founders[admin].Id, _keys[admin], RoutingId.Random(tick, Net.SystemEntropy.Shared),
            ClaimTicket.SealHash(sealKey.Public));
        var deed = Deed.Sign(new()
        {
            Genesis = Genesis.Hash, Timestamp = tick, Keyword = "bench", Notes = "a machine of a benchmark", TicketIssuer = ticket.Issuer,
            TicketNumber = ticket.Number, ClaimKey = claimKey.Public, ChannelKey = new(Seed()),
            Hubs = [.. new[] { Genesis.Founders[0].Id, Genesis.Founders[Genesis.Founders.Count - 1].Id }.Distinct()],
        }, claimKey);
        var claim = SealedClaim.Seal(deed, ticket, sealKey, claimKey);
        return (claim, Reveal.Sign(Genesis.Hash, claim.Identity, sealKey.Seed, claimKey).Write(), deed);
    }

    public void Log(int admin, byte[] leaf) => _logs[admin].Add(leaf);

    /// <summary>Certifies what the logs gained.</summary>
    public void Close()
    {
        var registry = Registry!;
        if (!registry.Tick.TryNext(out var tick)) throw new BenchException("no tick is left");
        var logs = new List<NewLeaves>();
        for (var i = 0; i < _logs.Length; i++)
        {
            var from = (int)_trees[i].Size;
            var added = _logs[i].GetRange(from, _logs[i].Count - from);
            foreach (var leaf in added) _trees[i].Append(Merkle.LeafHash(leaf));
            if (added.Count > 0) logs.Add(new(Genesis.Founders[i].Id, (ulong)from, [.. added.Select(leaf => new ReadOnlyMemory<byte>(leaf))]));
        }

        registry.Fold(new(registry.Height + 1, tick, logs));
        LogHead[] vector = [.. _trees.Select(tree => new LogHead((ulong)tree.Size, tree.Root))];
        var heads = vector.Select((head, place) => AgreementMessage.MakeHead(
            Genesis.Hash, registry.Height, Genesis.Founders[place].Id, _keys[place], tick, head));
        var value = AgreedValue.Of(Genesis.Hash, registry.Height, _previous, heads, vector);
        var certificate = Certify(registry.Height, tick, registry.Current, value);
        _certificates.Add(certificate.Write(Genesis.Founders));
        _previous = certificate.Header.Hash;
    }

    public void Forget() => Registry = null;

    /// <summary>A certificate of a state that somebody else made.</summary>
    public TickCertificate Certify(uint height, RoutingTick tick, FoldResult result, AgreedValue value)
    {
        var rest = new HeaderRest(value.Previous, value.VectorHash, Genesis.Founders.Hash, result.PendingHash, Genesis.Rules);
        var header = new Header(Genesis.Hash, height, tick, result.StateRoot, rest.Hash);
        return new()
        {
            Header = header, Rest = rest, Value = value,
            Attestations = [.. _keys.Select((key, place) => new Attestation(Genesis.Founders[place].Id, Bytes64.Read(key.Sign(header.Text))))],
        };
    }

    public static Bytes32 Seed()
    {
        var seed = default(Bytes32);
        Net.SystemEntropy.Shared.Fill(seed);
        return seed;
    }
}
