using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Why the fold passed over a claim or a reveal.</summary>
internal enum ClaimRefusal
{
    /// <summary>Its timestamp's claim window is not open: the claimant takes a new ticket.</summary>
    Untimely,
    SealKeyUsed,
    BadTicket,
    BadSeal,

    /// <summary>The issuing admin's tickets of this timestamp are used up.</summary>
    TooMany,

    /// <summary>A reveal of a claim that is not in flight: never certified, or its window has closed.</summary>
    NoSuchClaim,

    /// <summary>A reveal in the height of its claim, or before.</summary>
    RevealedTooEarly,
    BadDeed,

    /// <summary>The claim key did not sign the reveal.</summary>
    BadReveal,
}

/// <summary>What a height did to the registry.</summary>
internal abstract record RegistryEvent
{
    private RegistryEvent() { }

    /// <summary>The claim is in flight; c is this height.</summary>
    internal sealed record Registered(Bytes32 Claim, uint Height) : RegistryEvent;

    internal sealed record Refused(Bytes32 Claim, ClaimRefusal Why) : RegistryEvent;

    /// <summary>The claim is open, and its ID provisional or contested.</summary>
    internal sealed record Revealed(Bytes32 Claim, RoutingId Id) : RegistryEvent;

    /// <summary>The claim was never revealed.</summary>
    internal sealed record Lapsed(Bytes32 Claim) : RegistryEvent;

    /// <summary>The ID is final.</summary>
    internal sealed record Settled(RoutingId Id) : RegistryEvent;

    /// <summary>The ID is nobody's for good.</summary>
    internal sealed record Voided(RoutingId Id) : RegistryEvent;
}
