using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Node;

namespace Hawser.Net.Hosting;

/// <summary>Finds out who owns a routing ID now; every answer has been checked against the pinned federation.</summary>
internal interface IIdDirectory
{
    /// <summary>The owner's channel key and hubs.</summary>
    /// <exception cref="HawserException">NoSuchId, Unreachable if no hub answers, VerificationFailed.</exception>
    Task<FoundId> FindAsync(PlainId id, CancellationToken cancel);
}

/// <summary>What a verified ownership proof says of an ID.</summary>
/// <param name="ClaimKey">Tells the owner from the next one.</param>
/// <param name="Hubs">Hubs that the owner keeps lines to.</param>
internal sealed record FoundId(PlainId Id, VerifyKey ClaimKey, DhPublicKey ChannelKey, IReadOnlyList<HubTarget> Hubs, IReadOnlyList<HostPort> Addresses);

/// <summary>The directory of who is in no federation.</summary>
internal sealed class NoDirectory : IIdDirectory
{
    public Task<FoundId> FindAsync(PlainId id, CancellationToken cancel) => throw new HawserException(Reason.NoSuchId,
        $"nobody here knows the ID {id}: this node has signed on to no hub", "hawser signon HUB, with a link from an admin");
}
