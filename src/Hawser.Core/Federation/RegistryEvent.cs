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

/// <summary>Why the fold passed over a record.</summary>
internal enum RecordRefusal
{
    /// <summary>The ID is nobody's, or was given up, or has lapsed.</summary>
    NobodysId,

    /// <summary>Its number or hash does not follow the present text: a fork, an old copy, or too early.</summary>
    OutOfOrder,

    /// <summary>A transfer or cancellation waits, and only the recovery key may speak.</summary>
    ChangeWaits,

    /// <summary>The ID is provisional, and so may only be altered.</summary>
    NotFinal,

    /// <summary>The ID has run out, and may only be renewed.</summary>
    RanOut,

    /// <summary>It can be renewed only near the end of its life.</summary>
    RenewedTooEarly,

    /// <summary>A renewal or alteration leaves claim key and recovery hash as they are.</summary>
    KeepsKeys,

    /// <summary>The ID names no recovery key, or another one.</summary>
    NotTheRecoveryKey,

    /// <summary>Its holder did not sign it.</summary>
    BadSignature,
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

    /// <summary>A record is in force.</summary>
    internal sealed record Recorded(RoutingId Id, uint Number, RecordKind Kind) : RegistryEvent;

    /// <summary>A transfer or cancellation waits for the recovery key's word.</summary>
    internal sealed record Waits(RoutingId Id, uint Number, uint Height) : RegistryEvent;

    internal sealed record RecordRefused(RoutingId Id, uint Number, RecordRefusal Why) : RegistryEvent;

    /// <summary>The ID has run out; its holder may renew it in its grace.</summary>
    internal sealed record RanOut(RoutingId Id) : RegistryEvent;

    /// <summary>An admin has voted on a change.</summary>
    internal sealed record Voted(RoutingId Admin, Bytes32 Change, bool Yes) : RegistryEvent;

    /// <summary>Evidence against an admin: it is frozen from the next height on.</summary>
    internal sealed record Convicted(RoutingId Admin, FraudKind Kind) : RegistryEvent;

    /// <summary>Other members from the next height on.</summary>
    internal sealed record MembersChanged(MemberChange Change, int Before, int After) : RegistryEvent;

    /// <summary>The grace is over.</summary>
    internal sealed record LapsedForGood(RoutingId Id) : RegistryEvent;
}
