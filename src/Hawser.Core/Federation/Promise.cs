using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// A receipt that is not signed yet: the leaf is on disk, and its place and height stand. Signing takes longer than all
/// else that an admin's machine does for a claim, and gives the same bytes each time, so whoever asked may have it done.
/// </summary>
internal sealed record Promise(Bytes32 Genesis, RoutingId Admin, SigningKey Key, ulong LeafIndex, uint Height, Bytes32 LeafHash)
{
    public byte[] Sign() => Receipt.Sign(Genesis, Admin, Key, LeafIndex, Height, LeafHash).Write();
}
