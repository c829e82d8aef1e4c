using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>A federation whose admins agree at once: logs, heights and certificates without the agreement.</summary>
internal sealed partial class ClaimWorld
{
    private readonly List<byte[]>[] _pending;
    private readonly ulong[] _sizes;
    private readonly MerkleTree[] _trees;
    private readonly List<TickCertificate> _certificates = [];

    public ClaimWorld(int admins = 4, uint claimWindow = 2, uint revealWindow = 3, ulong seed = 1, uint maxClaims = 100,
        uint life = 1_292, uint renewal = 318, uint grace = 318, uint delay = 21)
    {
        Random = new(seed);
        AdminKeys = [.. Enumerable.Range(0, admins).Select(_ => SigningKey.Generate(Random))];
        Genesis = new()
        {
            Name = "test", Origin = 1_772_323_200, ClockRate = 6000, ClaimWindow = claimWindow,
            RevealWindow = revealWindow, MaxClaims = maxClaims, Life = life, RenewalWindow = renewal, Grace = grace, RecoveryDelay = delay,
            Founders = new(AdminKeys.Select((key, place) => new Member(
                Member.FounderId(place), key.Public, DhKeyPair.Generate(Random).Public,
                HostPort.Read([192, 0, 2, (byte)(place + 1)], 4433), $"http://192.0.2.{place + 1}", $"admin {place}"))),
        };
        Registry = new(Genesis);
        _pending = [.. Enumerable.Range(0, admins).Select(_ => new List<byte[]>())];
        _sizes = new ulong[admins];
        _trees = [.. Enumerable.Range(0, admins).Select(_ => new MerkleTree())];
    }

    public SimRandom Random { get; }
    public SigningKey[] AdminKeys { get; }
    public Genesis Genesis { get; }
    public Members Members => Genesis.Founders;
    public Registry Registry { get; }

    /// <summary>Every height, to fold again.</summary>
    public List<CertifiedLeaves> Heights { get; } = [];

    /// <summary>The timestamp of tickets that are issued now.</summary>
    public RoutingTick TicketTick => Registry.Tick.TryNext(out var next) ? next : throw new InvalidOperationException();

    public ClaimTicket Ticket(int admin, SealKey sealKey, RoutingTick? tick = null) => ClaimTicket.Issue(
        Genesis.Hash, Members[admin].Id, AdminKeys[admin], RoutingId.Random(tick ?? TicketTick, Random),
        ClaimTicket.SealHash(sealKey.Public));

    public Claiming Claim(int admin = 0, RoutingTick? tick = null, bool blind = true, string keyword = "pi")
    {
        var claiming = new Claiming(Random.Seed32(), SigningKey.Generate(Random));
        claiming.Seal(this, Ticket(admin, claiming.SealKey, tick), blind, keyword);
        return claiming;
    }

    public void Log(int admin, byte[] leaf) => _pending[admin].Add(leaf);

    /// <summary>Certifies what the logs gained.</summary>
    public FoldResult Close(int skip = 0)
    {
        if (!Registry.Tick.TryAdd(1 + skip, out var tick)) throw new InvalidOperationException();
        var logs = new List<NewLeaves>();
        for (var i = 0; i < _pending.Length; i++)
        {
            foreach (var leaf in _pending[i]) _trees[i].Append(Merkle.LeafHash(leaf));
            if (_pending[i].Count == 0) continue;
            logs.Add(new(Members[i].Id, _sizes[i], [.. _pending[i].Select(leaf => new ReadOnlyMemory<byte>(leaf))]));
            _sizes[i] += (ulong)_pending[i].Count;
            _pending[i].Clear();
        }

        Heights.Add(new(Registry.Height + 1, tick, logs));
        var result = Registry.Fold(Heights[^1]);
        _certificates.Add(MakeCertificate());
        return result;
    }

    public TitleStatus? StatusOf(RoutingId id) => Registry.State.TryFind(id, out var title) ? title.Status : null;

    public TickCertificate Certificate(int? height = null) => _certificates[height is { } h ? h - 1 : ^1];

    public OwnershipProof Proof(RoutingId id) => OwnershipProof.Make(Certificate(), Members, Registry.State, id);
}

/// <summary>One claim with all its secrets.</summary>
internal sealed class Claiming(Bytes32 seed, SigningKey claimKey)
{
    public SealKey SealKey { get; } = new(seed);
    public SigningKey ClaimKey { get; } = claimKey;
    public ClaimTicket Ticket { get; private set; } = null!;
    public Deed Deed { get; private set; } = null!;
    public SealedClaim Sealed { get; private set; } = null!;
    public RoutingId Id => Deed.Id;

    public void Seal(ClaimWorld world, ClaimTicket ticket, bool blind, string keyword)
    {
        Ticket = ticket;
        Deed = Deed.Sign(Fields(world, ticket, ClaimKey.Public, keyword), ClaimKey);
        Sealed = SealedClaim.Seal(Deed, ticket, SealKey, ClaimKey, blind);
    }

    public Reveal Reveal(ClaimWorld world) =>
        Hawser.Naming.Reveal.Sign(world.Genesis.Hash, Sealed.Identity, SealKey.Seed, ClaimKey);

    public static DeedFields Fields(ClaimWorld world, ClaimTicket ticket, VerifyKey claimKey, string keyword) => new()
    {
        Genesis = world.Genesis.Hash, Timestamp = ticket.Timestamp, Keyword = keyword, TicketIssuer = ticket.Issuer,
        TicketNumber = ticket.Number, ClaimKey = claimKey, ChannelKey = DhKeyPair.Generate(world.Random).Public,
        Hubs = [world.Members[0].Id, world.Members[world.Members.Count - 1].Id],
    };
}

internal static class EntropyExtensions
{
    public static Bytes32 Seed32(this IEntropy entropy)
    {
        var seed = default(Bytes32);
        entropy.Fill(seed);
        return seed;
    }
}
