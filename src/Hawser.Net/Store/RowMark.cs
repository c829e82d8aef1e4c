using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;

namespace Hawser.Net.Store;

/// <summary>Eight bytes of a hash behind a row's bytes: by them it shows that it is as it was written.</summary>
internal static class RowMark
{
    public const int Size = 8;

    public static byte[] Add(ReadOnlySpan<byte> row) => [.. row, .. Of(row)];

    public static bool TryTakeOff(ReadOnlySpan<byte> marked, [NotNullWhen(true)] out byte[]? row)
    {
        row = null;
        if (marked.Length < Size || !marked[^Size..].SequenceEqual(Of(marked[..^Size]))) return false;
        row = marked[..^Size].ToArray();
        return true;
    }

    private static byte[] Of(ReadOnlySpan<byte> row) => Sha256.Hash([.. "hawser/row-mark/1\n"u8, .. row]).ToArray()[..Size];
}
