namespace Hawser.Proof;

/// <summary>
/// What a sender may have a hub put on the wire: one transport, one source, one destination, as both ends of the lease
/// have agreed. Spec: raw.md §5.2.
/// </summary>
/// <param name="Source">Named in the hello, and inside the consent.</param>
/// <param name="Destination">What was proved.</param>
internal readonly record struct RawGuard(HostPort Source, ProvenAddress Destination)
{
    /// <summary>Whether a source may be named at all: a public one with a port, of the destination's family.</summary>
    public static bool MayName(in HostPort source, in ProvenAddress destination, bool allowsLoopback) =>
        source.IsIPv4 == destination.At.IsIPv4 && source.Address != destination.At.Address && AddressPolicy.MayChallenge(source, allowsLoopback);

    public RawFault FaultOf(ReadOnlySpan<byte> packet)
    {
        if (RawPacket.Read(packet, checks: true, out var read) is not RawFault.None and var fault) return fault;
        if (read.Transport != Destination.Transport) return RawFault.WrongTransport;
        if (read.Source != Source) return read.Source.IsIPv4 == Source.IsIPv4 ? RawFault.WrongSource : RawFault.WrongVersion;
        return read.Destination == Destination.At ? RawFault.None : RawFault.WrongDestination;
    }
}
