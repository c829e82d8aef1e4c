using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>An admin's records, as they were stored.</summary>
internal interface IAdminReader
{
    /// <summary>A certificate file; null above the newest.</summary>
    byte[]? Certificate(uint height);

    /// <summary>A leaf that a certificate covers, of any member; of me also the later ones.</summary>
    byte[]? Leaf(RoutingId member, ulong index);

    /// <summary>The hash of such a leaf, which may be all that is left of it.</summary>
    Bytes32? LeafHash(RoutingId member, ulong index) => Leaf(member, index) is { } leaf ? Tlog.Merkle.LeafHash(leaf) : null;

    /// <summary>The last votes stored; empty at first.</summary>
    byte[] Votes { get; }

    /// <summary>Leaves of a log, those included that no certificate covers: only of my own there are such.</summary>
    ulong LeavesOf(RoutingId admin);

    /// <summary>Reveals that were handed over, and may not be in a log yet.</summary>
    IReadOnlyList<(Bytes32 Claim, uint Due, byte[] Reveal)> Entrusted => [];

    /// <summary>Shares of reveals that were handed over, and may not be in a log yet.</summary>
    IReadOnlyList<(Bytes32 Claim, uint Kept, byte[] Text)> Shares => [];

    /// <summary>Through this height I say nothing: my votes were lost, or I come from a backup.</summary>
    uint SilentThrough => 0;

    /// <summary>Tickets issued of a timestamp.</summary>
    int Tickets(RoutingTick timestamp);
}
