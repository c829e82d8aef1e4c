using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>What two sites say of their users' tallies. Spec: tally.md §4.4.</summary>
internal abstract record TallyMessage
{
    public const byte FirstKind = 32;
    public const byte LastKind = 39;
    public const int MaxReason = 200; // tally.md §6

    private TallyMessage() { }

    /// <summary>A user's card.</summary>
    public sealed record Introduce(Card Card) : TallyMessage;

    /// <summary>A tally with the signature of who sends it, and its card.</summary>
    public sealed record Offer(Card Card, Tally Tally) : TallyMessage;

    /// <summary>A tally with both signatures, and the card of who sends it.</summary>
    public sealed record Accept(Card Card, Tally Tally) : TallyMessage;

    public sealed record Opened(Token16 Id, ushort Revision) : TallyMessage;

    /// <summary>No; with a reason in plain text, or an empty one.</summary>
    public sealed record Refuse(Token16 Id, ushort Revision, string Reason) : TallyMessage;

    public sealed record Revise(Token16 Id, ushort Revision) : TallyMessage;

    public sealed record Close(TallyClosing Closing) : TallyMessage;

    public sealed record Closed(Token16 Id) : TallyMessage;

    /// <summary>The kind byte and the body.</summary>
    public byte[] Write() => this switch
    {
        Introduce m => [32, .. m.Card.Text],
        Offer m => Pair(33, m.Card, m.Tally),
        Accept m => Pair(34, m.Card, m.Tally),
        Opened m => Short(35, m.Id, m.Revision),
        Refuse m => [.. Short(36, m.Id, m.Revision), (byte)Encoding.UTF8.GetByteCount(m.Reason), .. Encoding.UTF8.GetBytes(m.Reason)],
        Revise m => Short(37, m.Id, m.Revision),
        Close m => [38, .. m.Closing.Write()],
        Closed m => [39, .. Bytes(m.Id)],
        _ => throw new InvalidOperationException("there is no other"),
    };

    /// <summary>Reads a message whose signatures hold.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TallyMessage? message)
    {
        message = null;
        if (bytes.IsEmpty) return false;
        var body = bytes[1..];
        message = bytes[0] switch
        {
            32 => Card.TryRead(body, out var card) ? new Introduce(card) : null,
            33 => TryReadPair(body, out var card, out var tally) && !tally.IsSignedByBoth ? new Offer(card, tally) : null,
            34 => TryReadPair(body, out var card, out var tally) && tally.IsSignedByBoth ? new Accept(card, tally) : null,
            35 => TryReadShort(body, out var id, out var revision, out var rest) && rest.IsEmpty ? new Opened(id, revision) : null,
            36 => TryReadShort(body, out var id, out var revision, out var rest) && TryReadReason(rest, out var reason) ? new Refuse(id, revision, reason) : null,
            37 => TryReadShort(body, out var id, out var revision, out var rest) && rest.IsEmpty ? new Revise(id, revision) : null,
            38 => TallyClosing.TryRead(body, out var closing) ? new Close(closing) : null,
            39 => body.Length == Token16.Size ? new Closed(Token16.Read(body)) : null,
            _ => null,
        };
        return message is not null;
    }

    private static byte[] Pair(byte kind, Card card, Tally tally)
    {
        var length = (ushort)card.Text.Length;
        return [kind, (byte)(length >> 8), (byte)(length & 0xff), .. card.Text, .. tally.Write()];
    }

    private static byte[] Short(byte kind, in Token16 id, ushort revision) =>
        [kind, .. Bytes(id), (byte)(revision >> 8), (byte)(revision & 0xff)];

    private static byte[] Bytes(in Token16 id) => ((ReadOnlySpan<byte>)id).ToArray();

    private static bool TryReadPair(ReadOnlySpan<byte> body, [NotNullWhen(true)] out Card? card, [NotNullWhen(true)] out Tally? tally)
    {
        (card, tally) = (null, null);
        var reader = new SpanReader(body);
        return reader.TryTakeBlob16(out var text) && Card.TryRead(text, out card) && Tally.TryRead(reader.Rest, out tally);
    }

    private static bool TryReadShort(ReadOnlySpan<byte> body, out Token16 id, out ushort revision, out ReadOnlySpan<byte> rest)
    {
        var reader = new SpanReader(body);
        (id, revision) = (default, 0);
        var read = reader.TryTake(Token16.Size, out var token) && reader.TryReadU16(out revision) && revision > 0;
        if (read) id = Token16.Read(token);
        rest = reader.Rest;
        return read;
    }

    private static bool TryReadReason(ReadOnlySpan<byte> rest, out string reason)
    {
        reason = "";
        if (rest.IsEmpty || rest[0] != rest.Length - 1) return false;
        if (rest.Length == 1) return true;
        if (rest.Length - 1 > MaxReason || !LineReader.IsPlain(rest[1..])) return false;
        reason = Encoding.UTF8.GetString(rest[1..]);
        return true;
    }
}
