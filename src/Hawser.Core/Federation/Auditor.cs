using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What was published of a federation, from wherever it is read.</summary>
internal interface IPublished
{
    /// <summary>The certificate of a height; null above the newest.</summary>
    byte[]? Certificate(uint height);

    /// <summary>The leaves of a member's log from an index on, up to a size; null if they are not all there.</summary>
    IReadOnlyList<byte[]>? Leaves(Member member, ulong from, ulong size);
}

/// <summary>
/// Recomputes a federation from what it published: every certificate, every log, every title. Believes nobody but the
/// genesis. Spec: audit.md.
/// </summary>
internal sealed class Auditor
{
    private readonly Genesis _genesis;
    private readonly IWorkers _workers;
    private readonly Dictionary<Naming.RoutingId, MerkleTree> _trees = [];
    private Bytes32 _previous;

    /// <param name="genesis">The federation.</param>
    /// <param name="workers">Who checks signatures; without, one after the other.</param>
    public Auditor(Genesis genesis, IWorkers? workers = null)
    {
        (_genesis, _previous, _workers, Epochs) = (genesis, genesis.Hash, workers ?? OneWorker.Instance, Epochs.Of(genesis));
        Registry = new(genesis, _workers);
    }

    public Registry Registry { get; }

    /// <summary>Who the admins were, height by height.</summary>
    public Epochs Epochs { get; }

    /// <summary>Everybody who ever was one, with its log.</summary>
    public IEnumerable<(Naming.RoutingId Admin, MerkleTree Tree)> Logs => _trees.OrderBy(log => log.Key).Select(log => (log.Key, log.Value));

    /// <summary>The last height that was recomputed.</summary>
    public uint Height => Registry.Height;

    public ulong Leaves { get; private set; }

    /// <summary>The certificate of that height; null before the first.</summary>
    public TickCertificate? Last { get; private set; }

    /// <summary>A member's log as certified.</summary>
    public MerkleTree TreeOf(Naming.RoutingId admin)
    {
        if (!_trees.TryGetValue(admin, out var tree)) _trees.Add(admin, tree = new());
        return tree;
    }

    /// <summary>
    /// The next height; false when there is no further one, or something differs: then with a sentence.
    /// </summary>
    public bool TryStep(IPublished published, out string? differs)
    {
        differs = null;
        var height = Height + 1;
        if (published.Certificate(height) is not { } file) return false;
        if (!TickCertificate.TryRead(file, Epochs.Newest, out var certificate)) differs = "the certificate cannot be read";
        else if (certificate.Header.Height != height) differs = $"the certificate is of height {certificate.Header.Height}";
        else differs = Check(certificate, published);
        return differs is null;
    }

    private string? Check(TickCertificate certificate, IPublished published)
    {
        var (header, members) = (certificate.Header, Epochs.Newest);
        if (!certificate.IsValid(_genesis, members)) return "the certificate does not hold together, or too few admins signed it";
        if (certificate.Rest.Previous != _previous) return "the certificate follows another header than the one before";
        if (header.Tick <= Registry.Tick) return $"its tick {header.Tick} is not after {Registry.Tick}";
        var vector = certificate.Value.Vector;
        var expected = members.All.Select(m => TreeOf(m.Id)).Select(tree => new LogHead((ulong)tree.Size, tree.Root)).ToArray();
        foreach (var head in certificate.Value.Heads)
        {
            var member = members.PlaceOf(head.Signer);
            if (Registry.Roster.IsFrozen(head.Signer)) return $"the head of {head.Signer} counts, who was convicted";
            if (member < 0 || !head.IsSignedBy(_genesis.Hash, members[member].Key)) return $"the head of {head.Signer} is not signed by it";
            expected[member] = head.Head;
        }

        var logs = new List<NewLeaves>();
        for (var member = 0; member < members.Count; member++)
        {
            if (vector[member] != expected[member]) return $"the log of {members[member].Id} stands at neither its head nor where it stood";
            if (TakeLog(members[member], vector[member], published, out var log) is { } wrong) return wrong;
            if (log is not null) logs.Add(log);
        }

        var result = Registry.Fold(new(header.Height, header.Tick, logs));
        if (result.StateRoot != header.StateRoot) return $"the titles fold to the state root {result.StateRoot}, and {header.StateRoot} is certified";
        if (result.PendingHash != certificate.Rest.Pending) return "the claims in flight fold to another hash than is certified";
        if (certificate.Rest.Members != Registry.Roster.Members.Hash) return "the votes fold to other admins for the next height than are certified";
        if (certificate.Next is { } next) Epochs.Add(header.Height + 1, next);
        (_previous, Last) = (header.Hash, certificate);
        return null;
    }

    private string? TakeLog(Member member, in LogHead head, IPublished published, out NewLeaves? log)
    {
        log = null;
        var (tree, name) = (TreeOf(member.Id), member.Id);
        var from = (ulong)tree.Size;
        if (head.Size == from) return head.Root == tree.Root ? null : $"the log of {name} has two roots at size {from}";
        if (head.Size < from) return $"the log of {name} has become shorter";
        if (head.Size - from > _genesis.MaxLeaves) return $"the log of {name} grew by more than the federation allows";
        if (published.Leaves(member, from, head.Size) is not { } leaves || (ulong)leaves.Count != head.Size - from)
            return $"leaves {from} to {head.Size} of {name} are not published";
        var hashes = new Bytes32[leaves.Count];
        _workers.Each(leaves.Count, i => hashes[i] = Merkle.LeafHash(leaves[i]));
        foreach (var hash in hashes) tree.Append(hash);
        if (tree.Root != head.Root) return $"leaves {from} to {head.Size} of {name} do not hash to the root that is certified";
        Leaves += head.Size - from;
        log = new(name, from, [.. leaves.Select(leaf => new ReadOnlyMemory<byte>(leaf))]);
        return null;
    }
}
