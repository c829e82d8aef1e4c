using Hawser.Crypto;
using Hawser.Wire;
using Microsoft.Data.Sqlite;

namespace Hawser.Net.Store;

internal sealed partial class NodeStore
{
    private const string HubColumns =
        "SELECT name, url, addresses, channel_key, admin_key, genesis, routing_id, since FROM signed_on_hub";

    public IReadOnlyList<SignedOnHub> Hubs() => _database.Query(HubColumns + " ORDER BY since", ReadHub);

    public SignedOnHub? FindHub(string name) =>
        _database.Query(HubColumns + " WHERE name = @1", ReadHub, name).FirstOrDefault();

    public void SaveHub(SignedOnHub hub) => _database.Execute(
        """
        INSERT INTO signed_on_hub (name, url, addresses, channel_key, admin_key, genesis, routing_id, since)
        VALUES (@1, @2, @3, @4, @5, @6, @7, @8)
        ON CONFLICT (channel_key) DO UPDATE
        SET name = @1, url = @2, addresses = @3, admin_key = @5, genesis = @6, routing_id = @7
        """,
        hub.Name, hub.Url, Lines(hub.Addresses), hub.ChannelKey.Bytes.ToArray(), hub.AdminKey.Bytes.ToArray(),
        hub.Genesis.ToArray(), hub.RoutingId, hub.Since.ToUnixTimeMilliseconds());

    public bool RemoveHub(string name) => _database.Execute("DELETE FROM signed_on_hub WHERE name = @1", name) > 0;

    public IReadOnlyList<StoredClaim> Claims() => _database.Query(
        "SELECT seal_key, routing_id, stage, state, changed FROM claim ORDER BY changed",
        row => new StoredClaim(row.GetString(0), TextOrNull(row, 1), row.GetString(2), row.GetFieldValue<byte[]>(3), Time(row, 4)));

    /// <summary>Must have returned before anything of the claim is sent: decision 7.</summary>
    public void SaveClaim(StoredClaim claim) => _database.Execute(
        """
        INSERT INTO claim (seal_key, routing_id, stage, state, changed) VALUES (@1, @2, @3, @4, @5)
        ON CONFLICT (seal_key) DO UPDATE SET routing_id = @2, stage = @3, state = @4, changed = @5
        """,
        claim.SealKey, claim.RoutingId, claim.Stage, claim.State, claim.Changed.ToUnixTimeMilliseconds());

    public IReadOnlyList<PinnedFederation> Federations() => _database.Query(
        "SELECT genesis, text, height, header FROM federation ORDER BY genesis",
        row => new PinnedFederation(Bytes(row, 0), row.GetString(1), checked((ulong)row.GetInt64(2)),
            row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3)));

    /// <summary>Pins a federation; one that is pinned keeps its height and header.</summary>
    public void PinFederation(in Bytes32 genesis, string text) => _database.Execute(
        """
        INSERT INTO federation (genesis, text, height, header) VALUES (@1, @2, 0, NULL)
        ON CONFLICT (genesis) DO UPDATE SET text = @2
        """,
        genesis.ToArray(), text);

    /// <summary>Remembers the highest header that was verified; never goes back (decision 10).</summary>
    public void SaveHeader(in Bytes32 genesis, ulong height, byte[] header) => _database.Execute(
        "UPDATE federation SET height = @2, header = @3 WHERE genesis = @1 AND height <= @2",
        genesis.ToArray(), checked((long)height), header);

    public IReadOnlyList<StoredTransfer> Transfers() => _database.Query(
        "SELECT id, incoming, peer, name, path, size, sha256, state, moved, changed FROM transfer ORDER BY changed",
        row => new StoredTransfer(row.GetString(0), row.GetBoolean(1), row.GetString(2), row.GetString(3), row.GetString(4),
            row.GetInt64(5), BytesOrNull(row, 6), row.GetString(7), row.GetInt64(8), Time(row, 9)));

    public void SaveTransfer(StoredTransfer transfer) => _database.Execute(
        """
        INSERT INTO transfer (id, incoming, peer, name, path, size, sha256, state, moved, changed)
        VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10)
        ON CONFLICT (id) DO UPDATE SET name = @4, path = @5, sha256 = @7, state = @8, moved = @9, changed = @10
        """,
        transfer.Id, transfer.Incoming, transfer.Peer, transfer.Name, transfer.Path, transfer.Size,
        transfer.Sha256?.ToArray(), transfer.State, transfer.Moved, transfer.Changed.ToUnixTimeMilliseconds());

    public void RemoveTransfer(string id) => _database.Execute("DELETE FROM transfer WHERE id = @1", id);

    private static SignedOnHub ReadHub(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), List(row, 2),
        new DhPublicKey(Bytes(row, 3)), new VerifyKey(Bytes(row, 4)), Bytes(row, 5), TextOrNull(row, 6), Time(row, 7));
}
