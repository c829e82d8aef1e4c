using System.Globalization;
using Hawser.Crypto;
using Hawser.Wire;
using Microsoft.Data.Sqlite;

namespace Hawser.Net.Store;

internal sealed partial class NodeStore
{
    private const string TicketColumns =
        "SELECT number, token_hash, service, petname, expires, generation, revoked, redeemer, redeemed, words, alarmed, for_user, files, only_key FROM ticket";

    /// <summary>Rises when this store is put back from a copy: that ends all open tickets.</summary>
    public uint TicketGeneration =>
        uint.TryParse(Setting("ticket_generation"), NumberStyles.None, CultureInfo.InvariantCulture, out var generation) ? generation : 1;

    /// <summary>The federation whose hubs introduce this node: that of its own hubs, else that of the first invitation with a hub.</summary>
    public Bytes32 Genesis => Hubs() is [var first, ..] ? first.Genesis
        : Bytes32.TryParse(Setting("genesis") ?? "", out var adopted) ? adopted : default;

    public void AdoptGenesis(in Bytes32 genesis) => SetSetting("genesis", genesis.ToString());

    public IReadOnlyList<StoredTicket> Tickets() => _database.Query(TicketColumns + " ORDER BY number", ReadTicket);

    public StoredTicket? FindTicket(long number) =>
        _database.Query(TicketColumns + " WHERE number = @1", ReadTicket, number).FirstOrDefault();

    public StoredTicket? FindTicket(in Bytes32 tokenHash) =>
        _database.Query(TicketColumns + " WHERE token_hash = @1", ReadTicket, tokenHash.ToArray()).FirstOrDefault();

    /// <summary>Must have returned before the ticket is shown to anybody.</summary>
    public StoredTicket AddTicket(in Bytes32 tokenHash, string service, string? petname, DateTimeOffset expires, string user = "",
        IReadOnlyList<string>? files = null, DhPublicKey? only = null)
    {
        _database.Execute("INSERT INTO ticket (token_hash, service, petname, expires, generation, for_user, files, only_key) VALUES (@1, @2, @3, @4, @5, @6, @7, @8)",
            tokenHash.ToArray(), service, petname, expires.ToUnixTimeMilliseconds(), (long)TicketGeneration, user, files is null ? null : Lines(files), only?.Bytes.ToArray());
        return FindTicket(tokenHash)!;
    }

    /// <summary>Whether nobody had redeemed it yet.</summary>
    public bool RevokeTicket(long number) =>
        _database.Execute("UPDATE ticket SET revoked = 1 WHERE number = @1 AND redeemer IS NULL", number) > 0;

    /// <summary>Lets nobody in by it any more, whoever had it.</summary>
    public void EndTicket(long number) => _database.Execute("UPDATE ticket SET revoked = 1 WHERE number = @1", number);

    /// <summary>Of all who try, one is told true. To be made one with what the ticket gives.</summary>
    public bool RedeemTicket(in Bytes32 tokenHash, in DhPublicKey key, DateTimeOffset at) => _database.Execute(
        """
        UPDATE ticket SET redeemer = @2, redeemed = @3
        WHERE token_hash = @1 AND redeemer IS NULL AND revoked = 0 AND expires > @3 AND generation = @4
        """,
        tokenHash.ToArray(), key.Bytes.ToArray(), at.ToUnixTimeMilliseconds(), (long)TicketGeneration) > 0;

    /// <summary>The words of the newest handshake by this ticket.</summary>
    public void SetTicketWords(in Bytes32 tokenHash, string words) =>
        _database.Execute("UPDATE ticket SET words = @2 WHERE token_hash = @1", tokenHash.ToArray(), words);

    /// <summary>Whether this is the first alarm about it.</summary>
    public bool AlarmTicket(in Bytes32 tokenHash, DateTimeOffset at) => _database.Execute(
        "UPDATE ticket SET alarmed = @2 WHERE token_hash = @1 AND alarmed IS NULL", tokenHash.ToArray(), at.ToUnixTimeMilliseconds()) > 0;

    /// <summary>Invitations that this node has begun to accept, the newest first.</summary>
    public IReadOnlyList<string> Joinings() =>
        _database.Query("SELECT invitation FROM joining ORDER BY begun DESC", row => row.GetString(0));

    /// <summary>Must have returned before the ticket is shown to its maker.</summary>
    public void SaveJoining(in DhPublicKey host, string invitation, DateTimeOffset begun, string? petname = null, string user = "") => _database.Execute(
        """
        INSERT INTO joining (host_key, invitation, begun, petname, for_user) VALUES (@1, @2, @3, @4, @5)
        ON CONFLICT (host_key) DO UPDATE SET invitation = @2, begun = @3, petname = coalesce(@4, petname), for_user = @5
        """,
        host.Bytes.ToArray(), invitation, begun.ToUnixTimeMilliseconds(), petname, user);

    /// <summary>What to call who invites from a site that is being joined.</summary>
    public string? JoiningNameOf(in DhPublicKey host) => _database.Query(
        "SELECT petname FROM joining WHERE host_key = @1", row => TextOrNull(row, 0), host.Bytes.ToArray()).FirstOrDefault();

    /// <summary>The user who joins there; null if nobody does.</summary>
    public string? JoinerOf(in DhPublicKey host) => _database.Query(
        "SELECT for_user FROM joining WHERE host_key = @1", row => row.GetString(0), host.Bytes.ToArray()).FirstOrDefault();

    public void EndJoining(in DhPublicKey host) => _database.Execute("DELETE FROM joining WHERE host_key = @1", host.Bytes.ToArray());

    private static StoredTicket ReadTicket(SqliteDataReader row) => new(row.GetInt64(0), Bytes(row, 1), row.GetString(2), TextOrNull(row, 3),
        Time(row, 4), checked((uint)row.GetInt64(5)), row.GetBoolean(6), BytesOrNull(row, 7) is { } key ? new DhPublicKey(key) : null,
        TimeOrNull(row, 8), TextOrNull(row, 9), TimeOrNull(row, 10))
    {
        User = row.GetString(11), Files = row.IsDBNull(12) ? null : List(row, 12), Only = BytesOrNull(row, 13) is { } only ? new DhPublicKey(only) : null,
    };

    private static DateTimeOffset? TimeOrNull(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Time(row, column);
}
