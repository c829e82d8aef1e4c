using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tlog;

namespace Hawser.Hub.Store;

/// <summary>The store as an admin's machine reads it. Leaves are read in blocks: a start reads all of them in order.</summary>
internal sealed class AdminReader(HubStore store) : IAdminReader
{
    private const string VotesName = "votes";
    private const int BlockSize = Tile.FullWidth;

    private (RoutingId Member, ulong First, IReadOnlyList<byte[]> Leaves) _block = (default, 0, []);
    private (RoutingId Member, long Tile, byte[] Hashes) _hashes = (default, -1, []);

    public byte[] Votes => store.MachineState(VotesName) ?? [];

    public ulong LeavesOf(RoutingId admin) => store.LogSize(admin);

    public IReadOnlyList<(Wire.Bytes32 Claim, uint Due, byte[] Reveal)> Entrusted => store.Entrusted();

    public uint SilentThrough => store.SilentThrough;

    public byte[]? Certificate(uint height) => store.Certificate(height);

    public int Tickets(RoutingTick timestamp) => store.TicketsIssued(timestamp);

    public IReadOnlyList<(Wire.Bytes32 Claim, uint Kept, byte[] Text)> Shares => store.HeldShares();

    // A block is a tile: of that a store has all leaves there are, or none.
    public byte[]? Leaf(RoutingId member, ulong index)
    {
        var first = index - index % BlockSize;
        if (member != _block.Member || first != _block.First || index - first >= (ulong)_block.Leaves.Count)
            _block = (member, first, store.Leaves(member, first, BlockSize));
        return index - first < (ulong)_block.Leaves.Count ? _block.Leaves[(int)(index - first)] : null;
    }

    public Wire.Bytes32? LeafHash(RoutingId member, ulong index)
    {
        if (Leaf(member, index) is { } leaf) return Merkle.LeafHash(leaf);
        var tile = checked((long)(index / BlockSize));
        if (member != _hashes.Member || tile != _hashes.Tile) _hashes = (member, tile, store.ForgottenTile(member, tile) ?? []);
        return _hashes.Hashes.Length == 0 ? null : Wire.Bytes32.Read(_hashes.Hashes.AsSpan((int)(index % BlockSize) * Wire.Bytes32.Size, Wire.Bytes32.Size));
    }

    /// <summary>Writes records in their order. The caller makes one transaction of them.</summary>
    public void Write(AdminRecord record)
    {
        switch (record)
        {
            case AdminRecord.Votes(var bytes): store.SetMachineState(VotesName, bytes); break;
            case AdminRecord.OwnLeaf(var admin, var index, var leaf): store.AppendLeaves(admin, index, [leaf]); break;
            case AdminRecord.Entrusted(var claim, var due, var reveal): store.SaveEntrusted(claim, due, reveal); break;
            case AdminRecord.Share(var claim, var kept, var share): store.SaveHeldShare(claim, kept, share); break;
            case AdminRecord.Tickets(var timestamp, var issued): store.SaveTicketsIssued(timestamp, issued); break;
            case AdminRecord.Certificate(var height, var file, var leaves):
                store.SaveCertificate(height, leaves.Tick, file);
                if (height > store.Federation!.RevealWindow)
                {
                    store.ForgetEntrusted(height - store.Federation.RevealWindow);
                    store.ForgetShares(height - store.Federation.RevealWindow);
                }

                if (((AdminRecord.Certificate)record).Rows is { } rows) store.SaveRegistry(rows);
                foreach (var log in leaves.Logs) store.AppendLeaves(log.Member, log.FirstIndex, log.Leaves);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(record));
        }
    }
}
