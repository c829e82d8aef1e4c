using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// What a notary publishes: the keys that it signs with, now and next, under the signature of the one key that verifiers
/// know it by. Spec: notary.md §4.3.
/// </summary>
internal sealed record NotaryCard
{
    public const int MaxSize = 1_024; // notary.md §6
    public const int MaxKeys = 4; // notary.md §6
    public const string Path = "/.well-known/hawser-notary";

    public required VerifyKey Root { get; init; }

    public required DateTimeOffset Written { get; init; }

    public required IReadOnlyList<NotaryKey> Keys { get; init; }

    public Bytes64 Signature { get; private init; }

    public NotaryCard SignWith(SigningKey root) => this with { Signature = Bytes64.Read(root.Sign(Encoding.ASCII.GetBytes(Front()))) };

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Front()}Signature: {Signature}\n");

    /// <summary>Reads a card whose signature holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out NotaryCard? card)
    {
        card = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadLine(out var title) || !title.SequenceEqual("hawser/notary/1"u8)
            || !reader.TryReadField("Root"u8, out Bytes32 root)
            || !reader.TryReadField("Written"u8, out ulong written) || written > uint.MaxValue) return false;
        List<NotaryKey> keys = [];
        while (reader.TryReadField("Key"u8, out ReadOnlySpan<byte> line))
        {
            if (keys.Count == MaxKeys || !TryReadKey(line, out var key) || keys.Exists(other => other.Public == key.Public)) return false;
            keys.Add(key);
        }

        var signed = text[..reader.Position];
        if (keys.Count == 0 || !reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd
            || !Ed25519.Verify(new(root), signed, signature.ToArray())) return false;
        card = new() { Root = new(root), Written = TimeOf(written), Keys = keys, Signature = signature };
        return true;
    }

    private string Front() => string.Concat(
        [$"hawser/notary/1\nRoot: {Root}\nWritten: {Written.ToUnixTimeSeconds()}\n",
            .. Keys.Select(key => $"Key: {key.Public} {key.From.ToUnixTimeSeconds()} {key.Until.ToUnixTimeSeconds()}\n")]);

    private static bool TryReadKey(ReadOnlySpan<byte> line, [NotNullWhen(true)] out NotaryKey? key)
    {
        key = null;
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first == last || !LineReader.TryParse32(line[..first], out var bytes)
            || !LineReader.TryParseDecimal(line[(first + 1)..last], out var from) || !LineReader.TryParseDecimal(line[(last + 1)..], out var until)
            || from >= until || until > uint.MaxValue) return false;
        key = new(new(bytes), TimeOf(from), TimeOf(until));
        return true;
    }

    private static DateTimeOffset TimeOf(ulong seconds) => DateTimeOffset.FromUnixTimeSeconds((long)seconds);
}
