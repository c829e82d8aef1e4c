using System.Buffers.Binary;

namespace Hawser.Chain;

/// <summary>Reads the ledger's own encoding, which is little endian. A failed read never throws.</summary>
internal ref struct LedgerReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;

    /// <summary>How far it has read.</summary>
    public int Position { get; private set; }

    public readonly int Left => _source.Length - Position;

    public readonly bool AtEnd => Left == 0;

    /// <summary>What lies between two positions.</summary>
    public readonly ReadOnlySpan<byte> Between(int from, int to) => _source[from..to];

    public bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count < 0 || count > Left)
        {
            bytes = default;
            return false;
        }

        bytes = _source.Slice(Position, count);
        Position += count;
        return true;
    }

    public bool TrySkip(int count) => TryTake(count, out _);

    public bool TryReadU8(out byte value)
    {
        var read = TryTake(1, out var bytes);
        value = read ? bytes[0] : (byte)0;
        return read;
    }

    public bool TryReadU32(out uint value)
    {
        var read = TryTake(4, out var bytes);
        value = read ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return read;
    }

    public bool TryReadU64(out ulong value)
    {
        var read = TryTake(8, out var bytes);
        value = read ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return read;
    }

    /// <summary>A count in 1, 3 or 5 bytes, in the shortest form only; one beyond what is left makes no sense anywhere.</summary>
    public bool TryReadCount(out int value)
    {
        value = 0;
        if (!TryReadU8(out var first)) return false;
        var count = (uint)first;
        if (first == 0xFD)
        {
            if (!TryTake(2, out var two)) return false;
            count = BinaryPrimitives.ReadUInt16LittleEndian(two);
            if (count < 0xFD) return false;
        }
        else if (first == 0xFE)
        {
            if (!TryReadU32(out count) || count <= ushort.MaxValue) return false;
        }
        else if (first == 0xFF)
        {
            return false; // more than fits any transaction
        }

        if (count > (uint)Left) return false;
        value = (int)count;
        return true;
    }

    /// <summary>What a count counts.</summary>
    public bool TryTakeBlob(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryReadCount(out var count) && TryTake(count, out bytes);
    }
}
