using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>What a host keeps of a ticket that it gave out.</summary>
/// <param name="TokenHash">Of the token, which is not kept.</param>
/// <param name="Expires">From then on nobody is let in by it.</param>
/// <param name="Generation">The store's when it was written: a restored backup has another, which ends all open tickets.</param>
/// <param name="Key">Who redeemed it; null while it is open.</param>
/// <param name="Revoked">Taken back by the owner.</param>
internal sealed record TicketRow(
    Bytes32 TokenHash, DateTimeOffset Expires, uint Generation, DhPublicKey? Key, bool Revoked)
{
    /// <summary>What it was given out for; it serves nothing else.</summary>
    public TicketPurpose Purpose { get; init; } = TicketPurpose.Join;

    /// <summary>Whom it was given to, by channel key; null: whoever comes first.</summary>
    public DhPublicKey? Only { get; init; }
}

/// <summary>What a ticket is for. Spec: tickets.md §4.1.</summary>
internal enum TicketPurpose : byte
{
    /// <summary>To get acquainted, and to use the service that the ticket names.</summary>
    Join = 1,

    /// <summary>To take what the host sends, once, and nothing else.</summary>
    Receive = 2,
}

/// <summary>Where a host's tickets lie.</summary>
internal interface ITicketStore
{
    /// <summary>The generation of the store itself.</summary>
    uint Generation { get; }

    TicketRow? Find(in Bytes32 tokenHash);

    /// <summary>
    /// Writes the key into a row that has none, and the peer with it, in one transaction that is on disk on return.
    /// False if the row had a key by then.
    /// </summary>
    bool TryBind(in Bytes32 tokenHash, in DhPublicKey key, DateTimeOffset at);
}

/// <summary>Who is let in by a token. Spec: tickets.md §5.2.</summary>
internal static class TicketDesk
{
    /// <summary>The store is written to before this returns, so the caller may answer the joiner at once.</summary>
    public static TicketVerdict Redeem(
        Moment now, ITicketStore store, in Token16 token, in DhPublicKey key, TicketPurpose purpose = TicketPurpose.Join)
    {
        var hash = Ticket.Hash(token);
        var verdict = Judge(now, store.Find(hash), store.Generation, key, purpose);
        if (verdict is not TicketVerdict.Ok || store.TryBind(hash, key, now.Utc)) return verdict;
        return Judge(now, store.Find(hash), store.Generation, key, purpose); // somebody was faster: perhaps this very key
    }

    /// <summary>The rule alone.</summary>
    public static TicketVerdict Judge(
        Moment now, TicketRow? row, uint generation, in DhPublicKey key, TicketPurpose purpose = TicketPurpose.Join)
    {
        if (row is null || row.Revoked) return TicketVerdict.Unknown;
        if (row.Purpose != purpose) return TicketVerdict.WrongPurpose;
        if (row.Only is { } only && only != key) return TicketVerdict.WrongPerson;
        if (row.Expires <= now.Utc) return TicketVerdict.Expired;
        if (row.Key is { } redeemer) return redeemer == key ? TicketVerdict.AlreadyYours : TicketVerdict.Used;
        return row.Generation == generation ? TicketVerdict.Ok : TicketVerdict.Unknown;
    }
}

/// <summary>Ok and AlreadyYours are answered, the rest with silence.</summary>
internal enum TicketVerdict
{
    /// <summary>This key has it now.</summary>
    Ok,

    /// <summary>It had it before: a joiner that crashed asks again.</summary>
    AlreadyYours,

    /// <summary>Another key has it: tell the owner, for a ticket was shown to two.</summary>
    Used,

    Expired,

    /// <summary>It was given out for something else.</summary>
    WrongPurpose,

    /// <summary>It was given to somebody else.</summary>
    WrongPerson,

    /// <summary>Never given out, taken back, or from before a restore.</summary>
    Unknown,
}
