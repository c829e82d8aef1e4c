using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The text that admins attest: agreement's L1. Spec: federation.md §4.4.</summary>
/// <param name="Genesis">Names the federation.</param>
/// <param name="Height">Counts certificates, from 1.</param>
/// <param name="Tick">Its label: the tick that has ended.</param>
/// <param name="StateRoot">Of the state after folding this height.</param>
/// <param name="Rest">Commits to all else; see <see cref="HeaderRest"/>.</param>
internal readonly record struct Header(Bytes32 Genesis, uint Height, RoutingTick Tick, Bytes32 StateRoot, Bytes32 Rest)
{
    public const int MaxTextSize = 256;

    /// <summary>H(header).</summary>
    public Bytes32 Hash => Sha256.Hash(Text);

    /// <summary>The bytes that every signature covers.</summary>
    public byte[] Text => Encoding.ASCII.GetBytes(ToString());

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"hawser/tick/1 {Genesis}\n{Height}\n{Tick}\n" +
        $"{Convert.ToBase64String(StateRoot.ToArray())}\n{Convert.ToBase64String(Rest.ToArray())}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, out Header header)
    {
        header = default;
        var reader = new LineReader(text);
        if (text.Length > MaxTextSize || !reader.TryReadTitle("hawser/tick/1"u8, out var genesis) ||
            !reader.TryReadLine(out var digits) || !LineReader.TryParseDecimal(digits, out var height) ||
            height is 0 or > uint.MaxValue ||
            !reader.TryReadLine(out var label) || !RoutingTick.TryParse(label, out var tick) ||
            !TryReadHash(ref reader, out var root) || !TryReadHash(ref reader, out var rest) || !reader.AtEnd) return false;
        header = new(genesis, (uint)height, tick, root, rest);
        return true;
    }

    private static bool TryReadHash(ref LineReader reader, out Bytes32 hash)
    {
        hash = default;
        Span<byte> bytes = stackalloc byte[Bytes32.Size + 1];
        if (!reader.TryReadLine(out var line) || line.Length != 44 ||
            Base64.DecodeFromUtf8(line, bytes, out _, out var written) != OperationStatus.Done || written != Bytes32.Size)
            return false;
        hash = Bytes32.Read(bytes[..Bytes32.Size]);
        return line.SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToBase64String(hash.ToArray())));
    }
}

/// <summary>What a header's rest is the hash of.</summary>
/// <param name="Previous">H(header) of the height before; before the first, the genesis hash.</param>
/// <param name="Vector">H(vector): of the log heads that are certified.</param>
/// <param name="Members">H(members) of the next height.</param>
/// <param name="Pending">H(pending), which the fold keeps: claims in flight, frozen logs, votes.</param>
/// <param name="Rules">The rules number.</param>
internal readonly record struct HeaderRest(
    Bytes32 Previous, Bytes32 Vector, Bytes32 Members, Bytes32 Pending, uint Rules)
{
    public const int Size = 4 * Bytes32.Size + 4;

    public Bytes32 Hash
    {
        get
        {
            Span<byte> bytes = stackalloc byte[Size];
            var writer = new SpanWriter(bytes);
            writer.Write(Previous);
            writer.Write(Vector);
            writer.Write(Members);
            writer.Write(Pending);
            writer.WriteU32(Rules);
            return Sha256.Hash(bytes);
        }
    }
}
