using Hawser.Federation;
using Hawser.Hub.Store;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Tlog;
using Hawser.Wire;
using Microsoft.Extensions.Logging;

namespace Hawser.Hub;

/// <summary>
/// Looks at all certificates and leaves before an admin goes to work on them. What is not as it was certified is named,
/// and forgotten together with all that follows: the other admins have it. Spec: federation.md §5.
/// </summary>
internal static class StoreRepair
{
    public static void Run(Genesis genesis, HubStore store, ILogger log)
    {
        var epochs = Epochs.Of(genesis);
        Dictionary<RoutingId, MerkleTree> trees = [];
        var previous = genesis.Hash;
        for (var height = 1u; height <= store.LastHeight(); height++)
        {
            (RoutingId, ulong)[] before = [.. epochs.Newest.All.Select(member => (member.Id, (ulong)TreeOf(trees, member.Id).Size))];
            if (WrongOf(store, genesis, height, previous, epochs, trees, out var certified) is { } wrong)
            {
                if (epochs.Newest.Count == 1)
                    throw new HawserException(Reason.StoreCorrupt, $"the hub's store is damaged: {wrong}; nothing was changed, and no other admin has it", "put a backup back: hawser restore FILE");
                log.StoreDamaged(height, wrong);
                if (store.ForgottenFrom().Count > 0) store.ForgetAll();
                else store.ForgetFrom(height, before);
                return;
            }

            previous = certified;
        }
    }

    private static string? WrongOf(HubStore store, Genesis genesis, uint height, in Bytes32 previous, Epochs epochs,
        Dictionary<RoutingId, MerkleTree> trees, out Bytes32 hash)
    {
        hash = default;
        var members = epochs.Newest;
        if (store.Certificate(height) is not { } file) return $"the certificate of height {height} is missing";
        if (!TickCertificate.TryRead(file, members, out var certificate) || certificate.Header.Height != height
            || certificate.Rest.Previous != previous || !certificate.IsValid(genesis, members)) return $"the certificate of height {height} does not hold";
        for (var place = 0; place < members.Count; place++)
        {
            var (id, head, tree) = (members[place].Id, certificate.Value.Vector[place], TreeOf(trees, members[place].Id));
            for (var from = (ulong)tree.Size; from < head.Size; from = (ulong)tree.Size)
            {
                var hashes = store.LeafHashes(id, from, head.Size);
                if (hashes.Count == 0) return $"leaf {from} of {id} is missing";
                foreach (var leaf in hashes) tree.Append(leaf);
            }

            if (tree.Root != head.Root) return $"a leaf of {id} up to {head.Size} was changed";
        }

        if (certificate.Next is { } next) epochs.Add(height + 1, next);
        hash = certificate.Header.Hash;
        return null;
    }

    private static MerkleTree TreeOf(Dictionary<RoutingId, MerkleTree> trees, RoutingId admin)
    {
        if (!trees.TryGetValue(admin, out var tree)) trees.Add(admin, tree = new());
        return tree;
    }
}
