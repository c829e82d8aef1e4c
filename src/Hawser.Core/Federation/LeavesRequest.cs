using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Asks for the leaves of a member's log, from an index up to a head: a log that forks has several.</summary>
internal sealed record LeavesRequest(RoutingId Member, ulong From, LogHead Head)
{
    public const int MaxSize = 256;

    public byte[] Write() =>
        Encoding.ASCII.GetBytes($"hawser/leaves/1\nMember: {Member}\nFrom: {From}\nSize: {Head.Size}\nRoot: {Head.Root}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out LeavesRequest? request)
    {
        request = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadLine(out var title) || !title.SequenceEqual("hawser/leaves/1"u8) ||
            !reader.TryReadField("Member"u8, out ReadOnlySpan<byte> id) || !RoutingId.TryParseCanonical(id, out var member) ||
            !reader.TryReadField("From"u8, out ulong from) || !reader.TryReadField("Size"u8, out ulong size) ||
            !reader.TryReadField("Root"u8, out Bytes32 root) || !reader.AtEnd || from > size) return false;
        request = new(member, from, new(size, root));
        return true;
    }
}

/// <summary>Leaves in order; as many as fit.</summary>
/// <remarks><code>| leaves: length (4), bytes |</code></remarks>
internal sealed record LeavesAnswer(IReadOnlyList<byte[]> Leaves)
{
    public const int MaxSize = 1 << 20; // federation.md §6
    public const int MaxLeaf = LogEntry.MaxEvidence;

    public byte[] Write()
    {
        var bytes = new byte[Leaves.Sum(l => 4 + l.Length)];
        var writer = new SpanWriter(bytes);
        foreach (var leaf in Leaves)
        {
            writer.WriteU32((uint)leaf.Length);
            writer.Write(leaf);
        }

        return bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LeavesAnswer? answer)
    {
        answer = null;
        var reader = new SpanReader(bytes);
        if (bytes.Length > MaxSize) return false;
        var leaves = new List<byte[]>();
        while (!reader.AtEnd)
        {
            if (!reader.TryReadU32(out var length) || length > MaxLeaf || !reader.TryTake((int)length, out var leaf)) return false;
            leaves.Add(leaf.ToArray());
        }

        answer = new(leaves);
        return true;
    }
}
