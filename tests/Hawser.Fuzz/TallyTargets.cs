using System.Text;
using Hawser.Crypto;
using Hawser.Session;
using Hawser.Wire;

namespace Hawser.Fuzz;

/// <summary>Texts and messages to start from.</summary>
internal static class TallySeeds
{
    private static readonly SigningKey Alice = new(Sha256.Hash("alice"u8)), Bob = new(Sha256.Hash("bob"u8));

    public static readonly Card Full = Card.Sign(new()
    {
        Genesis = default, User = Bob.Public, Site = new(Sha256.Hash("site"u8)), Made = 7, Name = "bob", At = [HostPort.Read([192, 0, 2, 1], 7)],
        Hubs = [new(new(Sha256.Hash("hub"u8)), [HostPort.Read([192, 0, 2, 1], 7)])],
    }, Bob);

    public static readonly Tally Signed = new Tally
    {
        Genesis = default, Id = Token16.Read("0123456789abcdef"u8), Revision = 1, Made = 7, Stock = Alice.Public, StockSite = new(Sha256.Hash("stock"u8)),
        Foil = Bob.Public, FoilSite = new(Sha256.Hash("site"u8)),
    }.Sign(Alice);

    public static readonly TallyClosing Closing = TallyClosing.Sign(Signed, 8, Alice);

    public static readonly TallyMessage[] Messages =
    [
        new TallyMessage.Introduce(Full), new TallyMessage.Offer(Full, Signed), new TallyMessage.Accept(Full, Signed.Sign(Bob)), new TallyMessage.Opened(Signed.Id, 1),
        new TallyMessage.Refuse(Signed.Id, 1, "no"), new TallyMessage.Revise(Signed.Id, 1), new TallyMessage.Close(Closing), new TallyMessage.Closed(Signed.Id),
    ];
}

internal sealed class CardTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [TallySeeds.Full.Text];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Card.TryRead(input, out var card) && !input.SequenceEqual(card.Text)) throw new InvalidDataException("not canonical");
    }
}

internal sealed class TallyTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [TallySeeds.Signed.Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Tally.TryRead(input, out var tally) && !input.SequenceEqual(tally.Write())) throw new InvalidDataException("not canonical");
    }
}

internal sealed class TallyClosingTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [TallySeeds.Closing.Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (TallyClosing.TryRead(input, out var closing) && !input.SequenceEqual(closing.Write())) throw new InvalidDataException("not canonical");
    }
}

internal sealed class TallyMessageTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [.. TallySeeds.Messages.Select(message => message.Write())];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (TallyMessage.TryRead(input, out var message) && !input.SequenceEqual(message.Write())) throw new InvalidDataException("not canonical");
    }
}

internal sealed class NoteTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [Seed("chat", "{\"text\":\"hello\"}"), Seed("a", "[1,null,{\"b\":\"\\u00e9\"}]")];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!Note.TryRead(input, out var note)) return;
        var again = new byte[note.Size];
        if (note.Write(again) != input.Length || !input.SequenceEqual(again)) throw new InvalidDataException("not canonical");
    }

    private static byte[] Seed(string type, string body)
    {
        var note = new Note { Tally = default, Series = 1, Number = 1, Sent = 1, Type = Encoding.ASCII.GetBytes(type), Body = Encoding.UTF8.GetBytes(body) };
        var bytes = new byte[note.Size];
        note.Write(bytes);
        return bytes;
    }
}

internal sealed class GotTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [Seed((1, 5)), Seed((1, 5), (7, 7), (9, 20))];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!Got.TryRead(input, out var got)) return;
        var again = new byte[got.Size];
        if (got.Write(again) != input.Length || !input.SequenceEqual(again)) throw new InvalidDataException("not canonical");
    }

    private static byte[] Seed(params (ulong, ulong)[] ranges)
    {
        var got = new Got(default, 1, ranges);
        var bytes = new byte[got.Size];
        got.Write(bytes);
        return bytes;
    }
}

internal sealed class FilesPromisedTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new FilesPromised(3, 1 << 20).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (FilesPromised.TryRead(input, out var promised) && !input.SequenceEqual(promised.Write())) throw new InvalidDataException("not canonical");
    }
}
