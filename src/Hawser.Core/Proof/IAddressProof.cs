namespace Hawser.Proof;

/// <summary>A way of bringing a challenge to an address, so that only who is there can answer.</summary>
internal interface IAddressProof
{
    AddressMethod Method { get; }

    /// <summary>Whether this way exists for such an address at all; asked before any budget is spent.</summary>
    bool CanReach(Instant now, in ProvenAddress address);

    /// <summary>Whether who is there has just asked for it, from that very port.</summary>
    bool IsSolicited(Instant now, in ProvenAddress address);

    /// <summary>
    /// Whether it can work with what the asker says beside the address, as the state of a TCP connection; most ways
    /// take nothing. Asked before any budget is spent, right before <see cref="Send"/>.
    /// </summary>
    bool TryPrepare(Instant now, in ProvenAddress address, ReadOnlySpan<byte> options) => options.IsEmpty;

    /// <summary>What the asker is told at once: nothing, where the challenge goes to the address alone.</summary>
    byte[] Told(AddressRequest request, StunId challenge) => [];

    /// <summary>Whether what comes with an answer shows what this way has to show beyond the challenge itself; most take nothing.</summary>
    bool IsShown(Moment now, AddressRequest request, StunId challenge, ReadOnlySpan<byte> evidence) => evidence.IsEmpty;

    /// <summary>Whether another challenge can follow without more being said.</summary>
    bool IsRepeatable => true;

    /// <summary>Sends the challenge once.</summary>
    void Send(Instant now, in ProvenAddress address, StunId challenge);
}
