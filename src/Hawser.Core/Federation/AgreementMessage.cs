using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What admins say to each other about a height. Spec: federation.md §4.2.</summary>
/// <remarks><code>
/// | kind (1) | height (4) | signer (10) | fields | signature (64) |      over "hawser/agree/1\n" ‖ genesis ‖ all before
/// HEAD 1       tick (4) | size (8) | root (32)
/// PROPOSE 2    round (4) | valid round + 1 (4) | length (4) | value
/// PREVOTE 3    round (4) | value's hash, zeros for nil (32)
/// PRECOMMIT 4  the same
/// ATTEST 5     tick (4) | state root (32) | rest (32)                    over the header's text instead
/// </code></remarks>
internal sealed record AgreementMessage
{
    public const int MaxSize = 64 << 10; // federation.md §6
    private const int Prefix = 1 + 4 + RoutingId.Size;

    private AgreementMessage(MessageKind kind, uint height, RoutingId signer, byte[] bytes) =>
        (Kind, Height, Signer, Bytes) = (kind, height, signer, bytes);

    public MessageKind Kind { get; }
    public uint Height { get; }
    public RoutingId Signer { get; }

    /// <summary>As it travels and is stored, signature included.</summary>
    public byte[] Bytes { get; }

    /// <summary>Of all but HEAD and ATTEST.</summary>
    public uint Round { get; private init; }

    /// <summary>Of HEAD and ATTEST.</summary>
    public RoutingTick Tick { get; private init; }

    /// <summary>Of HEAD.</summary>
    public LogHead Head { get; private init; }

    /// <summary>Of PROPOSE; -1 for a fresh value.</summary>
    public long ValidRound { get; private init; } = -1;

    /// <summary>Of PROPOSE.</summary>
    public byte[] Value { get; private init; } = [];

    /// <summary>Of votes, zero for nil; of PROPOSE the hash of its value; of ATTEST that of the header's text.</summary>
    public Bytes32 Id { get; private init; }

    /// <summary>Of ATTEST.</summary>
    public Bytes32 StateRoot { get; private init; }

    /// <summary>Of ATTEST.</summary>
    public Bytes32 Rest { get; private init; }

    public ReadOnlySpan<byte> Signature => Bytes.AsSpan(Bytes.Length - SigningKey.SignatureSize);

    public static AgreementMessage MakeHead(
        in Bytes32 genesis, uint height, RoutingId signer, SigningKey key, RoutingTick tick, in LogHead head)
    {
        var bytes = Start(MessageKind.Head, height, signer, 4 + LogHead.Bytes, out var writer);
        writer.WriteU32((uint)tick.Number);
        head.Write(ref writer);
        return Finish(genesis, key, bytes);
    }

    public static AgreementMessage MakePropose(
        in Bytes32 genesis, uint height, RoutingId signer, SigningKey key, uint round, long validRound, byte[] value)
    {
        var bytes = Start(MessageKind.Propose, height, signer, 12 + value.Length, out var writer);
        writer.WriteU32(round);
        writer.WriteU32((uint)(validRound + 1));
        writer.WriteU32((uint)value.Length);
        writer.Write(value);
        return Finish(genesis, key, bytes);
    }

    /// <summary>A PREVOTE or a PRECOMMIT.</summary>
    public static AgreementMessage MakeVote(
        in Bytes32 genesis, MessageKind kind, uint height, RoutingId signer, SigningKey key, uint round, in Bytes32 id)
    {
        var bytes = Start(kind, height, signer, 4 + Bytes32.Size, out var writer);
        writer.WriteU32(round);
        writer.Write(id);
        return Finish(genesis, key, bytes);
    }

    public static AgreementMessage MakeAttest(in Header header, RoutingId signer, SigningKey key)
    {
        var bytes = Start(MessageKind.Attest, header.Height, signer, 4 + 2 * Bytes32.Size, out var writer);
        writer.WriteU32((uint)header.Tick.Number);
        writer.Write(header.StateRoot);
        writer.Write(header.Rest);
        key.Sign(header.Text, bytes.AsSpan(bytes.Length - SigningKey.SignatureSize));
        return Parsed(header.Genesis, bytes);
    }

    /// <summary>The header that an ATTEST is for.</summary>
    public Header HeaderFor(in Bytes32 genesis) => new(genesis, Height, Tick, StateRoot, Rest);

    /// <param name="genesis">The federation.</param>
    /// <param name="key">Its signer's.</param>
    /// <param name="check">Checks the signature; null: as everybody does.</param>
    public bool IsSignedBy(in Bytes32 genesis, in VerifyKey key, SignatureCheck? check = null) =>
        check is null ? Ed25519.Verify(key, TextToSign(genesis), Signature) : check(key, TextToSign(genesis), Signature);

    /// <summary>Reads a message; its signature is not checked yet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, in Bytes32 genesis, out AgreementMessage message)
    {
        message = null!;
        if (bytes.Length is < Prefix + SigningKey.SignatureSize or > MaxSize) return false;
        var reader = new SpanReader(bytes[..^SigningKey.SignatureSize]);
        if (!reader.TryReadU8(out var kind) || !reader.TryReadU32(out var height) || height == 0 ||
            !reader.TryTake(RoutingId.Size, out var id) || !RoutingId.TryRead(id, out var signer)) return false;
        var start = new AgreementMessage((MessageKind)kind, height, signer, bytes.ToArray());
        if (start.Kind switch
        {
            MessageKind.Head => TryReadHead(ref reader, ref start),
            MessageKind.Propose => TryReadPropose(ref reader, ref start),
            MessageKind.Prevote or MessageKind.Precommit => TryReadVote(ref reader, ref start),
            MessageKind.Attest => TryReadAttest(ref reader, ref start, genesis),
            _ => false,
        } && reader.AtEnd)
        {
            message = start;
            return true;
        }

        return false;
    }

    private static bool TryReadHead(ref SpanReader reader, ref AgreementMessage message)
    {
        if (!TryReadTick(ref reader, out var tick) || !LogHead.TryTake(ref reader, out var head)) return false;
        message = message with { Tick = tick, Head = head };
        return true;
    }

    private static bool TryReadTick(ref SpanReader reader, out RoutingTick tick)
    {
        tick = default;
        return reader.TryReadU32(out var number) && number < RoutingTick.Count &&
            RoutingTick.TryFromNumber((int)number, out tick);
    }

    private static bool TryReadPropose(ref SpanReader reader, ref AgreementMessage message)
    {
        if (!reader.TryReadU32(out var round) || !reader.TryReadU32(out var valid) || valid > round ||
            !reader.TryReadU32(out var length) || length > MaxSize || !reader.TryTake((int)length, out var value)) return false;
        message = message with
        {
            Round = round, ValidRound = (long)valid - 1, Value = value.ToArray(), Id = Sha256.Hash(value),
        };
        return true;
    }

    private static bool TryReadVote(ref SpanReader reader, ref AgreementMessage message)
    {
        if (!reader.TryReadU32(out var round) || !reader.TryReadBytes32(out var id)) return false;
        message = message with { Round = round, Id = id };
        return true;
    }

    private static bool TryReadAttest(ref SpanReader reader, ref AgreementMessage message, in Bytes32 genesis)
    {
        if (!TryReadTick(ref reader, out var tick) || !reader.TryReadBytes32(out var root) ||
            !reader.TryReadBytes32(out var rest)) return false;
        message = message with { Tick = tick, StateRoot = root, Rest = rest };
        message = message with { Id = message.HeaderFor(genesis).Hash };
        return true;
    }

    private static byte[] Start(MessageKind kind, uint height, RoutingId signer, int fields, out SpanWriter writer)
    {
        var bytes = new byte[Prefix + fields + SigningKey.SignatureSize];
        writer = new(bytes);
        writer.WriteU8((byte)kind);
        writer.WriteU32(height);
        signer.CopyTo(writer.Take(RoutingId.Size));
        return bytes;
    }

    private static AgreementMessage Finish(in Bytes32 genesis, SigningKey key, byte[] bytes)
    {
        key.Sign(Labelled(genesis, bytes), bytes.AsSpan(bytes.Length - SigningKey.SignatureSize));
        return Parsed(genesis, bytes);
    }

    private static AgreementMessage Parsed(in Bytes32 genesis, byte[] bytes) =>
        TryRead(bytes, genesis, out var message) ? message : throw new ArgumentException("a message that none can read");

    private byte[] TextToSign(in Bytes32 genesis) =>
        Kind is MessageKind.Attest ? HeaderFor(genesis).Text : Labelled(genesis, Bytes);

    private static byte[] Labelled(in Bytes32 genesis, ReadOnlySpan<byte> bytes) =>
        SignedText.Of("hawser/agree/1", genesis, bytes[..^SigningKey.SignatureSize].ToArray());
}

/// <summary>The five messages, by their first byte.</summary>
internal enum MessageKind : byte { Head = 1, Propose = 2, Prevote = 3, Precommit = 4, Attest = 5 }
