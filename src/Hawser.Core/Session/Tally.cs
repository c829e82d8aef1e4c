using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>
/// The text of a relationship: two users, the site that speaks for each, and the terms. With one signature it is an
/// offer, with both it is open. Spec: tally.md §4.2.
/// </summary>
internal sealed record Tally
{
    public const int MaxSize = 2048; // tally.md §6
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);
    public const string Acquaintance = "acquaintance"; // tally.md §4.2

    /// <summary>The stock's federation; zero if it has none.</summary>
    public required Bytes32 Genesis { get; init; }

    public required Token16 Id { get; init; }

    public required ushort Revision { get; init; }

    /// <summary>Unix seconds.</summary>
    public required ulong Made { get; init; }

    /// <summary>The user that drafted it.</summary>
    public required VerifyKey Stock { get; init; }

    public required DhPublicKey StockSite { get; init; }

    /// <summary>The other.</summary>
    public required VerifyKey Foil { get; init; }

    public required DhPublicKey FoilSite { get; init; }

    public string Terms { get; init; } = Acquaintance;

    public Bytes64? StockSignature { get; init; }

    public Bytes64? FoilSignature { get; init; }

    public bool IsSignedByBoth => StockSignature is not null && FoilSignature is not null;

    public DhPublicKey SiteOf(in VerifyKey user) => user == Stock ? StockSite : FoilSite;

    public VerifyKey OtherThan(in VerifyKey user) => user == Stock ? Foil : Stock;

    /// <summary>The same text with one more signature.</summary>
    public Tally Sign(SigningKey user)
    {
        var signature = Bytes64.Read(user.Sign(Encoding.UTF8.GetBytes(Front())));
        return user.Public == Stock ? this with { StockSignature = signature }
            : user.Public == Foil ? this with { FoilSignature = signature }
            : throw new ArgumentException("not a user of this tally", nameof(user));
    }

    /// <summary>Whether both say the same, whoever has signed.</summary>
    public bool SaysWhat(Tally other) => Front() == other.Front();

    public byte[] Write()
    {
        var text = Front();
        if (StockSignature is { } stock) text += $"Stock-Signature: {stock}\n";
        if (FoilSignature is { } foil) text += $"Foil-Signature: {foil}\n";
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Reads a tally with one signature or both, all of which hold.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Tally? tally)
    {
        tally = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/tally/1"u8, out var genesis)
            || !reader.TryReadField("Tally"u8, out ReadOnlySpan<byte> hex) || !TryReadId(hex, out var id)
            || !reader.TryReadField("Revision"u8, out ulong revision) || revision is 0 or > ushort.MaxValue
            || !reader.TryReadField("Made"u8, out ulong made)
            || !reader.TryReadField("Stock"u8, out Bytes32 stock) || !reader.TryReadField("Stock-Site"u8, out Bytes32 stockSite)
            || !reader.TryReadField("Foil"u8, out Bytes32 foil) || !reader.TryReadField("Foil-Site"u8, out Bytes32 foilSite)
            || stock == foil || stockSite == foilSite || stockSite.IsZero || foilSite.IsZero
            || !reader.TryReadField("Terms"u8, out ReadOnlySpan<byte> terms) || !LineReader.IsPlain(terms)) return false;
        var signed = text[..reader.Position];
        if (!TryReadSignature(ref reader, "Stock-Signature"u8, new(stock), signed, out var stockSignature)
            || !TryReadSignature(ref reader, "Foil-Signature"u8, new(foil), signed, out var foilSignature)
            || !reader.AtEnd || (stockSignature ?? foilSignature) is null) return false;
        tally = new()
        {
            Genesis = genesis, Id = id, Revision = (ushort)revision, Made = made, Stock = new(stock), StockSite = new(stockSite),
            Foil = new(foil), FoilSite = new(foilSite), Terms = Encoding.UTF8.GetString(terms),
            StockSignature = stockSignature, FoilSignature = foilSignature,
        };
        return true;
    }

    public static bool TryReadId(ReadOnlySpan<byte> hex, out Token16 id)
    {
        id = default;
        return hex.Length == 2 * Token16.Size && !hex.ContainsAnyExcept(HexDigits)
            && Convert.FromHexString(Encoding.ASCII.GetString(hex), id, out _, out _) is OperationStatus.Done;
    }

    // False: there is one, and it does not hold.
    private static bool TryReadSignature(
        ref LineReader reader, ReadOnlySpan<byte> name, in VerifyKey user, ReadOnlySpan<byte> signed, out Bytes64? signature)
    {
        signature = null;
        if (!reader.TryReadField(name, out Bytes64 bytes)) return true;
        signature = bytes;
        return Ed25519.Verify(user, signed, bytes.ToArray());
    }

    private string Front() => string.Create(CultureInfo.InvariantCulture,
        $"hawser/tally/1 {Genesis}\nTally: {Id}\nRevision: {Revision}\nMade: {Made}\nStock: {Stock}\nStock-Site: {StockSite}\n"
        + $"Foil: {Foil}\nFoil-Site: {FoilSite}\nTerms: {Terms}\n");
}

/// <summary>One user ends a tally. Spec: tally.md §4.3.</summary>
internal sealed record TallyClosing(Bytes32 Genesis, Token16 TallyId, ulong Made, VerifyKey User, Bytes64 Signature)
{
    public const int MaxSize = 512;

    public static TallyClosing Sign(Tally tally, ulong made, SigningKey user)
    {
        var closing = new TallyClosing(tally.Genesis, tally.Id, made, user.Public, default);
        return closing with { Signature = Bytes64.Read(user.Sign(Encoding.ASCII.GetBytes(closing.Front()))) };
    }

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Front()}Signature: {Signature}\n");

    /// <summary>Reads a closing whose signature holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out TallyClosing? closing)
    {
        closing = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/tally-close/1"u8, out var genesis)
            || !reader.TryReadField("Tally"u8, out ReadOnlySpan<byte> hex) || !Tally.TryReadId(hex, out var id)
            || !reader.TryReadField("Made"u8, out ulong made) || !reader.TryReadField("User"u8, out Bytes32 user)) return false;
        var signed = text[..reader.Position];
        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd
            || !Ed25519.Verify(new(user), signed, signature.ToArray())) return false;
        closing = new(genesis, id, made, new(user), signature);
        return true;
    }

    private string Front() => string.Create(CultureInfo.InvariantCulture,
        $"hawser/tally-close/1 {Genesis}\nTally: {TallyId}\nMade: {Made}\nUser: {User}\n");
}
