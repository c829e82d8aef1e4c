using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>The output that carries a message: a flag, a field that says for whom, the message. Spec: chain.md §4.3.</summary>
/// <remarks><code>
/// | OP_RETURN | 4 | I P C 1 or 2 | 20 | field (20) | push | message |
/// </code></remarks>
internal readonly ref struct Announcement(MessageProfile profile, ReadOnlySpan<byte> field, ReadOnlySpan<byte> message)
{
    public const int FlagSize = 4;
    public const int Overhead = 1 + 1 + FlagSize + 1 + Bytes20.Size; // before the push of the message
    private const byte Return = 0x6a, PushOne = 0x4c, PushTwo = 0x4d;

    public MessageProfile Profile { get; } = profile;

    public ReadOnlySpan<byte> Field { get; } = field;

    public ReadOnlySpan<byte> Message { get; } = message;

    /// <summary>The cheap look, for every output there is: whether it begins as one of ours.</summary>
    public static bool IsFlagged(ReadOnlySpan<byte> script) =>
        script.Length > Overhead && script[..5].SequenceEqual("\x6a\x04IPC"u8) && script[5] is (byte)'1' or (byte)'2';

    public static bool TryRead(ReadOnlySpan<byte> script, out Announcement announcement)
    {
        announcement = default;
        if (!IsFlagged(script) || script[6] != Bytes20.Size) return false;
        var rest = script[Overhead..];
        int header, length;
        switch (rest[0])
        {
            case > 0 and < PushOne: (header, length) = (1, rest[0]); break;
            case PushOne when rest.Length > 1 && rest[1] >= PushOne: (header, length) = (2, rest[1]); break;
            case PushTwo when rest.Length > 2 && rest[2] > 0: (header, length) = (3, rest[1] | (rest[2] << 8)); break;
            default: return false; // only the shortest push is one
        }

        if (rest.Length != header + length) return false;
        announcement = new((MessageProfile)(script[5] - '0'), script.Slice(7, Bytes20.Size), rest[header..]);
        return true;
    }

    public byte[] Write()
    {
        var script = new byte[SizeFor(Message.Length)];
        var writer = new SpanWriter(script);
        writer.WriteU8(Return);
        writer.WriteU8(FlagSize);
        writer.Write(FlagOf(Profile));
        writer.WriteU8(Bytes20.Size);
        writer.Write(Field);
        if (Message.Length < PushOne)
        {
            writer.WriteU8((byte)Message.Length);
        }
        else if (Message.Length <= byte.MaxValue)
        {
            writer.WriteU8(PushOne);
            writer.WriteU8((byte)Message.Length);
        }
        else
        {
            writer.WriteU8(PushTwo);
            writer.WriteU8((byte)(Message.Length & 0xFF));
            writer.WriteU8((byte)(Message.Length >> 8));
        }

        writer.Write(Message);
        return script;
    }

    /// <summary>Bytes of the script for a message of a length.</summary>
    public static int SizeFor(int message) => Overhead + message + (message < PushOne ? 1 : message <= byte.MaxValue ? 2 : 3);

    public static ReadOnlySpan<byte> FlagOf(MessageProfile profile) => profile switch
    {
        MessageProfile.Full => "IPC1"u8,
        MessageProfile.Compact => "IPC2"u8,
    };
}

/// <summary>The two ways to write a message: the digit of the flag.</summary>
internal enum MessageProfile : byte { Full = 1, Compact = 2 }

/// <summary>What a message is.</summary>
internal enum MessageKind : byte { Invitation = 1, Acceptance = 2, Cancel = 3 }
