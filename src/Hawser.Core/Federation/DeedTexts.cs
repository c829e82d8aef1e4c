using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// The texts in force, without what all of them share: the first line, and in a deed the last, which is the hash of those
/// above. A federation of a million holds a tenth less.
/// </summary>
internal sealed class DeedTexts(Bytes32 genesis)
{
    private const byte Whole = 0, OfDeed = 1, OfRecord = 2;

    private readonly Dictionary<RoutingId, byte[]> _kept = [];
    private readonly byte[] _deedTitle = Encoding.ASCII.GetBytes($"hawser/deed/1 {genesis}\n"), _recordTitle = Encoding.ASCII.GetBytes($"hawser/record/1 {genesis}\n");

    public void Set(RoutingId id, byte[] text)
    {
        var span = text.AsSpan();
        if (span.StartsWith(_deedTitle) && Above(span) is var end && span[end..].SequenceEqual(HashLine(span[..end])))
            _kept[id] = [OfDeed, .. span[_deedTitle.Length..end]];
        else if (span.StartsWith(_recordTitle)) _kept[id] = [OfRecord, .. span[_recordTitle.Length..]];
        else _kept[id] = [Whole, .. span];
    }

    public bool TryGet(RoutingId id, [NotNullWhen(true)] out byte[]? text)
    {
        text = null;
        if (!_kept.TryGetValue(id, out var kept)) return false;
        var rest = kept.AsSpan(1);
        text = kept[0] switch { OfDeed => [.. _deedTitle, .. rest], OfRecord => [.. _recordTitle, .. rest], _ => rest.ToArray() };
        if (kept[0] == OfDeed) text = [.. text, .. HashLine(text)];
        return true;
    }

    public void Remove(RoutingId id) => _kept.Remove(id);

    private static int Above(ReadOnlySpan<byte> text) => text[..^1].LastIndexOf((byte)'\n') + 1;

    private static byte[] HashLine(ReadOnlySpan<byte> above) => Encoding.ASCII.GetBytes($"Hash: {Base36.OfHash(Sha256.Hash(above))}\n");
}
