using System.Buffers.Text;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Tlog;

/// <summary>A key that signs notes, and its name (C2SP signed-note, type 1: Ed25519).</summary>
internal readonly record struct NoteKey(string Name, VerifyKey Key)
{
    public const byte Ed25519Type = 1;

    /// <summary>The four bytes that tell apart keys of one name.</summary>
    public byte[] Id()
    {
        var name = Encoding.UTF8.GetBytes(Name);
        return Sha256.Hash([.. name, (byte)'\n', Ed25519Type, .. Key.Bytes.ToArray()]).ToArray()[..4];
    }

    /// <summary>What other tools take as a verifier key: <c>name+id+key</c>.</summary>
    public override string ToString() =>
        $"{Name}+{Convert.ToHexStringLower(Id())}+{Convert.ToBase64String([Ed25519Type, .. Key.Bytes.ToArray()])}";
}

/// <summary>One line of signature under a note. What it holds depends on the kind of key; ours hold 64 bytes.</summary>
internal sealed record NoteSignature(string Name, byte[] KeyId, byte[] Bytes);

/// <summary>
/// Text with signatures below it (C2SP signed-note). The text ends in LF; signatures of unknown keys are carried.
/// Spec: tlog.md §4.
/// </summary>
internal sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    public const int MaxSize = 65_536;
    public const int MaxSignatures = 64;
    private const string Dash = "— ";
    private static readonly UTF8Encoding Utf8 = new(false, true);

    /// <summary>Signs a text of ours.</summary>
    public static NoteSignature Sign(string name, SigningKey key, string text) =>
        new(name, new NoteKey(name, key.Public).Id(), key.Sign(Utf8.GetBytes(text)));

    /// <summary>Whether this key signed. One signature by the key that does not hold spoils the note.</summary>
    public bool IsSignedBy(NoteKey key)
    {
        var id = key.Id();
        var found = false;
        foreach (var signature in Signatures)
        {
            if (signature.Name != key.Name || !signature.KeyId.AsSpan().SequenceEqual(id)) continue;
            if (!Ed25519.Verify(key.Key, Utf8.GetBytes(Text), signature.Bytes)) return false;
            found = true;
        }

        return found;
    }

    public byte[] Write()
    {
        var note = new StringBuilder(Text).Append('\n');
        foreach (var (name, id, bytes) in Signatures)
            note.Append(Dash).Append(name).Append(' ').Append(Convert.ToBase64String([.. id, .. bytes])).Append('\n');
        return Utf8.GetBytes(note.ToString());
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out SignedNote note)
    {
        note = new("", []);
        if (bytes.Length > MaxSize || bytes.ContainsAnyInRange((byte)0, (byte)9)
            || bytes.ContainsAnyInRange((byte)11, (byte)31) || bytes.Contains((byte)127)) return false;
        var split = bytes.LastIndexOf("\n\n"u8);
        if (split < 0 || !System.Text.Unicode.Utf8.IsValid(bytes)) return false;

        var signatures = new List<NoteSignature>();
        var reader = new LineReader(bytes[(split + 2)..]);
        while (!reader.AtEnd)
        {
            if (signatures.Count == MaxSignatures || !reader.TryReadLine(out var line)
                || !TryReadSignature(line, out var signature)) return false;
            signatures.Add(signature);
        }

        note = new(Utf8.GetString(bytes[..(split + 1)]), signatures);
        return signatures.Count > 0;
    }

    private static bool TryReadSignature(ReadOnlySpan<byte> line, out NoteSignature signature)
    {
        signature = new("", [], []);
        var dash = "— "u8;
        if (!line.StartsWith(dash)) return false;
        line = line[dash.Length..];
        var space = line.IndexOf((byte)' ');
        if (space <= 0) return false;
        var name = Utf8.GetString(line[..space]);
        var text = line[(space + 1)..];
        if (name.Contains('+') || name.Any(char.IsWhiteSpace)) return false;

        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, decoded, out var read, out var written) != System.Buffers.OperationStatus.Done
            || read != text.Length || written < 5) return false;
        signature = new(name, decoded[..4], decoded[4..written]);
        Span<byte> again = new byte[Base64.GetMaxEncodedToUtf8Length(written)];
        Base64.EncodeToUtf8(decoded.AsSpan(..written), again, out _, out var length);
        return again[..length].SequenceEqual(text); // one encoding
    }
}
