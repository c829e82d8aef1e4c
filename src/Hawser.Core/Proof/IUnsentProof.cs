namespace Hawser.Proof;

/// <summary>
/// A way to prove an address by which nothing is ever sent there: so its challenges cost no budget, and none of them
/// stands in the way of another. The asker is told it at once. Spec: notary.md §5.3.
/// </summary>
internal interface IUnsentProof : IAddressProof
{
    /// <summary>A challenge for this request and no other, of which nothing is kept.</summary>
    StunId Draw(Instant now, AddressRequest request);

    /// <summary>Whether it was drawn for that, not long ago, and was not used.</summary>
    bool IsOpen(Instant now, AddressRequest request, StunId challenge);

    /// <summary>Uses it up; false if no more can be remembered as used.</summary>
    bool TrySpend(Instant now, StunId challenge);
}
