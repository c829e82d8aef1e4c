using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>An admin's records, as they were stored.</summary>
internal interface IAdminReader
{
    /// <summary>A certificate file; null above the newest.</summary>
    byte[]? Certificate(uint height);

    /// <summary>A leaf that a certificate covers, of any member; of me also the later ones.</summary>
    byte[]? Leaf(RoutingId member, ulong index);

    /// <summary>The last votes stored; empty at first.</summary>
    byte[] Votes { get; }

    /// <summary>Leaves of a log, those included that no certificate covers: only of my own there are such.</summary>
    ulong LeavesOf(RoutingId admin);

    /// <summary>Tickets issued of a timestamp.</summary>
    int Tickets(RoutingTick timestamp);
}
