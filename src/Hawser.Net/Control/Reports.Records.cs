namespace Hawser.Net.Control;

/// <summary>What an ID's owner says anew; null leaves it as it is.</summary>
/// <param name="Hubs">Names of hubs; empty takes those signed on to.</param>
/// <param name="RecoveryKey">The public half of a key that shall be able to take the ID back.</param>
/// <param name="Chain">Whether the node's chain key shall stand in it.</param>
internal sealed record IdAlterArgs(string Id, string? Owner, string? Contact, string? Notes, IReadOnlyList<string> Hubs, string? RecoveryKey, bool? Chain = null);

/// <param name="Acceptance">What the acquirer sent back; null makes the offer.</param>
internal sealed record IdTransferArgs(string Id, string? Acceptance);

/// <param name="Offer">The text of another's offer.</param>
/// <param name="RecoveryKey">As for an alteration.</param>
/// <param name="Chain">As for a claim.</param>
internal sealed record IdAcceptArgs(string Offer, string? Owner, IReadOnlyList<string> Hubs, string? RecoveryKey, bool Chain = false);

/// <param name="Seed">Of the recovery key: secret.</param>
/// <param name="RecoveryKey">Of the next one; null keeps the same.</param>
internal sealed record IdRecoverArgs(string Id, string Seed, string? RecoveryKey);
