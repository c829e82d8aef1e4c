using System.Text;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// The bytes that are signed: a label of its own for each purpose, the federation, and then the parts, each of which
/// has a fixed length. Spec: naming.md §3.
/// </summary>
internal static class SignedText
{
    public static byte[] Of(string label, in Bytes32 genesis, params ReadOnlySpan<byte[]> parts)
    {
        var length = label.Length + 1 + Bytes32.Size;
        foreach (var part in parts) length += part.Length;
        var bytes = new byte[length];
        var writer = new SpanWriter(bytes);
        writer.Write(Encoding.ASCII.GetBytes(label));
        writer.WriteU8((byte)'\n');
        writer.Write(genesis);
        foreach (var part in parts) writer.Write(part);
        return bytes;
    }
}
