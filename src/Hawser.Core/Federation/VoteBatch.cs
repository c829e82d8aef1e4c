using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Messages on their way between two admins. The height tells the other whether to answer with a certificate.</summary>
/// <remarks><code>| sender's height (4) | messages: length (4), bytes |</code></remarks>
internal sealed record VoteBatch(uint Height, IReadOnlyList<byte[]> Messages)
{
    public const int MaxSize = 4 << 20; // federation.md §6
    public const int MaxMessages = 4_096;

    public byte[] Write()
    {
        var bytes = new byte[4 + Messages.Sum(m => 4 + m.Length)];
        var writer = new SpanWriter(bytes);
        writer.WriteU32(Height);
        foreach (var message in Messages)
        {
            writer.WriteU32((uint)message.Length);
            writer.Write(message);
        }

        return bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out VoteBatch batch)
    {
        batch = null!;
        var reader = new SpanReader(bytes);
        if (bytes.Length > MaxSize || !reader.TryReadU32(out var height)) return false;
        var messages = new List<byte[]>();
        while (!reader.AtEnd)
        {
            if (messages.Count == MaxMessages || !reader.TryReadU32(out var length) ||
                length > AgreementMessage.MaxSize || !reader.TryTake((int)length, out var message)) return false;
            messages.Add(message.ToArray());
        }

        batch = new(height, messages);
        return true;
    }
}
