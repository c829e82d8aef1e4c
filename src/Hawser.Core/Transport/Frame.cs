using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>What may stand in a packet, sealed. Spec: transport.md §4.4.</summary>
internal enum FrameKind : byte
{
    Datagram = 1,
    Stream = 2,
    StreamEnd = 3,
    StreamReset = 4,
    StreamCredit = 5,
    Credit = 6,
    StreamsCredit = 7,
    Ack = 8,
    Confirm = 9,
    PathChallenge = 10,
    PathResponse = 11,
    Moved = 12,
    Spare = 13,
    Padding = 14,
}

/// <summary>One frame. Which fields mean something depends on its kind.</summary>
internal readonly ref struct Frame
{
    public const int DatagramHeader = 1 + 4 + 2;
    public const int StreamHeader = 1 + 4 + 8 + 2;
    public const int StreamNumberSize = 1 + 4 + 8; // reset, credit of a stream
    public const int CreditSize = 1 + 8;
    public const int NumberSize = 1 + 4; // credit of streams, confirmation
    public const int SpareSize = 1 + 4 + 1 + Cid.MaxLength; // at most
    public const long MaxOffset = 1L << 62;

    public FrameKind Kind { get; private init; }

    /// <summary>The stream; of a datagram or a spare its number, of a confirmation the sequence, of a credit the count.</summary>
    public uint Number { get; private init; }

    /// <summary>Where the bytes stand in the stream; of a reset its final size, of a credit the limit.</summary>
    public long Offset { get; private init; }

    /// <summary>Of a datagram or a stream; the token of a path, the identifier of a spare.</summary>
    public ReadOnlySpan<byte> Bytes { get; private init; }

    public AckFrame Ack { get; private init; }

    /// <summary>Reads the next frame.</summary>
    public static bool TryRead(scoped ref SpanReader reader, out Frame frame)
    {
        frame = default;
        if (!reader.TryReadU8(out var code)) return false;
        var kind = (FrameKind)code;
        ReadOnlySpan<byte> bytes;
        uint number;
        long offset;
        switch (kind)
        {
            case FrameKind.Datagram:
                if (!reader.TryReadU32(out number) || !reader.TryTakeBlob16(out bytes)) return false;
                frame = new() { Kind = kind, Number = number, Bytes = bytes };
                return true;
            case FrameKind.Stream or FrameKind.StreamEnd:
                if (!reader.TryReadU32(out number) || !TryReadOffset(ref reader, out offset)
                    || !reader.TryTakeBlob16(out bytes) || (bytes.IsEmpty && kind is FrameKind.Stream)) return false;
                frame = new() { Kind = kind, Number = number, Offset = offset, Bytes = bytes };
                return true;
            case FrameKind.StreamReset or FrameKind.StreamCredit:
                if (!reader.TryReadU32(out number) || !TryReadOffset(ref reader, out offset)) return false;
                frame = new() { Kind = kind, Number = number, Offset = offset };
                return true;
            case FrameKind.Credit:
                if (!TryReadOffset(ref reader, out offset)) return false;
                frame = new() { Kind = kind, Offset = offset };
                return true;
            case FrameKind.StreamsCredit or FrameKind.Confirm:
                if (!reader.TryReadU32(out number)) return false;
                frame = new() { Kind = kind, Number = number };
                return true;
            case FrameKind.Ack:
                if (!AckFrame.TryRead(ref reader, out var ack)) return false;
                frame = new() { Kind = kind, Ack = ack };
                return true;
            case FrameKind.PathChallenge or FrameKind.PathResponse:
                if (!reader.TryTake(Token16.Size, out bytes)) return false;
                frame = new() { Kind = kind, Bytes = bytes };
                return true;
            case FrameKind.Moved:
                frame = new() { Kind = kind };
                return true;
            case FrameKind.Spare:
                if (!reader.TryReadU32(out number) || number == 0 || !reader.TryTakeBlob8(out bytes) || bytes.Length > Cid.MaxLength) return false;
                frame = new() { Kind = kind, Number = number, Bytes = bytes };
                return true;
            case FrameKind.Padding:
                if (reader.Rest.ContainsAnyExcept((byte)0)) return false;
                reader.TryTake(reader.Rest.Length, out bytes);
                frame = new() { Kind = kind, Bytes = bytes };
                return true;
            default:
                return false;
        }
    }

    /// <summary>Whether a control packet, which gets no verdict, may carry it.</summary>
    public bool FitsControl => Kind >= FrameKind.Ack;

    /// <summary>Whether a narrow packet may carry it: what the header says there already is not said again.</summary>
    public bool FitsNarrow => Kind is not (FrameKind.Datagram or FrameKind.Ack or FrameKind.Confirm);

    /// <summary>Writes the frame as it was read.</summary>
    public void Write(ref SpanWriter writer)
    {
        switch (Kind)
        {
            case FrameKind.Datagram: WriteDatagram(ref writer, Number, Bytes); break;
            case FrameKind.Stream or FrameKind.StreamEnd:
                Bytes.CopyTo(WriteStream(ref writer, Number, Offset, Bytes.Length, Kind is FrameKind.StreamEnd));
                break;
            case FrameKind.StreamReset or FrameKind.StreamCredit: WriteOf(ref writer, Kind, Number, Offset); break;
            case FrameKind.Credit: WriteCredit(ref writer, Offset); break;
            case FrameKind.StreamsCredit or FrameKind.Confirm: WriteNumber(ref writer, Kind, Number); break;
            case FrameKind.Ack: Ack.Write(ref writer); break;
            case FrameKind.PathChallenge or FrameKind.PathResponse:
                WritePath(ref writer, Kind, Token16.Read(Bytes));
                break;
            case FrameKind.Spare: WriteSpare(ref writer, Number, Cid.FromBytes(Bytes)); break;
            case FrameKind.Padding: WritePadding(ref writer, Bytes.Length); break;
            default: writer.WriteU8((byte)Kind); break;
        }
    }

    public static void WriteDatagram(ref SpanWriter writer, uint number, ReadOnlySpan<byte> bytes)
    {
        writer.WriteU8((byte)FrameKind.Datagram);
        writer.WriteU32(number);
        writer.WriteBlob16(bytes);
    }

    /// <summary>Writes a stream frame but its bytes, whose place it gives.</summary>
    public static Span<byte> WriteStream(ref SpanWriter writer, uint stream, long offset, int length, bool end)
    {
        writer.WriteU8((byte)(end ? FrameKind.StreamEnd : FrameKind.Stream));
        writer.WriteU32(stream);
        writer.WriteU64((ulong)offset);
        writer.WriteU16((ushort)length);
        return writer.Take(length);
    }

    public static void WriteOf(ref SpanWriter writer, FrameKind kind, uint stream, long offset)
    {
        writer.WriteU8((byte)kind);
        writer.WriteU32(stream);
        writer.WriteU64((ulong)offset);
    }

    public static void WriteCredit(ref SpanWriter writer, long limit)
    {
        writer.WriteU8((byte)FrameKind.Credit);
        writer.WriteU64((ulong)limit);
    }

    public static void WriteNumber(ref SpanWriter writer, FrameKind kind, uint number)
    {
        writer.WriteU8((byte)kind);
        writer.WriteU32(number);
    }

    public static void WritePath(ref SpanWriter writer, FrameKind kind, in Token16 token)
    {
        writer.WriteU8((byte)kind);
        token.CopyTo(writer.Take(Token16.Size));
    }

    public static void WriteSpare(ref SpanWriter writer, uint number, in Cid cid)
    {
        writer.WriteU8((byte)FrameKind.Spare);
        writer.WriteU32(number);
        cid.Write(ref writer);
    }

    /// <summary>Zeros to the end of the packet.</summary>
    public static void WritePadding(ref SpanWriter writer, int zeros)
    {
        writer.WriteU8((byte)FrameKind.Padding);
        writer.Take(zeros).Clear();
    }

    private static bool TryReadOffset(scoped ref SpanReader reader, out long offset)
    {
        var read = reader.TryReadU64(out var value) && value <= (ulong)MaxOffset;
        offset = read ? (long)value : 0;
        return read;
    }
}
