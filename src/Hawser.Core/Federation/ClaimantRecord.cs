using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>All that a claimant must not lose, as it is stored. It holds the seed: keep it as a key is kept.</summary>
/// <remarks><code>
/// | ver=1 (1) | state (1) | seed (32) | from height (4) | tick (3) | c (4) | ticket | deed | sealed: u16 length each | receipts: count (1), u16 length each |
/// </code></remarks>
internal sealed record ClaimantRecord
{
    private const byte Version = 1;

    public required ClaimantState State { get; init; }
    public required Bytes32 Seed { get; init; }

    /// <summary>The last certified height when the ticket was asked for: certificates are followed from here.</summary>
    public uint FromHeight { get; init; }

    /// <summary>The tick of that height.</summary>
    public RoutingTick FromTick { get; init; }

    /// <summary>c; 0 until it is known.</summary>
    public uint Certified { get; init; }

    public byte[] Ticket { get; init; } = [];
    public byte[] Deed { get; init; } = [];
    public byte[] Sealed { get; init; } = [];
    public IReadOnlyList<byte[]> Receipts { get; init; } = [];

    public byte[] Write()
    {
        var length = 46 + Ticket.Length + Deed.Length + Sealed.Length + 6 + Receipts.Sum(r => 2 + r.Length);
        var bytes = new byte[length];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Version);
        writer.WriteU8((byte)State);
        writer.Write(Seed);
        writer.WriteU32(FromHeight);
        FromTick.CopyTo(writer.Take(RoutingTick.TextLength));
        writer.WriteU32(Certified);
        writer.WriteBlob16(Ticket);
        writer.WriteBlob16(Deed);
        writer.WriteBlob16(Sealed);
        writer.WriteU8((byte)Receipts.Count);
        foreach (var receipt in Receipts) writer.WriteBlob16(receipt);
        return bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out ClaimantRecord record)
    {
        record = null!;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var version) || version != Version || !reader.TryReadU8(out var state)
            || state > (byte)ClaimantState.Final || !reader.TryReadBytes32(out var seed)
            || !reader.TryReadU32(out var height) || !reader.TryTake(RoutingTick.TextLength, out var label)
            || !RoutingTick.TryParse(label, out var tick) || !reader.TryReadU32(out var certified)
            || !reader.TryTakeBlob16(out var ticket) || !reader.TryTakeBlob16(out var deed)
            || !reader.TryTakeBlob16(out var claim) || !reader.TryReadU8(out var count)) return false;
        var receipts = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryTakeBlob16(out var receipt)) return false;
            receipts.Add(receipt.ToArray());
        }

        record = new()
        {
            State = (ClaimantState)state, Seed = seed, FromHeight = height, FromTick = tick, Certified = certified,
            Ticket = ticket.ToArray(), Deed = deed.ToArray(), Sealed = claim.ToArray(), Receipts = receipts,
        };
        return reader.AtEnd;
    }
}
