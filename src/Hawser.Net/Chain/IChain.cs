using Hawser.Chain;
using Hawser.Wire;

namespace Hawser.Net.Chain;

/// <summary>A full node, as little of it as meeting needs. Nothing that it says is believed where it can be checked.</summary>
internal interface IChain : IDisposable
{
    /// <summary>What it is called, without what opens it.</summary>
    string Name { get; }

    /// <summary>Which ledger, and its newest block.</summary>
    Task<ChainView> ViewAsync(CancellationToken cancel);

    /// <summary>The block at a height of the best branch.</summary>
    Task<Bytes32> HashAsync(int height, CancellationToken cancel);

    Task<byte[]> BlockAsync(Bytes32 hash, CancellationToken cancel);

    /// <summary>IDs of all transactions that wait for a block.</summary>
    Task<IReadOnlyList<Bytes32>> WaitingAsync(CancellationToken cancel);

    /// <summary>Waiting transactions by their IDs; null for those that wait no longer.</summary>
    Task<IReadOnlyList<byte[]?>> TransactionsAsync(IReadOnlyList<Bytes32> ids, CancellationToken cancel);

    /// <summary>Satoshi for 1,000 virtual bytes, to be in a block soon; null if the node has no opinion.</summary>
    Task<ulong?> FeeRateAsync(CancellationToken cancel);

    /// <summary>An output that nobody has spent, not even unconfirmed; null if there is none.</summary>
    Task<LedgerOutput?> OutputAsync(OutPoint at, CancellationToken cancel);

    /// <summary>Hands a transaction to the network. One that is there already is no fault.</summary>
    /// <exception cref="HawserException">Refused, with the node's words; or Unreachable.</exception>
    Task SendAsync(byte[] transaction, CancellationToken cancel);
}

/// <summary>A node's own wallet, for who would rather spend from it.</summary>
internal interface IChainWallet
{
    /// <summary>Adds inputs, and change, to a transaction that has outputs only.</summary>
    /// <returns>With the fee in satoshi.</returns>
    Task<(LedgerTransaction Transaction, ulong Fee)> FundAsync(LedgerTransaction bare, ulong rate, CancellationToken cancel);

    Task<LedgerTransaction> SignAsync(LedgerTransaction transaction, CancellationToken cancel);
}

/// <summary>Where a node stands.</summary>
internal sealed record ChainView(LedgerNetwork Network, int Height, Bytes32 Best);
