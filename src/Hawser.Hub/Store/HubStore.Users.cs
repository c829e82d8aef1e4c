using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;
using Microsoft.Data.Sqlite;

namespace Hawser.Hub.Store;

internal sealed partial class HubStore
{
    private const string UserColumns = "SELECT sign_on_key, own_secret, channel_key, since, seen, blocked FROM user";

    public IReadOnlyList<HubUser> Users() => _database.Query(UserColumns + " ORDER BY since", ReadUser);

    public HubUser? FindUser(in VerifyKey signOn) =>
        _database.Query(UserColumns + " WHERE sign_on_key = @1", ReadUser, signOn.Bytes.ToArray()).FirstOrDefault();

    public int CountUsers() => _database.Query("SELECT count(*) FROM user", row => row.GetInt32(0))[0];

    /// <summary>Signs a user on; one who has keeps the pair of keys.</summary>
    public HubUser SignOn(in VerifyKey signOn, in DhPublicKey channelKey, DateTimeOffset now, IEntropy entropy)
    {
        _database.Execute(
            """
            INSERT INTO user (sign_on_key, own_secret, channel_key, since, seen, blocked) VALUES (@1, @2, @3, @4, @4, 0)
            ON CONFLICT (sign_on_key) DO UPDATE SET channel_key = @3, seen = @4
            """,
            signOn.Bytes.ToArray(), SigningKey.Generate(entropy).Seed.ToArray(), channelKey.Bytes.ToArray(),
            now.ToUnixTimeMilliseconds());
        return FindUser(signOn) ?? throw _database.Damaged();
    }

    /// <summary>The ticket that was issued for a seal key; the same again for who asks again.</summary>
    public byte[]? Ticket(in Bytes32 sealHash) => _database.Query(
        "SELECT file FROM ticket WHERE seal_hash = @1", row => row.GetFieldValue<byte[]>(0), sealHash.ToArray()).FirstOrDefault();

    public void SaveTicket(in Bytes32 sealHash, ClaimTicket ticket, string prefix, byte[] file) => _database.Execute(
        "INSERT OR REPLACE INTO ticket (seal_hash, number, timestamp, prefix, file) VALUES (@1, @2, @3, @4, @5)",
        sealHash.ToArray(), ticket.Number.ToString(), ticket.Timestamp.ToString(), prefix, file);

    /// <summary>How many tickets of a timestamp each address prefix, or user, was given.</summary>
    public IReadOnlyDictionary<string, int> TicketsOf(RoutingTick timestamp) => _database.Query(
            "SELECT prefix, count(*) FROM ticket WHERE timestamp = @1 GROUP BY prefix",
            row => (row.GetString(0), row.GetInt32(1)), timestamp.ToString())
        .ToDictionary(row => row.Item1, row => row.Item2);

    private static HubUser ReadUser(SqliteDataReader row) => new(new(Bytes(row, 0)), new(Bytes(row, 1)),
        new(Bytes(row, 2)), Time(row, 3), Time(row, 4), row.GetBoolean(5));
}

/// <summary>Somebody who signed on.</summary>
/// <param name="SignOn">The user's key for us.</param>
/// <param name="OwnKey">Our key for the user.</param>
internal sealed record HubUser(
    VerifyKey SignOn, SigningKey OwnKey, DhPublicKey ChannelKey, DateTimeOffset Since, DateTimeOffset Seen, bool Blocked);
