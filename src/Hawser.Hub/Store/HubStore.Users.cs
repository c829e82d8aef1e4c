using Hawser.Crypto;
using Hawser.Naming;
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

    /// <summary>
    /// Users by the first characters of their key. Blocked ones are disregarded: their lines end, their requests are those
    /// of a guest, and their pair of keys is worth nothing here.
    /// </summary>
    public IReadOnlyList<HubUser> FindUsers(string start) =>
        [.. Users().Where(user => start.Length > 0 && user.SignOn.ToString().StartsWith(start, StringComparison.Ordinal))];

    public void SetBlocked(in VerifyKey signOn, bool blocked) => _database.Execute(
        "UPDATE user SET blocked = @2 WHERE sign_on_key = @1", signOn.Bytes.ToArray(), blocked ? 1 : 0);

    /// <summary>Notes that a user's node has come.</summary>
    public void Seen(in VerifyKey signOn, DateTimeOffset now) => _database.Execute(
        "UPDATE user SET seen = @2 WHERE sign_on_key = @1", signOn.Bytes.ToArray(), now.ToUnixTimeMilliseconds());

    /// <summary>Claim tickets of a timestamp that were handed out.</summary>
    public int TicketsIssued(RoutingTick timestamp) => _database
        .Query("SELECT issued FROM tickets WHERE timestamp = @1", row => row.GetInt32(0), timestamp.ToString()).FirstOrDefault();

    public void SaveTicketsIssued(RoutingTick timestamp, int issued) => _database.Execute(
        "INSERT INTO tickets (timestamp, issued) VALUES (@1, @2) ON CONFLICT (timestamp) DO UPDATE SET issued = @2",
        timestamp.ToString(), issued);

    private static HubUser ReadUser(SqliteDataReader row) => new(new(Bytes(row, 0)), new(Bytes(row, 1)),
        new(Bytes(row, 2)), Time(row, 3), Time(row, 4), row.GetBoolean(5));
}

/// <summary>Somebody who signed on.</summary>
/// <param name="SignOn">The user's key for us.</param>
/// <param name="OwnKey">Our key for the user.</param>
internal sealed record HubUser(
    VerifyKey SignOn, SigningKey OwnKey, DhPublicKey ChannelKey, DateTimeOffset Since, DateTimeOffset Seen, bool Blocked);
