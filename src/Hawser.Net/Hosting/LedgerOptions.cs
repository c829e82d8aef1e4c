using Hawser.Net.Chain;

namespace Hawser.Net.Hosting;

/// <summary>How a node takes part in a ledger.</summary>
internal sealed record LedgerOptions
{
    /// <summary>Satoshi, at most, for one transaction, unless a verb says otherwise.</summary>
    public const ulong DefaultMaxFee = 5_000;

    /// <summary>Satoshi, at most, in 24 hours for answers that nobody was asked about.</summary>
    public const ulong DefaultDailyFee = 20_000;

    /// <summary>URL of the node's RPC.</summary>
    public required string Url { get; init; }

    /// <summary>URL of the RPC of a wallet that pays; null: this node has coins of its own.</summary>
    public string? WalletUrl { get; init; }

    /// <summary>Where peers are to look for this node; null leaves it to what hubs and interfaces say.</summary>
    public HostPort? At { get; init; }

    /// <summary>Whether contacts are answered without asking.</summary>
    public bool AcceptsContacts { get; init; } = true;

    /// <summary>Whether invitations of strangers are kept for a look.</summary>
    public bool HearsStrangers { get; init; }

    /// <summary>Whether only addresses that a hub's admin certifies are dialled.</summary>
    public bool RequiresProof { get; init; }

    /// <summary>Makes the way to the node.</summary>
    public Func<IChain> Open
    {
        get => field ?? (() => new JsonRpcChain(Url, WalletUrl));
        init;
    }

    public ulong MaxFee { get; init; } = DefaultMaxFee;

    public ulong DailyFee { get; init; } = DefaultDailyFee;
}
