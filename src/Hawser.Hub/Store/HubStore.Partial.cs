using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Hub.Store;

// Records that are kept in part: the state in place of the leaves that made it, and the hashes of those.
internal sealed partial class HubStore
{
    /// <summary>Whether the state is to be kept: of records in part it has to be.</summary>
    public bool KeepsRegistry { get; set; }

    /// <summary>The height whose state is kept as rows; 0: none is.</summary>
    public uint RegistryHeight() => _database.Query("SELECT height FROM registry_rest", row => checked((uint)row.GetInt64(0))).FirstOrDefault();

    /// <summary>All rows of the state, as of one height; null if none is kept.</summary>
    public RegistryRows? Registry()
    {
        RegistryRows? rows = null;
        _database.Atomically(() =>
        {
            if (_database.Query("SELECT height, rest FROM registry_rest", row => (checked((uint)row.GetInt64(0)), row.GetFieldValue<byte[]>(1))) is not [var (height, rest)]) return;
            var titles = _database.Query("SELECT id, title, text FROM registry_title ORDER BY id", row => (
                Id: RoutingId.TryParse(row.GetString(0), out var id) ? id : throw _database.Damaged("an ID of the registry"),
                Title: row.GetFieldValue<byte[]>(1), Text: row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2)));
            var claims = _database.Query("SELECT identity, claim FROM registry_claim ORDER BY identity", row => (Bytes(row, 0), (byte[]?)row.GetFieldValue<byte[]>(1)));
            rows = new(height, titles, claims, rest);
        });
        return rows;
    }

    /// <summary>What a height changed in the state.</summary>
    public void SaveRegistry(RegistryRows rows) => _database.Atomically(() =>
    {
        foreach (var (id, title, text) in rows.Titles)
            _database.Execute("INSERT OR REPLACE INTO registry_title (id, title, text) VALUES (@1, @2, @3)", id.ToString(), title, text);
        foreach (var (claim, row) in rows.Claims)
        {
            if (row is null) _database.Execute("DELETE FROM registry_claim WHERE identity = @1", claim.ToArray());
            else _database.Execute("INSERT OR REPLACE INTO registry_claim (identity, claim) VALUES (@1, @2)", claim.ToArray(), row);
        }

        _database.Execute("INSERT OR REPLACE INTO registry_rest (one, height, rest) VALUES (1, @1, @2)", (long)rows.Height, rows.Rest);
    });

    /// <summary>Forgets the state: it is folded from the leaves again, which have to be here.</summary>
    public void DropRegistry() => _database.Atomically(() =>
    {
        foreach (var table in (string[])["registry_title", "registry_claim", "registry_rest"]) _database.Execute($"DELETE FROM {table}");
    });

    /// <summary>Full tiles at the front of a log of which only the hashes are here.</summary>
    public long ForgottenTiles(RoutingId admin) =>
        _database.Query("SELECT count(*) FROM forgotten_tile WHERE admin = @1", row => row.GetInt64(0), admin.ToString())[0];

    /// <summary>Logs whose beginning is not here, with the first leaf that is.</summary>
    public IReadOnlyList<(RoutingId Log, ulong First)> ForgottenFrom() =>
    [
        .. _database.Query("SELECT admin, max(number) + 1 FROM forgotten_tile GROUP BY admin", row => (Name: row.GetString(0), Tiles: row.GetInt64(1)))
            .Select(row => (Log: RoutingId.TryParse(row.Name, out var id) ? id : throw _database.Damaged("a forgotten tile"), First: (ulong)(row.Tiles * Tile.FullWidth)))
            .OrderBy(row => row.Log),
    ];

    /// <summary>The hashes of a tile whose leaves are not here.</summary>
    public byte[]? ForgottenTile(RoutingId admin, long number) => _database.Query(
        "SELECT hashes FROM forgotten_tile WHERE admin = @1 AND number = @2", row => row.GetFieldValue<byte[]>(0), admin.ToString(), number).FirstOrDefault();

    /// <summary>Keeps the hashes of a full tile, and not its leaves.</summary>
    public void ForgetTile(RoutingId admin, long number, IReadOnlyList<byte[]> leaves) => _database.Atomically(() =>
    {
        _database.Execute("INSERT INTO forgotten_tile (admin, number, hashes) VALUES (@1, @2, @3)", admin.ToString(), number,
            leaves.SelectMany(leaf => Merkle.LeafHash(leaf).ToArray()).ToArray());
        _database.Execute("DELETE FROM leaf WHERE admin = @1 AND number >= @2 AND number < @3", admin.ToString(), number * Tile.FullWidth, (number + 1) * Tile.FullWidth);
    });

    /// <summary>Puts the leaves of a tile back, which hash to what is here of them.</summary>
    public void RefillTile(RoutingId admin, long number, IReadOnlyList<byte[]> leaves) => _database.Atomically(() =>
    {
        AppendLeaves(admin, checked((ulong)(number * Tile.FullWidth)), leaves.Select(leaf => (ReadOnlyMemory<byte>)leaf));
        _database.Execute("DELETE FROM forgotten_tile WHERE admin = @1 AND number = @2", admin.ToString(), number);
    });

    /// <summary>Hashes of leaves from an index on, at most to the end of its tile: of those that are here, and of those that were.</summary>
    public IReadOnlyList<Bytes32> LeafHashes(RoutingId admin, ulong first, ulong end)
    {
        var (number, at) = (checked((long)(first / Tile.FullWidth)), (int)(first % Tile.FullWidth));
        var count = (int)Math.Min(end - first, (ulong)(Tile.FullWidth - at));
        if (ForgottenTile(admin, number) is { } hashes)
            return [.. Enumerable.Range(at, count).Select(i => Bytes32.Read(hashes.AsSpan(i * Bytes32.Size, Bytes32.Size)))];
        return [.. Leaves(admin, first, count).Select(leaf => Merkle.LeafHash(leaf))];
    }

    /// <summary>Forgets all heights, to take them from the other admins anew: what is kept in part cannot be mended in part.</summary>
    public void ForgetAll() => _database.Atomically(() =>
    {
        foreach (var table in (string[])["certificate", "leaf", "forgotten_tile"]) _database.Execute($"DELETE FROM {table}");
        DropRegistry();
        BeginAnew();
    });

    /// <summary>Leaves that are here, and leaves of which only the hashes are.</summary>
    public (long Here, long Forgotten) CountLeaves() => (
        _database.Query("SELECT count(*) FROM leaf", row => row.GetInt64(0))[0],
        _database.Query("SELECT count(*) FROM forgotten_tile", row => row.GetInt64(0))[0] * Tile.FullWidth);

    public void SaveHeldShare(in Bytes32 claim, uint kept, byte[] text) => _database.Execute(
        "INSERT OR REPLACE INTO held_share (claim, kept, entry) VALUES (@1, @2, @3)", claim.ToArray(), (long)kept, text);

    public IReadOnlyList<(Bytes32 Claim, uint Kept, byte[] Text)> HeldShares() => _database.Query(
        "SELECT claim, kept, entry FROM held_share", row => (Bytes(row, 0), checked((uint)row.GetInt64(1)), row.GetFieldValue<byte[]>(2)));

    /// <summary>Forgets shares that came long ago: the windows of their claims have closed.</summary>
    public void ForgetShares(uint keptBefore) => _database.Execute("DELETE FROM held_share WHERE kept < @1", (long)keptBefore);
}
