using Hawser.Crypto;

namespace Hawser.Net.Store;

/// <summary>An ID that is this user's, or was; with all that must survive a crash.</summary>
internal sealed record StoredHolding(string RoutingId, string Stage, byte[] State, DateTimeOffset Changed);

internal sealed partial class NodeStore
{
    /// <summary>Another claim key, drawn on first use: after a recovery the first is not one's own alone.</summary>
    public SigningKey ClaimKey(string purpose, IEntropy entropy) => new(Secret(purpose, entropy));

    public IReadOnlyList<StoredHolding> Holdings() => _database.Query(
        "SELECT routing_id, stage, state, changed FROM holding ORDER BY rowid", ReadHolding);

    public StoredHolding? FindHolding(string id) => _database.Query(
        "SELECT routing_id, stage, state, changed FROM holding WHERE routing_id = @1", ReadHolding, id).FirstOrDefault();

    /// <summary>Must have returned before a record in it is sent.</summary>
    public void SaveHolding(StoredHolding holding) => _database.Execute(
        """
        INSERT INTO holding (routing_id, stage, state, changed) VALUES (@1, @2, @3, @4)
        ON CONFLICT (routing_id) DO UPDATE SET stage = @2, state = @3, changed = @4
        """,
        holding.RoutingId, holding.Stage, holding.State, holding.Changed.ToUnixTimeMilliseconds());

    private static StoredHolding ReadHolding(Microsoft.Data.Sqlite.SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetFieldValue<byte[]>(2), Time(row, 3));
}
