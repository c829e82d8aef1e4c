using System.Diagnostics.CodeAnalysis;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>What comes behind an answer by method 3: the notaries' statements. Spec: notary.md §4.4.</summary>
/// <remarks><code>{ length (2) | statement } …, one or more</code></remarks>
internal sealed record NotaryEvidence(IReadOnlyList<NotaryStatement> Statements)
{
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out NotaryEvidence? evidence)
    {
        evidence = null;
        var reader = new SpanReader(bytes);
        List<NotaryStatement> statements = [];
        do
        {
            if (statements.Count == NotaryPanel.MaxStatements || !reader.TryTakeBlob16(out var json) || !NotaryStatement.TryRead(json, out var statement)) return false;
            statements.Add(statement!);
        }
        while (!reader.AtEnd);
        evidence = new(statements);
        return true;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Statements.Count * (2 + NotaryStatement.MaxSize)];
        var writer = new SpanWriter(bytes);
        foreach (var statement in Statements) writer.WriteBlob16(statement.Write());
        return bytes[..writer.Written];
    }
}
