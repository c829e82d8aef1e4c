using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>Hubs of the world: they answer what a claimant and a lookup ask.</summary>
internal sealed partial class ClaimWorld
{
    private readonly Dictionary<(int Admin, Bytes32 Leaf), byte[]> _given = [];

    private readonly List<(int Admin, uint Due, byte[] Reveal)> _entrusted = [];

    /// <summary>Reveals that hubs were given to keep.</summary>
    public int Entrusted => _entrusted.Count;

    /// <summary>Shares of reveals that hubs were given to keep.</summary>
    public List<RevealShare> Shares { get; } = [];

    /// <summary>What hubs say of a claim that shows its ID.</summary>
    public uint Rivals { get; set; }

    /// <summary>Hubs log what they keep, and what is due.</summary>
    public void LogEntrusted()
    {
        foreach (var (admin, _, reveal) in _entrusted.Where(one => one.Due <= Registry.Height)) Log(admin, reveal);
    }

    /// <summary>Hubs that answer nothing.</summary>
    public HashSet<int> Down { get; } = [];

    public byte[] Serve(Member member, HubQuestion question) => Serve(Members.PlaceOf(member.Id), question);

    public byte[] Serve(int admin, HubQuestion question)
    {
        if (Down.Contains(admin)) return [];
        switch (question)
        {
            case HubQuestion.Ticket ticket:
                Assert(TicketRequest.TryRead(ticket.Body, out var request));
                return ClaimTicket.Issue(
                    Genesis.Hash, Members[admin].Id, AdminKeys[admin], RoutingId.Random(TicketTick, Random), request!.SealHash)
                    .Write(Genesis.Hash);
            case HubQuestion.Claim claim:
                return Accept(admin, claim.Body);
            case HubQuestion.Reveal reveal:
                return Accept(admin, reveal.Body);
            case HubQuestion.Entrust entrust:
                if (!Reveal.TryRead(entrust.Body, out var kept) || Registry.ClosingHeight(kept) is not { } due) return [];
                _entrusted.Add((admin, due, entrust.Body));
                return [1];
            case HubQuestion.Share given:
                Assert(RevealShare.TryRead(given.Body, out var share));
                Assert(share!.Admin == Members[admin].Id);
                if (Shares.All(other => other.Admin != share.Admin)) Shares.Add(share);
                return [1];
            case HubQuestion.Tentative tentative:
                return TentativeAnswer.Sign(Genesis.Hash, Members[admin].Id, AdminKeys[admin], tentative.Identity, Registry.Height, ClaimStanding.Logged, Rivals).Write();
            case HubQuestion.Record record:
                return DeedRecord.TryRead(record.Body, out var read) && Registry.Judge(read) is null ? Accept(admin, record.Body) : [];
            case HubQuestion.Certificate certificate:
                var height = certificate.Height ?? Registry.Height;
                return height > Registry.Height || height == 0 ? [] : Certificate((int)height).Write(Members);
            case HubQuestion.LogTile tile:
                return TileOf(Members.PlaceOf(tile.Admin), tile.Tile);
            case HubQuestion.Ownership ownership:
                return Proof(ownership.Id).Write();
            case HubQuestion.Epoch:
                return []; // the founders go on
            default:
                throw new InvalidOperationException();
        }
    }

    private byte[] Accept(int admin, byte[] leaf)
    {
        var key = (admin, Sha256.Hash(leaf.AsSpan()));
        if (_given.TryGetValue(key, out var receipt)) return receipt;
        var index = _sizes[admin] + (ulong)_pending[admin].Count;
        Log(admin, leaf);
        return _given[key] = Receipt.Sign(
            Genesis.Hash, Members[admin].Id, AdminKeys[admin], index, Registry.Height + 1, leaf).Write();
    }

    private byte[] TileOf(int admin, Tile tile)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < tile.Width; i++)
        {
            if (!_trees[admin].TryHash(tile.Level * Tile.Height, tile.Index * Tile.FullWidth + i, out var hash)) return [];
            bytes.AddRange(hash.ToArray());
        }

        return [.. bytes];
    }

    private TickCertificate MakeCertificate()
    {
        var previous = _certificates.Count == 0 ? Genesis.Hash : _certificates[^1].Header.Hash;
        LogHead[] vector = [.. _trees.Select(tree => new LogHead((ulong)tree.Size, tree.Root))];
        var heads = vector.Select((head, place) => AgreementMessage.MakeHead(
            Genesis.Hash, Registry.Height, Members[place].Id, AdminKeys[place], Registry.Tick, head));
        var value = AgreedValue.Of(Genesis.Hash, Registry.Height, previous, heads, vector);
        var rest = new HeaderRest(previous, value.VectorHash, Members.Hash, Registry.Current.PendingHash, Genesis.Rules);
        var header = new Header(Genesis.Hash, Registry.Height, Registry.Tick, Registry.Current.StateRoot, rest.Hash);
        return new()
        {
            Header = header, Rest = rest, Value = value,
            Attestations = [.. Members.All.Select((member, place) =>
                new Attestation(member.Id, Bytes64.Read(AdminKeys[place].Sign(header.Text))))],
        };
    }

    private static void Assert(bool holds) => Xunit.Assert.True(holds);
}
