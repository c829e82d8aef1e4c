using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// Shows whose an ID is, or that it is nobody's, to who knows the federation's members: a certified header and the way
/// from the title to its state root. Spec: registry.md §4.
/// </summary>
/// <remarks><code>
/// | "HWP1" (4) | genesis[0..8] (8) | height (4) | tick (3) | rest (32) | bitmap (1 + ⌈n/8⌉) | signatures (64·Q) | form (1) | path |
/// </code></remarks>
internal sealed record OwnershipProof
{
    public const int MaxSize = 16_384; // registry.md §6
    private const byte FormHeld = 1, FormNoTitle = 2, FormNoTimestamp = 3;
    private const byte HasBefore = 1, HasAfter = 2;

    /// <summary>The first eight bytes of the genesis hash: to tell at once that it is another federation's.</summary>
    public required ulong Federation { get; init; }

    public required uint Height { get; init; }
    public required RoutingTick Tick { get; init; }
    public required Bytes32 Rest { get; init; }

    /// <summary>Who signed: bit i of byte i/8, least significant first, for the i-th member.</summary>
    public required byte[] Signers { get; init; }

    /// <summary>One for each bit, in their order.</summary>
    public required IReadOnlyList<Bytes64> Signatures { get; init; }

    public required StatePath Path { get; init; }

    /// <summary>The title; null when the proof shows that there is none.</summary>
    public Title? Title => (Path as StatePath.Held)?.Title;

    /// <summary>Makes the proof of an ID from the state that a certificate certifies.</summary>
    public static OwnershipProof Make(TickCertificate certificate, Members members, StateTree state, RoutingId id)
    {
        if (state.Root != certificate.Header.StateRoot) throw new ArgumentException("of another state", nameof(certificate));
        var signers = new byte[(members.Count + 7) / 8];
        var signatures = new List<Bytes64>();
        foreach (var attestation in certificate.Attestations.OrderBy(a => members.PlaceOf(a.Admin)).Take(members.Quorum))
        {
            var place = members.PlaceOf(attestation.Admin);
            signers[place / 8] |= (byte)(1 << (place % 8));
            signatures.Add(attestation.Signature);
        }

        return new()
        {
            Federation = FederationOf(certificate.Header.Genesis), Height = certificate.Header.Height,
            Tick = certificate.Header.Tick, Rest = certificate.Header.Rest, Signers = signers, Signatures = signatures,
            Path = state.Prove(id),
        };
    }

    /// <summary>Whether it is sound for this ID and signed by a quorum of the members of its height.</summary>
    public string? Verify(in Bytes32 genesis, Epochs epochs, RoutingId id, out Header header)
    {
        header = default;
        return epochs.At(Height) is { } members ? Verify(genesis, members, id, out header) : "the proof is of an epoch before";
    }

    /// <summary>
    /// Whether it is sound for this ID and signed by a quorum of these members; null and the header, or a sentence.
    /// </summary>
    public string? Verify(in Bytes32 genesis, Members members, RoutingId id, out Header header)
    {
        header = default;
        if (Federation != FederationOf(genesis)) return "the proof is of another federation";
        if (Signers.Length != (members.Count + 7) / 8) return "the proof is for another number of admins";
        if (!Path.TryFollow(id, out var stateRoot)) return "the proof is not about this ID, or does not hold together";
        var certified = new Header(genesis, Height, Tick, stateRoot, Rest);
        var text = certified.Text;
        var signed = 0;
        for (var place = 0; place < 8 * Signers.Length; place++)
        {
            if ((Signers[place / 8] >> (place % 8) & 1) == 0) continue;
            if (place >= members.Count || signed == Signatures.Count
                || !Ed25519.Verify(members[place].Key, text, Signatures[signed].ToArray()))
                return "an admin's signature does not hold";
            signed++;
        }

        if (signed != members.Quorum || signed != Signatures.Count)
            return $"{signed} admins signed, where {members.Quorum} must";
        header = certified;
        return null;
    }

    public byte[] Write()
    {
        var bytes = new byte[MaxSize];
        var writer = new SpanWriter(bytes);
        writer.Write("HWP1"u8);
        writer.WriteU64(Federation);
        writer.WriteU32(Height);
        Tick.CopyTo(writer.Take(RoutingTick.TextLength));
        writer.Write(Rest);
        writer.WriteBlob8(Signers);
        foreach (var signature in Signatures) signature.CopyTo(writer.Take(Bytes64.Size));
        switch (Path)
        {
            case StatePath.Held held:
                writer.WriteU8(FormHeld);
                writer.Write(held.Title.Write());
                held.Path.Write(ref writer);
                held.Top.Path.Write(ref writer);
                break;
            case StatePath.NoTitle absent:
                writer.WriteU8(FormNoTitle);
                writer.WriteU8(Sides(absent.Before, absent.After));
                WriteStep(ref writer, absent.Before);
                WriteStep(ref writer, absent.After);
                WriteTop(ref writer, absent.Top);
                break;
            case StatePath.NoTimestamp absent:
                writer.WriteU8(FormNoTimestamp);
                writer.WriteU32(absent.Count);
                writer.WriteU8(Sides(absent.Before, absent.After));
                WriteTop(ref writer, absent.Before);
                WriteTop(ref writer, absent.After);
                break;
        }

        return bytes[..writer.Written];
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out OwnershipProof proof)
    {
        proof = null!;
        var reader = new SpanReader(bytes);
        if (bytes.Length > MaxSize || !reader.TryTake(4, out var magic) || !magic.SequenceEqual("HWP1"u8)
            || !reader.TryReadU64(out var federation) || !reader.TryReadU32(out var height)
            || !reader.TryTake(RoutingTick.TextLength, out var label) || !RoutingTick.TryParse(label, out var tick)
            || !reader.TryReadBytes32(out var rest) || !reader.TryTakeBlob8(out var signers)) return false;
        var signatures = new List<Bytes64>();
        foreach (var b in signers)
        {
            for (var bits = b; bits != 0; bits &= (byte)(bits - 1))
            {
                if (!reader.TryTake(Bytes64.Size, out var signature)) return false;
                signatures.Add(Bytes64.Read(signature));
            }
        }

        if (!TryReadPath(ref reader, out var path) || !reader.AtEnd) return false;
        proof = new()
        {
            Federation = federation, Height = height, Tick = tick, Rest = rest, Signers = signers.ToArray(),
            Signatures = signatures, Path = path,
        };
        return true;
    }

    private static bool TryReadPath(ref SpanReader reader, out StatePath path)
    {
        path = null!;
        if (!reader.TryReadU8(out var form)) return false;
        if (form == FormHeld)
        {
            if (!Title.TryRead(ref reader, out var title) || !TreePath.TryRead(ref reader, out var inner)
                || !TreePath.TryRead(ref reader, out var outer)
                || !inner.TryFollow(StateTree.LeafHash(title.Id, title.Hash), out var root)) return false;
            path = new StatePath.Held(title, inner, new(title.Id.Timestamp, inner.Count, root, outer));
            return true;
        }

        var count = 0u;
        if (form == FormNoTimestamp && !reader.TryReadU32(out count)) return false;
        if (form is not (FormNoTitle or FormNoTimestamp) || !reader.TryReadU8(out var sides)
            || sides > (HasBefore | HasAfter)) return false;
        if (form == FormNoTimestamp)
        {
            if (!TryReadTop(ref reader, (sides & HasBefore) != 0, out var early)
                || !TryReadTop(ref reader, (sides & HasAfter) != 0, out var late)) return false;
            path = new StatePath.NoTimestamp(count, early, late);
            return true;
        }

        if (!TryReadStep(ref reader, (sides & HasBefore) != 0, out var before)
            || !TryReadStep(ref reader, (sides & HasAfter) != 0, out var after)
            || !TryReadTop(ref reader, present: true, out var top)) return false;
        path = new StatePath.NoTitle(before, after, top!);
        return true;
    }

    private static byte Sides(object? before, object? after) =>
        (byte)((before is null ? 0 : HasBefore) | (after is null ? 0 : HasAfter));

    private static void WriteStep(ref SpanWriter writer, TitleStep? step)
    {
        if (step is null) return;
        step.Id.CopyTo(writer.Take(RoutingId.Size));
        writer.Write(step.TitleHash);
        step.Path.Write(ref writer);
    }

    private static void WriteTop(ref SpanWriter writer, TimestampStep? step)
    {
        if (step is null) return;
        step.Timestamp.CopyTo(writer.Take(RoutingTick.TextLength));
        writer.WriteU32(step.Count);
        writer.Write(step.Root);
        step.Path.Write(ref writer);
    }

    private static bool TryReadStep(ref SpanReader reader, bool present, out TitleStep? step)
    {
        step = null;
        if (!present) return true;
        if (!reader.TryTake(RoutingId.Size, out var name) || !RoutingId.TryRead(name, out var id)
            || !reader.TryReadBytes32(out var hash) || !TreePath.TryRead(ref reader, out var path)) return false;
        step = new(id, hash, path);
        return true;
    }

    private static bool TryReadTop(ref SpanReader reader, bool present, out TimestampStep? step)
    {
        step = null;
        if (!present) return true;
        if (!reader.TryTake(RoutingTick.TextLength, out var label) || !RoutingTick.TryParse(label, out var tick)
            || !reader.TryReadU32(out var count) || !reader.TryReadBytes32(out var root)
            || !TreePath.TryRead(ref reader, out var path)) return false;
        step = new(tick, count, root, path);
        return true;
    }

    private static ulong FederationOf(in Bytes32 genesis) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(genesis.ToArray());
}
