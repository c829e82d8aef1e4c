using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The logs' trees, for whoever audits them.</summary>
internal sealed partial class AdminMachine
{
    /// <summary>
    /// The hash of a complete subtree of a member's log, as far as certificates cover it; of mine all that is durable.
    /// </summary>
    public bool TryHash(RoutingId member, int level, long index, out Bytes32 hash) =>
        _replicas.TreeOf(member).TryHash(level, index, out hash);
}
