using Hawser.Net;
using Microsoft.Data.Sqlite;

namespace Hawser.Tests.Net;

/// <summary>A home of its own for one test.</summary>
internal sealed class TempHome : IDisposable
{
    public Home Home { get; } = new(Path.Combine(Path.GetTempPath(), "hawser-" + Guid.NewGuid().ToString("n")[..8]));

    /// <summary>What damage would do to a node's database that nothing has open.</summary>
    public static void Change(Home home, string sql) => ChangeFile(home.NodeDatabase, sql);

    /// <summary>The same to a hub's.</summary>
    public static void ChangeHub(Home home, string sql) => ChangeFile(home.HubDatabase, sql);

    private static void ChangeFile(string path, string sql)
    {
        using var database = new SqliteConnection($"Data Source={path};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = sql;
        if (command.ExecuteNonQuery() == 0) throw new InvalidOperationException("nothing was changed");
    }

    public void Dispose()
    {
        if (Directory.Exists(Home.Folder)) Directory.Delete(Home.Folder, recursive: true);
    }
}
