using Hawser.Crypto;

namespace Hawser.Rendezvous;

/// <summary>What a switchboard tells its hub.</summary>
internal abstract record SwitchboardEvent
{
    private SwitchboardEvent() { }

    /// <summary>Has this key signed on here, for this node? Answer with <see cref="Switchboard.Admit"/>.</summary>
    public sealed record SignOnWanted(LineId Line, VerifyKey SignOn, DhPublicKey Member) : SwitchboardEvent;

    /// <summary>A node is present.</summary>
    public sealed record Arrived(LineId Line, DhPublicKey Member, HostPort Observed) : SwitchboardEvent;

    /// <summary>The line was told to go; close it once that is sent.</summary>
    public sealed record Dismissed(LineId Line, LineVerdict Verdict) : SwitchboardEvent;
}
