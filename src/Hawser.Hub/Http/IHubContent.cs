using Hawser.Naming;
using Hawser.Tlog;

namespace Hawser.Hub.Http;

/// <summary>What stands behind the hub's HTTP.</summary>
internal interface IHubContent
{
    byte[] Card();

    byte[] FederationText();

    HubAnswer Health();

    IReadOnlyList<(string Name, long Value)> Counts();

    Task<HubAnswer> CheckpointAsync(RoutingId of, CancellationToken cancel);

    HubAnswer TileOf(RoutingId of, Tile tile);

    /// <summary>Null: the newest.</summary>
    HubAnswer Certificate(uint? height);

    HubAnswer CertificateOf(string tick);

    /// <summary>The certificate that ends the epoch of this number, from 1.</summary>
    HubAnswer Epoch(int number);

    Task<HubAnswer> ProofAsync(RoutingId id, CancellationToken cancel);

    HubAnswer DeedOf(RoutingId id);

    /// <summary>Where and how addresses are proved.</summary>
    HubAnswer Prover();

    /// <summary>A sender's line, or a destination's; null where there are none.</summary>
    Func<Microsoft.AspNetCore.Http.HttpContext, Task>? SenderLine { get; }

    Task<HubAnswer> AskAddressAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> AnswerAddressAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> TicketAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> EntrustAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> ShareAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> TentativeAsync(string claim, CancellationToken cancel);

    HubAnswer Records();

    HubAnswer LocatorOf(RoutingId id);

    Task<HubAnswer> KeepLocatorAsync(HubCall call, CancellationToken cancel);

    /// <summary>A sealed claim, a reveal or a record: a leaf for the log.</summary>
    Task<HubAnswer> SubmitAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> SignOnAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> EvidenceAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> JoinAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> VoteAsync(HubCall call, CancellationToken cancel);

    Task<HubAnswer> LeavesAsync(HubCall call, CancellationToken cancel);
}

/// <summary>A body that somebody posted.</summary>
/// <param name="Mark">The header that shows a user; empty from a guest.</param>
internal readonly record struct HubCall(byte[] Body, AddressPrefix From, string Mark);
