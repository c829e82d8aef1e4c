using System.Text;
using Hawser.Naming;
using Hawser.Net.Store;

namespace Hawser.Hub.Store;

internal sealed partial class HubStore
{
    private BulkInsert? _insertLeaf;

    /// <summary>Adds leaves to the copy of an admin's log, or to our own.</summary>
    /// <param name="first">The number of the first: all before it are there.</param>
    public void AppendLeaves(RoutingId admin, ulong first, IEnumerable<ReadOnlyMemory<byte>> leaves) => _database.Atomically(() =>
    {
        // Our own are there when a certificate covers them, nearly always as they were.
        _insertLeaf ??= _database.PrepareInsert(
            "INSERT INTO leaf (admin, number, entry) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET entry = excluded.entry WHERE entry <> excluded.entry");
        var number = checked((long)first);
        var name = Encoding.ASCII.GetBytes(admin.ToString());
        foreach (var leaf in leaves) _insertLeaf.Run(name, number++, leaf.Span);
    });

    public IReadOnlyList<byte[]> Leaves(RoutingId admin, ulong first, int count) => _database.Query(
        "SELECT entry FROM leaf WHERE admin = @1 AND number >= @2 AND number < @3 ORDER BY number",
        row => row.GetFieldValue<byte[]>(0), admin.ToString(), checked((long)first), checked((long)first + count));

    public ulong LogSize(RoutingId admin) => _database.Query(
        "SELECT coalesce(max(number) + 1, 0) FROM leaf WHERE admin = @1", row => checked((ulong)row.GetInt64(0)), admin.ToString())[0];

    public void SaveCertificate(uint height, RoutingTick tick, byte[] file) => _database.Execute(
        "INSERT OR IGNORE INTO certificate (height, tick, file) VALUES (@1, @2, @3)", (long)height, tick.ToString(), file);

    public byte[]? Certificate(uint height) => _database.Query(
        "SELECT file FROM certificate WHERE height = @1", row => row.GetFieldValue<byte[]>(0), (long)height).FirstOrDefault();

    /// <summary>The certificate of a tick label.</summary>
    public byte[]? Certificate(string tick) => _database.Query(
        "SELECT file FROM certificate WHERE tick = @1", row => row.GetFieldValue<byte[]>(0), tick).FirstOrDefault();

    public void SaveEntrusted(in Wire.Bytes32 claim, uint due, byte[] reveal) => _database.Execute(
        "INSERT OR REPLACE INTO entrusted (claim, due, entry) VALUES (@1, @2, @3)", claim.ToArray(), (long)due, reveal);

    public IReadOnlyList<(Wire.Bytes32 Claim, uint Due, byte[] Reveal)> Entrusted() => _database.Query(
        "SELECT claim, due, entry FROM entrusted", row => (Bytes(row, 0), checked((uint)row.GetInt64(1)), row.GetFieldValue<byte[]>(2)));

    /// <summary>Forgets what was due long ago: its reveal window has closed.</summary>
    public void ForgetEntrusted(uint dueBefore) => _database.Execute("DELETE FROM entrusted WHERE due < @1", (long)dueBefore);

    public uint LastHeight() => _database.Query(
        "SELECT coalesce(max(height), 0) FROM certificate", row => checked((uint)row.GetInt64(0)))[0];
}
