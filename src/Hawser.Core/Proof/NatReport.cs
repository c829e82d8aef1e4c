namespace Hawser.Proof;

/// <summary>Which outside port a NAT uses for whom (RFC 4787 §4.1).</summary>
internal enum NatMapping
{
    Unknown,

    /// <summary>Outside and inside are one address.</summary>
    NoNat,

    /// <summary>One for all.</summary>
    EndpointIndependent,

    /// <summary>Another for each address, but one for its ports.</summary>
    AddressDependent,

    /// <summary>Another for each address and port.</summary>
    AddressAndPortDependent,
}

/// <summary>Who may send in to a port that has sent out (RFC 4787 §5).</summary>
internal enum NatFiltering
{
    Unknown,

    /// <summary>Anyone.</summary>
    EndpointIndependent,

    /// <summary>Any port of an address that was sent to.</summary>
    AddressDependent,

    /// <summary>Who was sent to, from that very port.</summary>
    AddressAndPortDependent,
}

/// <summary>Which outside ports follow each other.</summary>
internal enum NatPorts
{
    Unknown,

    /// <summary>The inside port.</summary>
    Preserved,

    /// <summary>One after the other.</summary>
    Sequential,

    /// <summary>No pattern was seen.</summary>
    Random,
}

/// <summary>What a survey has found out about the way to the outside.</summary>
/// <param name="Mapped">Our address as the server sees it; null if it did not answer.</param>
/// <param name="Mapping">Which outside port for whom.</param>
/// <param name="Filtering">Who may send in.</param>
/// <param name="Ports">Which outside ports follow each other.</param>
/// <param name="Hairpin">Whether a machine inside reaches another by its outside address; null if it was not tried.</param>
/// <param name="LivesAtLeast">An idle mapping still let an answer in after this long.</param>
/// <param name="DiedBefore">And no more after this long; null if all did.</param>
internal sealed record NatReport(
    HostPort? Mapped, NatMapping Mapping, NatFiltering Filtering, NatPorts Ports, bool? Hairpin, TimeSpan? LivesAtLeast, TimeSpan? DiedBefore);
