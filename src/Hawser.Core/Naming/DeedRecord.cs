using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>What a record does to an ID. Spec: records.md §4.</summary>
internal enum RecordKind
{
    /// <summary>For another year; may say the content anew.</summary>
    Renew,

    /// <summary>Says the content anew, but for claim key and recovery hash.</summary>
    Alter,

    /// <summary>To another claim key, which signs too.</summary>
    Transfer,

    /// <summary>Gives the ID up for good.</summary>
    Cancel,

    /// <summary>The recovery key takes the ID back, and undoes what waits.</summary>
    Recover,
}

/// <summary>
/// A link of the chain that begins with the deed: each names its number and the hash of the text before it, and says
/// the whole content anew, so that the newest text alone is the present deed. Spec: records.md §4.
/// </summary>
internal sealed class DeedRecord
{
    public const int MaxSize = 4096; // records.md §6
    private const string Title = "hawser/record/1";
    private static readonly string[] Words = ["renew", "alter", "transfer", "cancel", "recover"];

    private readonly int _signed;

    private DeedRecord(byte[] text, int signed, in Bytes32 genesis, RoutingId id)
    {
        (Text, _signed, Genesis, Id) = (text, signed, genesis, id);
        TextHash = Sha256.Hash(text.AsSpan());
    }

    /// <summary>The exact bytes: every hash and signature is over these.</summary>
    public byte[] Text { get; }

    /// <summary>What the next record names, and what the title holds.</summary>
    public Bytes32 TextHash { get; }

    public Bytes32 Genesis { get; }
    public RoutingId Id { get; }
    public RecordKind Kind { get; private init; }

    /// <summary>n: 1 for the first after the deed.</summary>
    public uint Number { get; private init; }

    /// <summary>SHA-256 of the deed's or the last record's text.</summary>
    public Bytes32 Previous { get; private init; }

    /// <summary>What holds from now on; null of a cancellation.</summary>
    public DeedContent? Content { get; private init; }

    /// <summary>Of a recovery: the key whose hash the ID's content holds.</summary>
    public VerifyKey RecoveryKey { get; private init; }

    public Bytes64 Signature { get; private init; }

    /// <summary>Whether this key, the holder's before the record, signed it. Of a recovery <see cref="RecoveryKey"/> did.</summary>
    public bool IsSignedBy(in VerifyKey holder) => Ed25519.Verify(holder, Text.AsSpan(.._signed), Signature.ToArray());

    /// <summary>A record that the holder signs alone: renewal, alteration, cancellation.</summary>
    public static DeedRecord Sign(
        in Bytes32 genesis, RoutingId id, RecordKind kind, uint number, in Bytes32 previous, DeedContent? content,
        SigningKey holder)
    {
        if (kind is RecordKind.Transfer or RecordKind.Recover) throw new ArgumentException("takes two signatures", nameof(kind));
        return Complete(Encoding.UTF8.GetBytes(Head(genesis, id, kind, number, previous) + content?.Lines()), holder);
    }

    /// <summary>A transfer as its acquirer signs it, first: the holder's signature makes it a record.</summary>
    public static byte[] Accept(
        in Bytes32 genesis, RoutingId id, uint number, in Bytes32 previous, DeedContent content, SigningKey acquirer)
    {
        if (acquirer.Public != content.ClaimKey) throw new ArgumentException("not the content's claim key", nameof(acquirer));
        var above = Encoding.UTF8.GetBytes(Head(genesis, id, RecordKind.Transfer, number, previous) + content.Lines());
        return [.. above, .. Line("New-Signature", acquirer, above)];
    }

    /// <summary>The holder's word under all that stands above.</summary>
    public static DeedRecord Complete(ReadOnlySpan<byte> above, SigningKey holder)
    {
        byte[] text = [.. above, .. Line("Signature", holder, above)];
        return Parse(text, out var record) is { } wrong ? throw new ArgumentException(wrong, nameof(above)) : record!;
    }

    /// <summary>Takes an ID back with the recovery key, for a claim key that nobody else has.</summary>
    public static DeedRecord Recover(
        in Bytes32 genesis, RoutingId id, uint number, in Bytes32 previous, DeedContent content, SigningKey claimKey,
        SigningKey recoveryKey)
    {
        if (claimKey.Public != content.ClaimKey) throw new ArgumentException("not the content's claim key", nameof(claimKey));
        var above = Encoding.UTF8.GetBytes(
            $"{Head(genesis, id, RecordKind.Recover, number, previous)}{content.Lines()}Recovery-Key: {recoveryKey.Public}\n");
        return Complete([.. above, .. Line("New-Signature", claimKey, above)], recoveryKey);
    }

    /// <summary>What a recovery hash is made of.</summary>
    public static Bytes32 RecoveryHashOf(in VerifyKey recoveryKey) => Sha256.Hash(recoveryKey.Bytes.ToArray().AsSpan());

    /// <summary>The content of a text in force, be it the deed or a record; null if it has none.</summary>
    public static DeedContent? ContentOf(ReadOnlySpan<byte> text) =>
        TryRead(text, out var record) ? record.Content : Deed.TryRead(text, out var deed) ? deed.Fields.Content : null;

    /// <summary>The delegate key that a text in force names; zero if none.</summary>
    public static VerifyKey DelegateOf(ReadOnlySpan<byte> text) => ContentOf(text)?.DelegateKey ?? default;

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out DeedRecord? record) =>
        Parse(text, out record) is null;

    /// <summary>
    /// Reads a record and checks what it alone shows: form, the new claim key's signature, that of a recovery key. Null,
    /// or a sentence about the first thing that is wrong.
    /// </summary>
    public static string? Parse(ReadOnlySpan<byte> text, out DeedRecord? record)
    {
        record = null;
        if (ParseAbove(text, out var read, out var signed) is { } wrong) return wrong;
        var reader = new LineReader(text[signed..]);
        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd)
            return "Signature: expected next, and as the last line, with 86 characters of base64url";
        read = new DeedRecord(text.ToArray(), signed, read!.Genesis, read.Id)
        {
            Kind = read.Kind, Number = read.Number, Previous = read.Previous, Content = read.Content,
            RecoveryKey = read.RecoveryKey, Signature = signature,
        };
        if (read.Kind == RecordKind.Recover && !read.IsSignedBy(read.RecoveryKey)) return "Signature: is not the recovery key's";
        record = read;
        return null;
    }

    /// <summary>Reads a transfer that its acquirer has signed, and its holder has not; null, or what is wrong.</summary>
    public static string? ParseAcceptance(ReadOnlySpan<byte> text, out DeedRecord? draft)
    {
        draft = null;
        if (ParseAbove(text, out var read, out var signed) is { } wrong) return wrong;
        if (signed != text.Length) return "the holder has signed it already";
        if (read!.Kind != RecordKind.Transfer) return "this is no transfer";
        draft = read;
        return null;
    }

    // All lines above the last; what is behind them is not looked at.
    private static string? ParseAbove(ReadOnlySpan<byte> text, out DeedRecord? read, out int signed)
    {
        (read, signed) = (null, 0);
        if (text.Length > MaxSize) return $"a record has at most {MaxSize} bytes; this has {text.Length}";
        var reader = new LineReader(text);
        if (!reader.TryReadTitle("hawser/record/1"u8, out var genesis)) return $"the first line must be {Title} and the federation";
        if (!reader.TryReadField("ID"u8, out ReadOnlySpan<byte> value) || !RoutingId.TryParseCanonical(value, out var id))
            return "ID: expected next";
        var kind = reader.TryReadField("Kind"u8, out value) ? Array.IndexOf(Words, Encoding.ASCII.GetString(value)) : -1;
        if (kind < 0) return $"Kind: expected next, one of {string.Join(", ", Words)}";
        if (!reader.TryReadField("Number"u8, out ulong number) || number is 0 or > uint.MaxValue) return "Number: expected next, from 1";
        if (!reader.TryReadField("Previous"u8, out Bytes32 previous)) return "Previous: expected next, with 43 characters of base64url";
        DeedContent? content = null;
        if ((RecordKind)kind != RecordKind.Cancel && DeedContent.Read(ref reader, out content) is { } wrong) return wrong;
        var recovery = default(Bytes32);
        if ((RecordKind)kind == RecordKind.Recover && !reader.TryReadField("Recovery-Key"u8, out recovery))
            return "Recovery-Key: expected next, with 43 characters of base64url";
        if ((RecordKind)kind is RecordKind.Transfer or RecordKind.Recover)
        {
            var above = reader.Position;
            if (!reader.TryReadField("New-Signature"u8, out Bytes64 signature)) return "New-Signature: expected next";
            if (!Ed25519.Verify(content!.ClaimKey, text[..above], signature.ToArray()))
                return "New-Signature: is not the new claim key's for the lines above";
        }

        signed = reader.Position;
        read = new DeedRecord(text.ToArray(), signed, genesis, id)
        {
            Kind = (RecordKind)kind, Number = (uint)number, Previous = previous, Content = content, RecoveryKey = new(recovery),
        };
        return null;
    }

    private static string Head(in Bytes32 genesis, RoutingId id, RecordKind kind, uint number, in Bytes32 previous) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Title} {genesis}\nID: {id}\nKind: {Words[(int)kind]}\nNumber: {number}\nPrevious: {previous}\n");

    private static byte[] Line(string name, SigningKey key, ReadOnlySpan<byte> above) =>
        Encoding.ASCII.GetBytes($"{name}: {Bytes64.Read(key.Sign(above))}\n");
}
