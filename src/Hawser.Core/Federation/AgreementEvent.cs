using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What the agreement wants done, and what it came to.</summary>
internal abstract record AgreementEvent
{
    private AgreementEvent() { }

    /// <summary>Make these bytes durable in place of those before, then answer with Stored(number).</summary>
    public sealed record Store(long Number, byte[] Votes) : AgreementEvent;

    /// <summary>Hand these messages to a member; a loss is made good by the next round of gossip.</summary>
    public sealed record Send(Member Member, byte[] Batch) : AgreementEvent;

    /// <summary>Get the leaves of a member's log up to a head, then call LeavesHeld.</summary>
    public sealed record LeavesWanted(RoutingId Member, LogHead Head) : AgreementEvent;

    /// <summary>Others are at a later height: get the certificate of this one.</summary>
    public sealed record CertificateWanted(uint Height) : AgreementEvent;

    /// <summary>A height is done; the next has begun.</summary>
    public sealed record Certified(TickCertificate Certificate, CertifiedLeaves Leaves) : AgreementEvent;

    /// <summary>The alarm of line 27: what I computed is not what a quorum signed. The machine has halted.</summary>
    public sealed record FoldDiffers(uint Height, Bytes32 Mine, Bytes32 Theirs) : AgreementEvent;

    /// <summary>Two different messages of one signer for one purpose. Whether that convicts, the witness says.</summary>
    public sealed record DoubleMessage(AgreementMessage First, AgreementMessage Second) : AgreementEvent;
}
