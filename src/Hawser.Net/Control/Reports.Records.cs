namespace Hawser.Net.Control;

/// <summary>What an ID's owner says anew; null leaves it as it is.</summary>
/// <param name="Hubs">Names of hubs; empty takes those signed on to.</param>
/// <param name="RecoveryKey">The public half of a key that shall be able to take the ID back.</param>
/// <param name="Chain">Whether the node's chain key shall stand in it.</param>
internal sealed record IdAlterArgs(string Id, string? Owner, string? Contact, string? Notes, IReadOnlyList<string> Hubs, string? RecoveryKey, bool? Chain = null)
{
    /// <summary>Whether this node takes a new channel key.</summary>
    public bool NewKey { get; init; }

    /// <summary>Secret: the claim key, where it is kept away from this node.</summary>
    public string? Key { get; init; }

    /// <summary>Secret: the claim key that is to hold the ID from now on, and not to stay here.</summary>
    public string? OfflineKey { get; init; }
}

/// <param name="Key">Secret: the claim key, where it is kept away from this node.</param>
internal sealed record IdKeyArgs(string Id, string? Key);

/// <param name="Acceptance">What the acquirer sent back; null makes the offer.</param>
/// <param name="Key">Secret: the claim key, where it is kept away from this node.</param>
internal sealed record IdTransferArgs(string Id, string? Acceptance, string? Key = null);

/// <param name="Offer">The text of another's offer.</param>
/// <param name="RecoveryKey">As for an alteration.</param>
/// <param name="Chain">As for a claim.</param>
internal sealed record IdAcceptArgs(string Offer, string? Owner, IReadOnlyList<string> Hubs, string? RecoveryKey, bool Chain = false);

/// <param name="Seed">Of the recovery key: secret.</param>
/// <param name="RecoveryKey">Of the next one; null keeps the same.</param>
internal sealed record IdRecoverArgs(string Id, string Seed, string? RecoveryKey);
