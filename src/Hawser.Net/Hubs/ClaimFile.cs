using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Store;
using Hawser.Wire;

namespace Hawser.Net.Hubs;

/// <summary>
/// All of one claim that the store keeps: the federation, what its owner wishes, and the machine's record. It holds the
/// seed, and stands in the store as the keys do.
/// </summary>
/// <remarks><code>
/// | ver=2 (1) | genesis (32) | flags (1): 1 blind, 2 reveals itself, 4 chain key, 8 gives shares | keyword | owner | contact | notes: u16 length each | hubs: count (1), 10 each | chain key (97 with flag 4) | record | mark (8) |
/// </code></remarks>
internal sealed record ClaimFile(Bytes32 Genesis, ClaimWish Wish, ClaimantRecord Record)
{
    /// <summary>The stage of a claim that came to nothing; another took its place.</summary>
    public const string Lost = "lost";

    private const byte Unmarked = 1, Version = 2, IsBlind = 1, RevealsItself = 2, HasLedgerKey = 4, GivesShares = 8;

    /// <summary>Names the claim, even before it has an ID.</summary>
    public string Name => new SealKey(Record.Seed).Public.ToString();

    /// <summary>The deed; null before the claim is sealed.</summary>
    public Deed? Deed => Naming.Deed.TryRead(Record.Deed, out var deed) ? deed : null;

    public static string StageOf(ClaimantState state) => state switch
    {
        ClaimantState.Draft => "draft",
        ClaimantState.Sealed => "sealed",
        ClaimantState.Logged => "logged",
        ClaimantState.Revealed => "revealed",
        ClaimantState.Provisional => "provisional",
        ClaimantState.Final => "final",
    };

    /// <summary>Whether its ID may be dialled.</summary>
    public static bool IsOwned(string stage) => stage is "provisional" or "final";

    /// <summary>Whether there is nothing more to do for it.</summary>
    public static bool IsOver(string stage) => stage is "final" or Lost;

    public const string Damaged = "damaged";

    /// <summary>What is not as it was stored; null if nothing is. Its parts vouch for each other.</summary>
    public static string? WrongOf(StoredClaim row)
    {
        if (!TryRead(row.State, out var file)) return "its record cannot be read";
        var record = file.Record;
        if (file.Name != row.SealKey) return "its seed is another";
        if (StageOf(record.State) != row.Stage && row.Stage != Lost) return "its stage is another";
        if (record.State is ClaimantState.Draft) return null;
        if (file.Deed is not { } deed || Encoding.ASCII.GetString(deed.Id.ToArray()) != row.RoutingId) return "its deed does not hold";
        return SealedClaim.TryRead(record.Sealed, out var claim) && claim.IsSealed() && claim.SealKey.ToString() == row.SealKey
            && claim.Open(record.Seed, out var inside) is null && inside!.TextHash == deed.TextHash ? null : "its sealed form does not hold";
    }

    /// <summary>The row of the store.</summary>
    public StoredClaim ToRow(DateTimeOffset now) => new(
        Name, Deed is { } deed ? Encoding.ASCII.GetString(deed.Id.ToArray()) : null, StageOf(Record.State), Write(), now);

    public byte[] Write()
    {
        string[] words = [Wish.Keyword, Wish.OwnerName, Wish.ContactInfo, Wish.Notes];
        var record = Record.Write();
        var ledger = Wish.LedgerKey;
        var bytes = new byte[35 + (ledger.IsNone ? 0 : Bytes33.Size + Bytes64.Size) + words.Sum(word => 2 + Encoding.UTF8.GetByteCount(word)) + Wish.Hubs.Count * RoutingId.Size + record.Length];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Version);
        writer.Write(Genesis);
        writer.WriteU8((byte)((Wish.Blind ? IsBlind : 0) | (Wish.Entrusts ? 0 : RevealsItself) | (ledger.IsNone ? 0 : HasLedgerKey) | (Wish.Shares ? GivesShares : 0)));
        foreach (var word in words) writer.WriteBlob16(Encoding.UTF8.GetBytes(word));
        writer.WriteU8((byte)Wish.Hubs.Count);
        foreach (var hub in Wish.Hubs) hub.CopyTo(writer.Take(RoutingId.Size));
        if (!ledger.IsNone)
        {
            ledger.Key.CopyTo(writer.Take(Bytes33.Size));
            ledger.Bond.CopyTo(writer.Take(Bytes64.Size));
        }

        writer.Write(record);
        return RowMark.Add(bytes);
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ClaimFile? file)
    {
        file = null;
        if (bytes is [Version, ..])
        {
            if (!RowMark.TryTakeOff(bytes, out var row)) return false;
            bytes = row;
        }

        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var version) || version is not (Version or Unmarked) || !reader.TryReadBytes32(out var genesis)
            || !reader.TryReadU8(out var flags) || flags > (IsBlind | RevealsItself | HasLedgerKey | GivesShares)) return false;
        var words = new string[4];
        for (var i = 0; i < words.Length; i++)
        {
            if (!reader.TryTakeBlob16(out var word)) return false;
            words[i] = Encoding.UTF8.GetString(word);
        }

        if (!reader.TryReadU8(out var count) || count > Naming.Deed.MaxHubs) return false;
        var hubs = new RoutingId[count];
        for (var i = 0; i < count; i++)
            if (!reader.TryTake(RoutingId.Size, out var name) || !RoutingId.TryRead(name, out hubs[i])) return false;
        var ledger = default(DeedLedgerKey);
        if ((flags & HasLedgerKey) != 0)
        {
            if (!reader.TryTake(Bytes33.Size, out var key) || !reader.TryTake(Bytes64.Size, out var bond)) return false;
            ledger = new(Bytes33.Read(key), Bytes64.Read(bond));
        }

        if (!ClaimantRecord.TryRead(reader.Rest, out var record)) return false;
        var wish = new ClaimWish
        {
            Keyword = words[0], OwnerName = words[1], ContactInfo = words[2], Notes = words[3], Hubs = hubs, Blind = (flags & IsBlind) != 0,
            Entrusts = (flags & RevealsItself) == 0, Shares = (flags & GivesShares) != 0, LedgerKey = ledger,
        };
        file = new(genesis, wish, record);
        return true;
    }
}
