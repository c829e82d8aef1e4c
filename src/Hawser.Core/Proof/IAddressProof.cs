namespace Hawser.Proof;

/// <summary>A way of bringing a challenge to an address, so that only who is there can answer.</summary>
internal interface IAddressProof
{
    AddressMethod Method { get; }

    /// <summary>Whether this way exists for such an address at all; asked before any budget is spent.</summary>
    bool CanReach(Instant now, in ProvenAddress address);

    /// <summary>Whether who is there has just asked for it, from that very port.</summary>
    bool IsSolicited(Instant now, in ProvenAddress address);

    /// <summary>Sends the challenge once.</summary>
    void Send(Instant now, in ProvenAddress address, StunId challenge);
}
