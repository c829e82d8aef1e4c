using System.Buffers.Binary;

namespace Hawser.Session.Tcp;

/// <summary>The question that hubs answer to anybody: how far has the federation come? Spec: session.md §5.6.</summary>
internal static class HubQuery
{
    private const byte KindHeight = 1;

    /// <summary>Asks for the height of the newest certificate.</summary>
    public static readonly byte[] Height = [KindHeight];

    /// <summary>Null: not a question of ours.</summary>
    public static byte[]? Answer(ReadOnlySpan<byte> question, long height)
    {
        if (!question.SequenceEqual(Height)) return null;
        var answer = new byte[9];
        answer[0] = KindHeight;
        BinaryPrimitives.WriteInt64BigEndian(answer.AsSpan(1), height);
        return answer;
    }

    public static bool TryReadHeight(ReadOnlySpan<byte> answer, out long height)
    {
        height = 0;
        if (answer.Length != 9 || answer[0] != KindHeight) return false;
        height = BinaryPrimitives.ReadInt64BigEndian(answer[1..]);
        return height >= 0;
    }
}
