using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What an admin's machine wants done, and what came about.</summary>
internal abstract record AdminEvent
{
    private AdminEvent() { }

    /// <summary>The answer to Ask(number).</summary>
    public sealed record Answer(long Number, AdminStatus Status, byte[] Body) : AdminEvent;

    /// <summary>The answer to Ask(number): the receipt, which may be signed beside the machine.</summary>
    public sealed record Promised(long Number, Promise Promise) : AdminEvent;

    /// <summary>Ask another admin, then call Fetched(number).</summary>
    public sealed record Fetch(long Number, Member Member, AdminVerb Verb, byte[] Body) : AdminEvent;

    /// <summary>Make this durable, in the order of numbers, then call Stored(number): that stands for all before it too.</summary>
    public sealed record Store(long Number, AdminRecord Record) : AdminEvent;

    /// <summary>A height is done: a record to store it was raised before.</summary>
    public sealed record Certified(TickCertificate Certificate, CertifiedLeaves Leaves) : AdminEvent;

    /// <summary>For the operator: this admin signs nothing more, as its fold is not what a quorum signed.</summary>
    public sealed record FoldDiffers(uint Height, Bytes32 Mine, Bytes32 Theirs) : AdminEvent;

    /// <summary>Two messages of one admin for one purpose: for the log.</summary>
    public sealed record DoubleMessage(AgreementMessage First, AgreementMessage Second) : AdminEvent;

    /// <summary>A proof that an admin breaks the rules: to be kept, and shown around.</summary>
    public sealed record Convicted(FraudProof Proof) : AdminEvent;

    /// <summary>The members are others from the next height on.</summary>
    public sealed record MembersChanged(Members Members) : AdminEvent;
}

/// <summary>What an admin keeps on disk.</summary>
internal abstract record AdminRecord
{
    private AdminRecord() { }

    /// <summary>In place of those before.</summary>
    public sealed record Votes(byte[] Bytes) : AdminRecord;

    /// <summary>The next leaf of my log.</summary>
    public sealed record OwnLeaf(RoutingId Admin, ulong Index, byte[] Leaf) : AdminRecord;

    /// <summary>How many tickets of this timestamp were issued.</summary>
    public sealed record Tickets(RoutingTick Timestamp, int Issued) : AdminRecord;

    /// <summary>A reveal that its claimant has handed over, to be logged once this height is certified.</summary>
    public sealed record Entrusted(Bytes32 Claim, uint Due, byte[] Reveal) : AdminRecord;

    /// <summary>A certificate file, with the leaves that it covers: all in one transaction.</summary>
    public sealed record Certificate(uint Height, byte[] File, CertifiedLeaves Leaves) : AdminRecord
    {
        /// <summary>What the height did to the state; null unless the fold was asked to note it.</summary>
        public RegistryRows? Rows { get; init; }
    }

    /// <summary>A share of a reveal, to be logged when the window of its claim has closed.</summary>
    public sealed record Share(Bytes32 Claim, uint Kept, byte[] Text) : AdminRecord;
}

/// <summary>What can be asked of an admin. Spec: federation.md §4.7.</summary>
internal enum AdminVerb
{
    /// <summary>A ticket request; answered with a ticket.</summary>
    Ticket,

    /// <summary>A sealed claim; answered with a receipt.</summary>
    Claim,

    /// <summary>A reveal; answered with a receipt.</summary>
    Reveal,

    /// <summary>A reveal to be logged when its claim window has closed, should its claimant be away; answered with that height.</summary>
    Entrust,

    /// <summary>A share of a reveal, to be kept until its claim window has closed; answered with a word, once it is durable.</summary>
    Share,

    /// <summary>The name of a claim; answered with how it stands, signed.</summary>
    Tentative,

    /// <summary>A record; answered with a receipt.</summary>
    Record,

    /// <summary>A proof against an admin; answered with nothing, once it was found to hold.</summary>
    Evidence,

    /// <summary>A vote of this hub's own people on a change of the members; answered with a receipt. Not asked from outside.</summary>
    OwnVote,

    /// <summary>A batch of agreement messages; answered with a certificate if the sender lacks one, else with nothing.</summary>
    Votes,

    /// <summary>A height in decimal, or nothing for the newest; answered with a certificate.</summary>
    Certificate,

    /// <summary>A leaves request; answered with leaves.</summary>
    Leaves,

    /// <summary>Nothing; answered with the head of my log as a signed note.</summary>
    Checkpoint,
}

/// <summary>How an admin answers.</summary>
internal enum AdminStatus
{
    /// <summary>The body is what was asked for.</summary>
    Ok,

    /// <summary>The body says in one sentence what is wrong with the request.</summary>
    Refused,

    /// <summary>It is not here, or not yet.</summary>
    NotFound,

    /// <summary>Ask again at the next tick; the body says why.</summary>
    Busy,
}
