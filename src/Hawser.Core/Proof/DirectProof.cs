namespace Hawser.Proof;

/// <summary>
/// Method 0: the challenge goes over a connection that is open, to a client that has said so. It proves a host, for a
/// web page can do as much. Spec: address.md §5.3.
/// </summary>
internal sealed class DirectProof : IAddressProof
{
    private readonly Dictionary<HostPort, LineId> _willing = [];
    private readonly Queue<(LineId Line, StunId Challenge)> _outbox = new();

    public AddressMethod Method => AddressMethod.Direct;

    /// <summary>A client wants to be asked, as the one at this address. Without it an open connection is no consent.</summary>
    public void Consent(LineId line, in HostPort observed) => _willing[observed] = line;

    /// <summary>The client has gone, or wants no more.</summary>
    public void Withdraw(in HostPort observed) => _willing.Remove(observed);

    public bool CanReach(Instant now, in ProvenAddress address) => _willing.ContainsKey(address.At);

    public bool IsSolicited(Instant now, in ProvenAddress address) => true;

    public void Send(Instant now, in ProvenAddress address, StunId challenge)
    {
        if (_willing.TryGetValue(address.At, out var line)) _outbox.Enqueue((line, challenge));
    }

    public bool TryTransmit(out LineId line, out StunId challenge)
    {
        var any = _outbox.TryDequeue(out var next);
        (line, challenge) = next;
        return any;
    }
}
