namespace Hawser.Federation;

/// <summary>The replicas of all members' logs, as the agreement sees them: line 12, HOLD.</summary>
internal interface IHeldLeaves
{
    /// <summary>My own log as it would be closed now: only leaves that are durable.</summary>
    LogHead Own { get; }

    /// <summary>
    /// Whether every leaf of a member's log up to a head is here, hashes to its root, continues what is certified, and
    /// keeps to the caps.
    /// </summary>
    HoldState Check(int member, in LogHead certified, in LogHead head);

    /// <summary>The leaves between what is certified and a head that is held.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Leaves(int member, in LogHead certified, in LogHead head);

    /// <summary>A certificate has chosen these heads, all of them held.</summary>
    void Advance(IReadOnlyList<LogHead> vector);
}

/// <summary>What HOLD comes to.</summary>
internal enum HoldState
{
    /// <summary>All there.</summary>
    Held,

    /// <summary>To be fetched.</summary>
    Missing,

    /// <summary>Over the caps: never to be voted for.</summary>
    Refused,
}
