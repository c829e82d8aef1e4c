using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>V: what a height agrees on. Spec: federation.md §4.3.</summary>
/// <remarks><code>
/// | genesis (32) | height (4) | H(previous header) (32) | count (1) | HEAD messages of 123 | count (1) | size (8), root (32) each |
/// </code></remarks>
internal sealed class AgreedValue
{
    public const int HeadSize = 1 + 4 + RoutingId.Size + 4 + LogHead.Bytes + SigningKey.SignatureSize;

    private AgreedValue(byte[] bytes) => (Bytes, Id) = (bytes, Sha256.Hash(bytes));

    public byte[] Bytes { get; }

    /// <summary>id = SHA-256(V).</summary>
    public Bytes32 Id { get; }

    public required Bytes32 Genesis { get; init; }
    public required uint Height { get; init; }

    /// <summary>H(header) of the height before.</summary>
    public required Bytes32 Previous { get; init; }

    /// <summary>By signer.</summary>
    public required IReadOnlyList<AgreementMessage> Heads { get; init; }

    /// <summary>One for each member, by ID.</summary>
    public required IReadOnlyList<LogHead> Vector { get; init; }

    /// <summary>The lower median of the heads' claims: between two honest ones, as there are at least Q.</summary>
    public RoutingTick Tick => Heads.Select(h => h.Tick).Order().ElementAt((Heads.Count - 1) / 2);

    /// <summary>H(vector).</summary>
    public Bytes32 VectorHash => Sha256.Hash(Bytes.AsSpan(Bytes.Length - Vector.Count * LogHead.Bytes));

    /// <summary>A fresh value of these heads.</summary>
    public static AgreedValue Of(
        in Bytes32 genesis, uint height, in Bytes32 previous, IEnumerable<AgreementMessage> heads, IReadOnlyList<LogHead> vector)
    {
        AgreementMessage[] sorted = [.. heads.OrderBy(h => h.Signer)];
        var bytes = new byte[2 * Bytes32.Size + 4 + 2 + sorted.Length * HeadSize + vector.Count * LogHead.Bytes];
        var writer = new SpanWriter(bytes);
        writer.Write(genesis);
        writer.WriteU32(height);
        writer.Write(previous);
        writer.WriteU8((byte)sorted.Length);
        foreach (var head in sorted) writer.Write(head.Bytes);
        writer.WriteU8((byte)vector.Count);
        foreach (var head in vector) head.Write(ref writer);
        return TryRead(bytes, out var value) ? value : throw new ArgumentException("a value that none can read");
    }

    /// <summary>Reads the format; whether it may be voted for is the agreement's to say.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out AgreedValue value)
    {
        value = null!;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadBytes32(out var genesis) || !reader.TryReadU32(out var height) ||
            !reader.TryReadBytes32(out var previous) || !reader.TryReadU8(out var count) || count == 0) return false;
        var heads = new AgreementMessage[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryTake(HeadSize, out var part) || !AgreementMessage.TryRead(part, genesis, out heads[i]) ||
                heads[i].Kind is not MessageKind.Head || heads[i].Height != height ||
                i > 0 && heads[i].Signer <= heads[i - 1].Signer) return false;
        }

        if (!reader.TryReadU8(out count) || count < heads.Length) return false;
        var vector = new LogHead[count];
        for (var i = 0; i < count; i++)
            if (!LogHead.TryTake(ref reader, out vector[i])) return false;
        if (!reader.AtEnd) return false;
        value = new(bytes.ToArray()) { Genesis = genesis, Height = height, Previous = previous, Heads = heads, Vector = vector };
        return true;
    }
}
