using System.Globalization;
using System.Text;
using Hawser.Wire;

namespace Hawser.Tlog;

/// <summary>The text of a log's head (C2SP tlog-checkpoint), to be signed as a note. We write no extension lines.</summary>
internal sealed record Checkpoint(string Origin, long Size, Bytes32 Root)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.ToArray())}\n");

    /// <summary>Reads a note's text; lines after the third are extensions of others, and are passed over.</summary>
    public static bool TryParse(string text, out Checkpoint checkpoint)
    {
        checkpoint = new("", 0, default);
        var lines = text.Split('\n');
        if (lines.Length < 4 || lines[^1].Length != 0 || lines[0].Length == 0) return false;
        if (lines.AsSpan(3..^1).Contains("")) return false;
        if (!LineReader.TryParseDecimal(Encoding.UTF8.GetBytes(lines[1]), out var size) || size > long.MaxValue) return false;
        Span<byte> root = stackalloc byte[Bytes32.Size];
        if (lines[2].Length != 44 || !Convert.TryFromBase64String(lines[2], root, out var length)
            || length != Bytes32.Size || Convert.ToBase64String(root) != lines[2]) return false;
        checkpoint = new(lines[0], (long)size, Bytes32.Read(root));
        return true;
    }
}
