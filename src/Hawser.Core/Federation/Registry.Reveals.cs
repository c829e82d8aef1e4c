using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>What can be said of a reveal before it is logged.</summary>
internal sealed partial class Registry
{
    public uint? ClosingHeight(Reveal reveal) =>
        reveal.Genesis == _genesis.Hash && _claims.TryGetValue(reveal.Claim, out var claim) && claim.Deed is null
        && _windows.TryGetValue(claim.Sealed.Timestamp, out var window) && claim.Sealed.Open(reveal.Seed, out var deed) is null
        && reveal.IsSignedBy(deed!.Fields.ClaimKey) ? LastClaimHeight(window.Born) : null;
}
