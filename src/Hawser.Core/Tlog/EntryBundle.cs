using System.Buffers.Binary;

namespace Hawser.Tlog;

/// <summary>Entries of a log one after the other, each with its length in two bytes before it. Spec: tlog.md §4.</summary>
internal sealed record EntryBundle(IReadOnlyList<byte[]> Entries)
{
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EntryBundle bundle)
    {
        var entries = new List<byte[]>();
        bundle = new(entries);
        while (!bytes.IsEmpty)
        {
            if (entries.Count == Tile.FullWidth || !BinaryPrimitives.TryReadUInt16BigEndian(bytes, out var length)
                || length > bytes.Length - 2) return false;
            entries.Add(bytes.Slice(2, length).ToArray());
            bytes = bytes[(2 + length)..];
        }

        return entries.Count > 0;
    }

    public byte[] Write()
    {
        var bytes = new byte[Entries.Sum(entry => 2 + entry.Length)];
        var at = 0;
        foreach (var entry in Entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), (ushort)entry.Length);
            entry.CopyTo(bytes, at + 2);
            at += 2 + entry.Length;
        }

        return bytes;
    }
}
