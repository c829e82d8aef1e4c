using Hawser.Wire;

namespace Hawser.Handshake;

/// <summary>What both ends of a TCP connection know before the handshake. Spec: session.md §4.2.</summary>
internal static class StreamPrologue
{
    public const byte Version = 1;
    private const int Size = 12 + 1 + Bytes32.Size + 1 + PlainId.Size;

    /// <param name="letter">Of the first packet: I, N or Q.</param>
    /// <param name="genesis">The federation's; counts only where an ID was dialled.</param>
    /// <param name="dialled">None if a key or a ticket led here.</param>
    public static byte[] Of(byte letter, in Bytes32 genesis, in PlainId dialled)
    {
        var bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        writer.Write("hawser/tcp/1"u8);
        writer.WriteU8(Version);
        writer.Write(dialled.IsNone ? default : genesis);
        writer.WriteU8(letter);
        dialled.CopyTo(writer.Take(PlainId.Size));
        return bytes;
    }
}
