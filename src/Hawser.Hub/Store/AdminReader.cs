using Hawser.Federation;
using Hawser.Naming;

namespace Hawser.Hub.Store;

/// <summary>The store as an admin's machine reads it. Leaves are read in blocks: a start reads all of them in order.</summary>
internal sealed class AdminReader(HubStore store) : IAdminReader
{
    private const string VotesName = "votes";
    private const int BlockSize = 256;

    private (RoutingId Member, ulong First, IReadOnlyList<byte[]> Leaves) _block = (default, 0, []);

    public byte[] Votes => store.MachineState(VotesName) ?? [];

    public ulong LeavesOf(RoutingId admin) => store.LogSize(admin);

    public IReadOnlyList<(Wire.Bytes32 Claim, uint Due, byte[] Reveal)> Entrusted => store.Entrusted();

    public uint SilentThrough => store.SilentThrough;

    public byte[]? Certificate(uint height) => store.Certificate(height);

    public int Tickets(RoutingTick timestamp) => store.TicketsIssued(timestamp);

    public byte[]? Leaf(RoutingId member, ulong index)
    {
        if (member != _block.Member || index < _block.First || index - _block.First >= (ulong)_block.Leaves.Count)
            _block = (member, index, store.Leaves(member, index, BlockSize));
        return _block.Leaves.Count > 0 ? _block.Leaves[(int)(index - _block.First)] : null;
    }

    /// <summary>Writes records in their order. The caller makes one transaction of them.</summary>
    public void Write(AdminRecord record)
    {
        switch (record)
        {
            case AdminRecord.Votes(var bytes): store.SetMachineState(VotesName, bytes); break;
            case AdminRecord.OwnLeaf(var admin, var index, var leaf): store.AppendLeaves(admin, index, [leaf]); break;
            case AdminRecord.Entrusted(var claim, var due, var reveal): store.SaveEntrusted(claim, due, reveal); break;
            case AdminRecord.Tickets(var timestamp, var issued): store.SaveTicketsIssued(timestamp, issued); break;
            case AdminRecord.Certificate(var height, var file, var leaves):
                store.SaveCertificate(height, leaves.Tick, file);
                if (height > store.Federation!.RevealWindow) store.ForgetEntrusted(height - store.Federation.RevealWindow);
                foreach (var log in leaves.Logs) store.AppendLeaves(log.Member, log.FirstIndex, log.Leaves);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(record));
        }
    }
}
