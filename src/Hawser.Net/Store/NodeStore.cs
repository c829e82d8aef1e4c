using System.Globalization;
using Hawser.Crypto;
using Hawser.Wire;
using Microsoft.Data.Sqlite;

namespace Hawser.Net.Store;

/// <summary>What a node keeps: keys, contacts, exposures, hubs, transfers, claims. All of it is durable on return.</summary>
internal sealed partial class NodeStore : IDisposable
{
    private readonly Database _database;

    private NodeStore(Database database)
    {
        _database = database;
        try
        {
            KeyMarks.Check(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public void LimitPages(long pages) => _database.LimitPages(pages);

    /// <summary>Opens or makes <c>node.db</c>; the home's lock must be held.</summary>
    public static NodeStore Open(Home home) =>
        new(Database.Open(home.NodeDatabase, typeof(NodeStore).Assembly, "Hawser.Net.Store"));

    /// <summary>Opens or makes a store that is no home's.</summary>
    public static NodeStore OpenFile(string path) => new(Database.Open(path, typeof(NodeStore).Assembly, "Hawser.Net.Store"));

    /// <summary>Makes several changes one.</summary>
    public void Atomically(Action changes) => _database.Atomically(changes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _insertMessage?.Dispose();
        _database.Dispose();
    }

    /// <summary>This node's channel key, drawn on first use.</summary>
    public DhKeyPair ChannelKey(IEntropy entropy) => new(Secret("channel", entropy));

    /// <summary>This user's claim key, drawn on first use.</summary>
    public SigningKey ClaimKey(IEntropy entropy) => new(Secret("claim", entropy));

    /// <summary>The claim key of a user of this site, drawn on first use; the first user has no name.</summary>
    public SigningKey UserKey(string name, IEntropy entropy) =>
        name.Length == 0 ? ClaimKey(entropy) : new(Secret($"claim:{name.ToLowerInvariant()}", entropy));

    /// <summary>The users of this site besides the first.</summary>
    public IReadOnlyList<string> UserNames() => _database.Query(
        "SELECT substr(purpose, 7) FROM identity_key WHERE purpose LIKE 'claim:%' ORDER BY purpose", row => row.GetString(0));

    /// <summary>The key of this user's account with one admin, drawn on first use.</summary>
    public SigningKey SignOnKey(in VerifyKey admin, IEntropy entropy) => new(Secret($"signon:{admin}", entropy));

    /// <summary>Disregards the account with an admin.</summary>
    public void ForgetSignOnKey(in VerifyKey admin) =>
        _database.Execute("DELETE FROM identity_key WHERE purpose = @1", $"signon:{admin}");

    public string? Setting(string name) =>
        _database.Query("SELECT value FROM setting WHERE name = @1", row => row.GetString(0), name).FirstOrDefault();

    public void SetSetting(string name, string value) => _database.Execute(
        "INSERT INTO setting (name, value) VALUES (@1, @2) ON CONFLICT (name) DO UPDATE SET value = @2", name, value);

    /// <summary>The UDP port that this node drew; null before its first start.</summary>
    public ushort? UdpPort
    {
        get => ushort.TryParse(Setting("udp_port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : null;
        set => SetSetting("udp_port", (value ?? 0).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>What a machine asked to keep under a name of its own; null if it never did.</summary>
    public byte[]? MachineState(string name) =>
        _database.Query("SELECT state FROM machine_state WHERE name = @1", row => row.GetFieldValue<byte[]>(0), name)
            .FirstOrDefault();

    public void SetMachineState(string name, byte[] state) => _database.Execute(
        "INSERT INTO machine_state (name, state) VALUES (@1, @2) ON CONFLICT (name) DO UPDATE SET state = @2", name, state);

    private Bytes32 Secret(string purpose, IEntropy entropy)
    {
        var fresh = default(Bytes32);
        entropy.Fill(fresh);
        // The first to insert wins, so that two callers get one key.
        _database.Execute("INSERT OR IGNORE INTO identity_key (purpose, secret, mark) VALUES (@1, @2, @3)", purpose, fresh.ToArray(), KeyMarks.Of(fresh));
        return _database.Query("SELECT secret FROM identity_key WHERE purpose = @1", row => Bytes(row, 0), purpose)[0];
    }

    private static Bytes32 Bytes(SqliteDataReader row, int column) => Bytes32.Read(row.GetFieldValue<byte[]>(column));

    private static Bytes32? BytesOrNull(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Bytes(row, column);

    private static string? TextOrNull(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(SqliteDataReader row, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static string[] List(SqliteDataReader row, int column) =>
        row.GetString(column).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Lines(IReadOnlyList<string> list) => string.Join('\n', list);
}
