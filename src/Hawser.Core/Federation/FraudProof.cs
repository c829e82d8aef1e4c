using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What an admin can be convicted of. Spec: fraud.md §4.</summary>
internal enum FraudKind
{
    /// <summary>Two votes of one kind, height and round; or two heads of its log that no log can have.</summary>
    Equivocation,

    /// <summary>A leaf that was promised for an index of its log, where its own head has another, or none.</summary>
    BrokenReceipt,

    /// <summary>A vote for a value that nobody may vote for.</summary>
    InvalidVote,

    /// <summary>One ticket number for two seal keys.</summary>
    DoubleTicket,

    /// <summary>Two heads of its log of different sizes, with two leaves at one index.</summary>
    Fork,
}

/// <summary>
/// A small text that convicts an admin before anyone who knows the federation's members: it holds what the admin signed
/// and needs no log. Who keeps to the rules never signs what makes one. Spec: fraud.md.
/// </summary>
internal sealed record FraudProof(Bytes32 Genesis, FraudKind Kind, RoutingId Admin, byte[] First, byte[] Second)
{
    public const int MaxSize = 192 << 10; // fraud.md §6
    private static readonly string[] Words = ["equivocation", "broken-receipt", "invalid-vote", "double-ticket", "fork"];

    /// <summary>Of a broken receipt: the leaf that was promised; empty if the log ends before its index.</summary>
    public byte[] Leaf { get; init; } = [];

    /// <summary>With it: the hash of what stands there instead, and its path to the head's root.</summary>
    public byte[] Path { get; init; } = [];

    /// <summary>Of a fork: where the two logs differ.</summary>
    public ulong Index { get; init; }

    /// <summary>With it, as <see cref="Path"/> under the first head: what stands there under the second.</summary>
    public byte[] Other { get; init; } = [];

    public string KindText => Words[(int)Kind];

    /// <summary>Two messages of one admin; null if they convict nobody.</summary>
    public static FraudProof? OfMessages(in Bytes32 genesis, AgreementMessage first, AgreementMessage second)
    {
        var proof = new FraudProof(genesis, FraudKind.Equivocation, first.Signer, first.Bytes, second.Bytes);
        return AreTwo(first, second) ? proof : null;
    }

    /// <summary>A receipt, and a later head of the same admin whose log has another leaf there, or ends before it.</summary>
    /// <param name="receipt">The promise.</param>
    /// <param name="head">The admin's HEAD.</param>
    /// <param name="leaf">What was promised; empty if the log is too short.</param>
    /// <param name="found">The hash that stands at the index, then its path to the head's root; empty likewise.</param>
    public static FraudProof OfReceipt(Receipt receipt, AgreementMessage head, ReadOnlySpan<byte> leaf, ReadOnlySpan<Bytes32> found)
    {
        return new(receipt.Genesis, FraudKind.BrokenReceipt, receipt.Admin, receipt.Write(), head.Bytes) { Leaf = leaf.ToArray(), Path = Join(found) };
    }

    private static byte[] Join(ReadOnlySpan<Bytes32> nodes)
    {
        var bytes = new List<byte>();
        foreach (var node in nodes) bytes.AddRange(node.ToArray());
        return [.. bytes];
    }

    /// <summary>A vote, and the value that it is for.</summary>
    public static FraudProof OfVote(in Bytes32 genesis, AgreementMessage vote, ReadOnlySpan<byte> value) =>
        new(genesis, FraudKind.InvalidVote, vote.Signer, vote.Bytes, value.ToArray());

    /// <summary>Two tickets with the seal hashes that they were issued for.</summary>
    public static FraudProof OfTickets(in Bytes32 genesis, ClaimTicket first, in Bytes32 firstSeal, ClaimTicket second, in Bytes32 secondSeal) =>
        new(genesis, FraudKind.DoubleTicket, first.Issuer, [.. first.ToArray(), .. firstSeal.ToArray()], [.. second.ToArray(), .. secondSeal.ToArray()]);

    /// <summary>Two heads, and what stands at one index under each: the leaf's hash, then its path to the root.</summary>
    public static FraudProof OfFork(
        in Bytes32 genesis, AgreementMessage first, ReadOnlySpan<Bytes32> one, AgreementMessage second, ReadOnlySpan<Bytes32> other, ulong index) =>
        new(genesis, FraudKind.Fork, first.Signer, first.Bytes, second.Bytes) { Index = index, Path = Join(one), Other = Join(other) };

    /// <summary>Null if it convicts its admin, as one of the members of these epochs; else a sentence on why not.</summary>
    public string? Verify(in Bytes32 genesis, Epochs epochs)
    {
        if (Genesis != genesis) return "the proof is of another federation";
        var why = "the accused is no admin of this federation";
        foreach (var key in epochs.KeysOf(Admin))
        {
            if ((why = Verify(key, epochs)) is null) return null;
        }

        return why;
    }

    private string? Verify(in VerifyKey key, Epochs epochs) => Kind switch
    {
        FraudKind.Equivocation => VerifyMessages(key),
        FraudKind.BrokenReceipt => VerifyReceipt(key),
        FraudKind.InvalidVote => VerifyVote(key, epochs),
        FraudKind.DoubleTicket => VerifyTickets(key),
        FraudKind.Fork => VerifyFork(key),
    };

    public byte[] Write()
    {
        var text = new StringBuilder($"hawser/fraud/1 {Genesis}\nKind: {KindText}\nAdmin: {Admin}\n");
        text.Append("First: ").Append(Base64Url.EncodeToString(First)).Append("\nSecond: ").Append(Base64Url.EncodeToString(Second)).Append('\n');
        if (Kind is FraudKind.Fork) text.Append(CultureInfo.InvariantCulture, $"Index: {Index}\n");
        if (Leaf.Length > 0) text.Append("Leaf: ").Append(Base64Url.EncodeToString(Leaf)).Append('\n');
        if (Path.Length > 0) text.Append("Path: ").Append(Base64Url.EncodeToString(Path)).Append('\n');
        if (Other.Length > 0) text.Append("Other: ").Append(Base64Url.EncodeToString(Other)).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out FraudProof? proof)
    {
        proof = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/fraud/1"u8, out var genesis)
            || !reader.TryReadField("Kind"u8, out ReadOnlySpan<byte> value)) return false;
        var kind = Array.IndexOf(Words, Encoding.ASCII.GetString(value));
        if (kind < 0 || !reader.TryReadField("Admin"u8, out value) || !RoutingId.TryParseCanonical(value, out var admin)
            || !reader.TryReadField("First"u8, out value) || !CanonicalBase64.TryDecode(value, out var first)
            || !reader.TryReadField("Second"u8, out value) || !CanonicalBase64.TryDecode(value, out var second)) return false;
        byte[] path = [], leaf = [], other = [];
        var (fork, index) = ((FraudKind)kind is FraudKind.Fork, 0ul);
        if (fork && !reader.TryReadField("Index"u8, out index)) return false;
        if (reader.TryReadField("Leaf"u8, out value) && (!CanonicalBase64.TryDecode(value, out leaf) || leaf.Length is 0 or > LogEntry.MaxSize)) return false;
        if (reader.TryReadField("Path"u8, out value) && !TryNodes(value, out path)) return false;
        if (reader.TryReadField("Other"u8, out value) && !TryNodes(value, out other)) return false;
        if (fork != other.Length > 0 || fork && (path.Length == 0 || leaf.Length > 0)
            || (FraudKind)kind is not (FraudKind.Fork or FraudKind.BrokenReceipt) && path.Length + leaf.Length > 0) return false;
        proof = new(genesis, (FraudKind)kind, admin, first, second) { Leaf = leaf, Path = path, Index = index, Other = other };
        return reader.AtEnd;
    }

    private string? VerifyMessages(in VerifyKey key)
    {
        if (!TryMessage(First, key, out var first) || !TryMessage(Second, key, out var second)) return "a message is not the admin's";
        return AreTwo(first, second) ? null : "the messages do not contradict each other";
    }

    // Heads may differ in size: a log that grew after a loss of power is no lie. One size with two roots is.
    private static bool AreTwo(AgreementMessage first, AgreementMessage second)
    {
        if (first.Signer != second.Signer || first.Kind != second.Kind) return false;
        return first.Kind switch
        {
            MessageKind.Head => first.Head.Size == second.Head.Size && first.Head.Root != second.Head.Root,
            MessageKind.Attest => first.Height == second.Height && first.Id != second.Id,
            MessageKind.Propose => first.Height == second.Height && first.Round == second.Round
                && (first.Id != second.Id || first.ValidRound != second.ValidRound),
            _ => first.Height == second.Height && first.Round == second.Round && first.Id != second.Id,
        };
    }

    private string? VerifyReceipt(in VerifyKey key)
    {
        if (!Receipt.TryRead(First, out var receipt) || receipt.Genesis != Genesis || receipt.Admin != Admin || !receipt.IsSignedBy(key))
            return "the receipt is not the admin's";
        if (!TryMessage(Second, key, out var head) || head.Kind != MessageKind.Head) return "the head is not the admin's";
        if (Path.Length == 0)
            return head.Height >= receipt.CoveringHeight && head.Head.Size <= receipt.LeafIndex ? null : "the head comes before the promise, or covers it";
        if (head.Head.Size <= receipt.LeafIndex || head.Head.Size > long.MaxValue) return "the head does not reach the index";
        var nodes = new Bytes32[Path.Length / Bytes32.Size];
        for (var i = 0; i < nodes.Length; i++) nodes[i] = Bytes32.Read(Path.AsSpan(i * Bytes32.Size, Bytes32.Size));
        if (!Merkle.VerifyInclusion(nodes[0], (long)receipt.LeafIndex, (long)head.Head.Size, nodes.AsSpan(1), head.Head.Root))
            return "the path does not lead to the head's root";
        if (Sha256.Hash(Leaf.AsSpan()) != receipt.LeafHash) return "that is not the leaf that was promised";
        return Merkle.LeafHash(Leaf) != nodes[0] ? null : "the log holds what was promised";
    }

    private string? VerifyFork(in VerifyKey key)
    {
        if (!TryMessage(First, key, out var first) || !TryMessage(Second, key, out var second)
            || first.Kind != MessageKind.Head || second.Kind != MessageKind.Head) return "a head is not the admin's";
        if (!Leads(Path, first.Head, out var one) || !Leads(Other, second.Head, out var other)) return "a path does not lead to its head's root";
        return one != other ? null : "both logs hold the same leaf there";
    }

    // The first is a leaf's hash, the others its path.
    private bool Leads(ReadOnlySpan<byte> bytes, in LogHead head, out Bytes32 leaf)
    {
        var nodes = new Bytes32[bytes.Length / Bytes32.Size];
        for (var i = 0; i < nodes.Length; i++) nodes[i] = Bytes32.Read(bytes.Slice(i * Bytes32.Size, Bytes32.Size));
        leaf = nodes[0];
        return Index < head.Size && head.Size <= long.MaxValue
            && Merkle.VerifyInclusion(leaf, (long)Index, (long)head.Size, nodes.AsSpan(1), head.Root);
    }

    private static bool TryNodes(ReadOnlySpan<byte> text, out byte[] nodes) =>
        CanonicalBase64.TryDecode(text, out nodes) && nodes.Length > 0 && nodes.Length % Bytes32.Size == 0;

    private string? VerifyVote(in VerifyKey key, Epochs epochs)
    {
        if (!TryMessage(First, key, out var vote) || vote.Kind is not (MessageKind.Propose or MessageKind.Prevote or MessageKind.Precommit))
            return "the vote is not the admin's";
        if (vote.Id != Sha256.Hash(Second.AsSpan())) return "the vote is for another value";
        if (epochs.At(vote.Height) is not { } members) return "the vote is of an epoch before";
        return IsVotable(Second, vote.Height, members) ? "the value could be voted for" : null;
    }

    // What everybody can see of a value, whatever they hold.
    private bool IsVotable(ReadOnlySpan<byte> bytes, uint height, Members members)
    {
        if (!AgreedValue.TryRead(bytes, out var value) || value.Genesis != Genesis || value.Height != height
            || value.Vector.Count != members.Count || value.Heads.Count < members.Quorum) return false;
        foreach (var head in value.Heads)
        {
            var place = members.PlaceOf(head.Signer);
            if (place < 0 || !head.IsSignedBy(Genesis, members[place].Key) || value.Vector[place] != head.Head) return false;
        }

        return true;
    }

    private string? VerifyTickets(in VerifyKey key)
    {
        if (!TryTicket(First, key, out var first, out var firstSeal) || !TryTicket(Second, key, out var second, out var secondSeal))
            return "a ticket is not the admin's";
        return first == second && firstSeal != secondSeal ? null : "the tickets do not contradict each other";
    }

    private bool TryTicket(ReadOnlySpan<byte> bytes, in VerifyKey key, out RoutingId number, out Bytes32 seal)
    {
        (number, seal) = (default, default);
        var reader = new SpanReader(bytes);
        if (!reader.TryTake(RoutingId.Size, out var name) || !RoutingId.TryRead(name, out var issuer) || issuer != Admin
            || !reader.TryTake(RoutingId.Size, out name) || !RoutingId.TryRead(name, out number)
            || !reader.TryTake(Bytes64.Size, out var signature) || !reader.TryReadBytes32(out seal) || !reader.AtEnd) return false;
        return new ClaimTicket(issuer, number, Bytes64.Read(signature)).IsFor(Genesis, key, seal);
    }

    private bool TryMessage(ReadOnlySpan<byte> bytes, in VerifyKey key, out AgreementMessage message) =>
        AgreementMessage.TryRead(bytes, Genesis, out message) && message.Signer == Admin && message.IsSignedBy(Genesis, key);
}
