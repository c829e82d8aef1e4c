using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Net.Hubs;

/// <summary>
/// An ownership proof as a text to send around: whose it speaks of, under which federation, and its bytes in base64url.
/// Mail may wrap it in other lines, and end its lines as it likes.
/// </summary>
internal sealed record ProofText(Bytes32 Genesis, RoutingId Id, byte[] Proof)
{
    private const string Title = "hawser/proof/1 ";
    private const string IdField = "Id: ";
    private const string End = "end";
    private const string Epoch = "epoch";
    private const int MaxEpochs = 64;
    private const int Width = 64;

    /// <summary>The certificates that lead from the founders to those who signed.</summary>
    public IReadOnlyList<byte[]> Epochs { get; init; } = [];

    public string Write()
    {
        var text = new StringBuilder($"{Title}{Genesis}\n{IdField}{Id}\n");
        Append(Proof);
        foreach (var certificate in Epochs)
        {
            text.Append(Epoch).Append('\n');
            Append(certificate);
        }

        return text.Append(End).Append('\n').ToString();

        void Append(byte[] bytes)
        {
            foreach (var line in Base64Url.EncodeToString(bytes).Chunk(Width)) text.Append(line).Append('\n');
        }
    }

    /// <summary>Reads the text; what the proof shows is for <see cref="OwnershipProof"/> to say.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ProofText? proof)
    {
        proof = null;
        if (text.Length > 4 * OwnershipProof.MaxSize + 2 * MaxEpochs * TickCertificate.MaxSize) return false;
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var start = Array.FindIndex(lines, line => line.StartsWith(Title, StringComparison.Ordinal));
        var end = start < 0 ? -1 : Array.IndexOf(lines, End, start);
        if (end < start + 2 || !lines[start + 1].StartsWith(IdField, StringComparison.Ordinal)
            || !Bytes32.TryParse(lines[start].AsSpan(Title.Length), out var genesis)
            || !RoutingId.TryParse(lines[start + 1].AsSpan(IdField.Length), out var id)) return false;
        var parts = new List<byte[]>();
        var body = lines.AsSpan((start + 2)..end);
        while (true)
        {
            var next = body.IndexOf(Epoch);
            var part = string.Concat(next < 0 ? body.ToArray() : body[..next].ToArray());
            if (parts.Count > MaxEpochs || !Base64Url.IsValid(part)) return false;
            parts.Add(Base64Url.DecodeFromChars(part));
            if (next < 0) break;
            body = body[(next + 1)..];
        }

        if (parts[0].Length is 0 or > OwnershipProof.MaxSize) return false;
        proof = new(genesis, id, parts[0]) { Epochs = parts[1..] };
        return true;
    }
}
