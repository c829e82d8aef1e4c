using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Federation;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>Where things are at a notary's URL, and what is asked of it. Spec: notary.md §4.</summary>
internal static class NotaryPaths
{
    public const string Card = NotaryCard.Path;
    public const string Notarize = "/v1/notarize";
    public const string List = "/v1/notaries";

    /// <summary>No page of a browser can add it without the notary's leave, which it gives to none.</summary>
    public const string Header = "Hawser-Notarize";
}

/// <summary>Whom a prover believes, for its clients: nothing in it has to be believed by them. Spec: notary.md §4.5.</summary>
/// <param name="Needed">How many operators must say the same.</param>
/// <param name="Notaries">Who runs them, and where they are.</param>
internal sealed record NotaryList(int Needed, IReadOnlyList<(string Operator, string Url)> Notaries)
{
    public const int MaxSize = 4_096; // notary.md §6
    public const int MaxOperator = 32; // notary.md §6

    public static bool IsOperator(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxOperator) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_')) return false;
        return true;
    }

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out NotaryList? list)
    {
        list = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadLine(out var title) || !title.SequenceEqual("hawser/notaries/1"u8)
            || !reader.TryReadField("Needed"u8, out ulong needed) || needed is 0 or > NotaryPanel.MaxStatements) return false;
        List<(string, string)> notaries = [];
        while (reader.TryReadField("Notary"u8, out ReadOnlySpan<byte> line))
        {
            if (!LineReader.IsPlain(line) || Encoding.UTF8.GetString(line).Split(' ') is not [var name, var url] || !IsOperator(name) || !Member.IsUrl(url)) return false;
            notaries.Add((name, url));
        }

        if (!reader.AtEnd) return false;
        list = new((int)needed, notaries);
        return true;
    }

    public byte[] Write() => Encoding.UTF8.GetBytes(string.Concat(
        [$"hawser/notaries/1\nNeeded: {Needed}\n", .. Notaries.Select(notary => $"Notary: {notary.Operator} {notary.Url}\n")]));
}
