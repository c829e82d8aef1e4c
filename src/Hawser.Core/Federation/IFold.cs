using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The state that certified logs add up to: one registry. Pure: equal slices, equal roots, anywhere.</summary>
internal interface IFold
{
    /// <summary>Folds one height onto the state of the height before; called once for each, in order.</summary>
    FoldRoots Fold(FoldStep step);
}

/// <summary>A height as the fold sees it.</summary>
/// <param name="Height">From 1, without gaps.</param>
/// <param name="Tick">Its label, as a running number.</param>
/// <param name="Slices">The leaves that the height adds, one slice for each log that advances, by admin.</param>
internal sealed record FoldStep(uint Height, uint Tick, IReadOnlyList<LogSlice> Slices);

/// <summary>Leaves of one log, in order.</summary>
/// <param name="Admin">Whose log.</param>
/// <param name="From">Index of the first leaf.</param>
/// <param name="Leaves">As they stand in the log.</param>
internal sealed record LogSlice(AdminId Admin, ulong From, IReadOnlyList<byte[]> Leaves);

/// <summary>What a header says of the state after a height.</summary>
internal readonly record struct FoldRoots(Bytes32 State, Bytes32 Pending);
