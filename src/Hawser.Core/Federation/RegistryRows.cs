using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// The state of the registry as rows of a store, or what changed in it since the last ones: enough to go on from a height
/// without the leaves before it. It vouches for itself: what it adds up to is what a certificate says. Spec: federation.md §4.8.
/// </summary>
/// <param name="Height">The height whose state it is.</param>
/// <param name="Titles">By ID; the text in force with each that has one.</param>
/// <param name="Claims">In flight, by identity; null where one is not any more.</param>
/// <param name="Rest">Windows, IDs in their grace, records that wait, votes and convictions.</param>
internal sealed record RegistryRows(
    uint Height, IReadOnlyList<(RoutingId Id, byte[] Title, byte[]? Text)> Titles, IReadOnlyList<(Bytes32 Claim, byte[]? Row)> Claims, byte[] Rest);
