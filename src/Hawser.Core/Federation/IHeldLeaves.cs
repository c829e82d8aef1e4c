using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The replicas of all members' logs, as the agreement sees them: line 12, HOLD.</summary>
internal interface IHeldLeaves
{
    /// <summary>My own log as it would be closed now: only leaves that are durable.</summary>
    LogHead Own { get; }

    /// <summary>Whose log is mine; null if I am no member. The part of another that nobody certified is dropped.</summary>
    void Write(RoutingId? me);

    /// <summary>How far certificates cover a log; empty for one that no height had yet.</summary>
    LogHead Certified(RoutingId member);

    /// <summary>
    /// Whether every leaf of a member's log up to a head is here, hashes to its root, continues what is certified, and
    /// keeps to the caps.
    /// </summary>
    HoldState Check(RoutingId member, in LogHead head);

    /// <summary>The leaves between what is certified and a head that is held.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Leaves(RoutingId member, in LogHead head);

    /// <summary>The hash of a leaf under a head that is held, and its path to the head's root.</summary>
    Bytes32[] Prove(RoutingId member, in LogHead head, ulong index);

    /// <summary>A certificate has chosen these heads, all of them held.</summary>
    void Advance(Members members, IReadOnlyList<LogHead> vector);
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
