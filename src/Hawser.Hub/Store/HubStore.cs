using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Net;
using Hawser.Net.Store;
using Hawser.Wire;
using Microsoft.Data.Sqlite;

namespace Hawser.Hub.Store;

/// <summary>All that a hub keeps: its keys, the logs, its votes, its users. What a method has returned from is on disk.</summary>
internal sealed partial class HubStore : IDisposable
{
    private readonly Database _database;

    private HubStore(Database database)
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

    /// <summary>Opens the store of a hub that was set up.</summary>
    public static HubStore Open(Home home)
    {
        if (!home.IsHub)
            throw new HawserException(Reason.NotRunning, $"there is no hub in {home.Folder}",
                "make one with: hawser hub init --name NAME --url URL");
        return new(Database.Open(home.HubDatabase, typeof(HubStore).Assembly, "Hawser.Hub.Store"));
    }

    /// <summary>Makes the store of a new hub, with its keys.</summary>
    public static HubStore Create(Home home, HubIdentity identity, IEntropy entropy)
    {
        home.Create();
        if (home.IsHub)
            throw new HawserException(Reason.Refused, $"there is a hub in {home.Folder} already, {NameOf(home)}",
                "choose another home with --home");
        var store = new HubStore(Database.Open(home.HubDatabase, typeof(HubStore).Assembly, "Hawser.Hub.Store"));
        store._database.Atomically(() =>
        {
            store.SetKey("admin", SigningKey.Generate(entropy).Seed);
            store.SetKey("channel", DhKeyPair.Generate(entropy).Secret);
            store.Identity = identity;
        });
        return store;
    }

    public SigningKey AdminKey { get => field ??= new(Key("admin")); private set; }

    /// <summary>The key in use, and the one that votes are to put in its place.</summary>
    public IReadOnlyList<SigningKey> AdminKeys => FindKey("admin next") is { } next ? [AdminKey, new(next)] : [AdminKey];

    /// <summary>The key that is to follow: made once, and kept until it is in use.</summary>
    public SigningKey NextAdminKey(IEntropy entropy)
    {
        if (FindKey("admin next") is null) SetKey("admin next", SigningKey.Generate(entropy).Seed);
        return new(FindKey("admin next")!.Value);
    }

    /// <summary>The next key is the admin's: the one before is destroyed, as who has it could forge a past.</summary>
    public void TakeNextAdminKey() => _database.Atomically(() =>
    {
        if (FindKey("admin next") is not { } next) return;
        _database.Execute("UPDATE identity_key SET secret = @1, mark = @2 WHERE purpose = 'admin'", next.ToArray(), KeyMarks.Of(next));
        _database.Execute("DELETE FROM identity_key WHERE purpose = 'admin next'");
        AdminKey = new(next);
    });

    public DhKeyPair ChannelKey => field ??= new(Key("channel"));

    public HubIdentity Identity
    {
        get => new(Setting("name"), Setting("url"), Address("at"), Address("udp_listen"), Address("http_listen"));
        set => _database.Atomically(() =>
        {
            SetSetting("name", value.Name);
            SetSetting("url", value.Url);
            SetSetting("at", value.At.ToString());
            SetSetting("udp_listen", value.UdpListen.ToString());
            SetSetting("http_listen", value.HttpListen.ToString());
        });
    }

    /// <summary>The text of the federation that this hub takes part in; null before <c>hub join</c>.</summary>
    public Genesis? Federation
    {
        get
        {
            if (FindSetting("federation") is not { } text) return null;
            return Genesis.TryRead(System.Text.Encoding.UTF8.GetBytes(text), out var genesis)
                ? genesis
                : throw _database.Damaged();
        }
        set => SetSetting("federation", value!.ToString());
    }

    /// <summary>Makes several changes one, and one sync.</summary>
    public void Atomically(Action changes) => _database.Atomically(changes);

    public byte[]? MachineState(string name) => _database
        .Query("SELECT state FROM machine_state WHERE name = @1", row => row.GetFieldValue<byte[]>(0), name)
        .FirstOrDefault();

    public void SetMachineState(string name, byte[] state) => _database.Execute(
        "INSERT INTO machine_state (name, state) VALUES (@1, @2) ON CONFLICT (name) DO UPDATE SET state = @2", name, state);

    public IReadOnlyList<(string Name, long Value)> Counters() =>
        _database.Query("SELECT name, value FROM counter ORDER BY name", row => (row.GetString(0), row.GetInt64(1)));

    public void SaveCounters(IEnumerable<(string Name, long Value)> counters) => _database.Atomically(() =>
    {
        foreach (var (name, value) in counters)
            _database.Execute(
                "INSERT INTO counter (name, value) VALUES (@1, @2) ON CONFLICT (name) DO UPDATE SET value = @2", name, value);
    });

    public void Dispose()
    {
        _insertLeaf?.Dispose();
        _database.Dispose();
    }

    private static string NameOf(Home home)
    {
        using var store = Open(home);
        return store.Identity.Name;
    }

    private Bytes32 Key(string purpose) => FindKey(purpose) ?? throw _database.Damaged();

    private Bytes32? FindKey(string purpose) => _database
        .Query("SELECT secret FROM identity_key WHERE purpose = @1", row => Bytes(row, 0), purpose)
        .Cast<Bytes32?>().FirstOrDefault();

    private void SetKey(string purpose, in Bytes32 secret) =>
        _database.Execute("INSERT INTO identity_key (purpose, secret, mark) VALUES (@1, @2, @3)", purpose, secret.ToArray(), KeyMarks.Of(secret));

    private string Setting(string name) => FindSetting(name) ?? throw _database.Damaged();

    private HostPort Address(string name) => HostPort.TryParse(Setting(name), out var address) ? address : throw _database.Damaged();

    private string? FindSetting(string name) =>
        _database.Query("SELECT value FROM setting WHERE name = @1", row => row.GetString(0), name).FirstOrDefault();

    private void SetSetting(string name, string value) => _database.Execute(
        "INSERT INTO setting (name, value) VALUES (@1, @2) ON CONFLICT (name) DO UPDATE SET value = @2", name, value);

    private static Bytes32 Bytes(SqliteDataReader row, int column) => Bytes32.Read(row.GetFieldValue<byte[]>(column));

    private static DateTimeOffset Time(SqliteDataReader row, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}

/// <summary>What <c>hub init</c> was told.</summary>
/// <param name="Url">Where HTTP is reached from outside.</param>
/// <param name="At">Where UDP is reached from outside.</param>
internal sealed record HubIdentity(string Name, string Url, HostPort At, HostPort UdpListen, HostPort HttpListen);
