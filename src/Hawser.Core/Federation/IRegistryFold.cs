using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What one member's log gained at a height: its leaves in the order of the log.</summary>
internal sealed record NewLeaves(RoutingId Member, ulong FirstIndex, IReadOnlyList<ReadOnlyMemory<byte>> Leaves);

/// <summary>All that the fold needs of a certified height; the members in the order of the height's list.</summary>
internal sealed record CertifiedLeaves(uint Height, RoutingTick Tick, IReadOnlyList<NewLeaves> Logs);

/// <summary>What the header of a height says of the fold.</summary>
/// <param name="StateRoot">Over every title. registry.md §4.</param>
/// <param name="PendingHash">Over the claims in flight. registry.md §4.</param>
internal readonly record struct FoldResult(Bytes32 StateRoot, Bytes32 PendingHash);

/// <summary>
/// The state that certified logs add up to, one height after the other. The same leaves give the same bytes at
/// everyone: nothing else goes in. A height is folded once it is decided, and never taken back.
/// </summary>
internal interface IRegistryFold
{
    /// <summary>The last height folded; 0 before the first.</summary>
    uint Height { get; }

    /// <summary>What the last height gave; before the first, the empty registry.</summary>
    FoldResult Current { get; }

    /// <summary>Folds the height after <see cref="Height"/>; another one is our bug.</summary>
    FoldResult Fold(CertifiedLeaves certified);

    /// <summary>The admins, and who of them is frozen, as of the next height.</summary>
    Roster Roster { get; }

    /// <summary>The height that closes the claim window of what a reveal opens; null if it opens no claim that waits for one.</summary>
    uint? ClosingHeight(Reveal reveal) => null;

    /// <summary>The height that closes the claim window of a claim that waits for its reveal; null if there is no such claim.</summary>
    uint? ClosingHeightOf(in Bytes32 claim) => null;

    /// <summary>A certified claim whose window is not closed for good; null if there is no such claim.</summary>
    SealedClaim? FindClaim(in Bytes32 claim) => null;

    /// <summary>Certified claims that ask for an ID, as far as they show it.</summary>
    IReadOnlyCollection<Bytes32> ClaimsOf(RoutingId id) => [];

    /// <summary>What the last height did.</summary>
    IReadOnlyList<RegistryEvent> Happened => [];

    /// <summary>What has changed since this was asked last, for a store that keeps the state; null if nobody wants that.</summary>
    RegistryRows? TakeChanges() => null;

    /// <summary>Whether the next height would take a record as things stand; null, or why not. Only the fold decides.</summary>
    RecordRefusal? Judge(DeedRecord record) => null;
}
