using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Hawser.Net.Store;

/// <summary>
/// One SQLite file that this process alone writes: write-ahead log, every commit synced, schema moved forward by the
/// numbered scripts beside the caller. What a method has returned from is on disk.
/// </summary>
internal sealed class Database : IDisposable
{
    private const int SyncFull = 2;

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly string _path;
    private SqliteTransaction? _transaction;

    private Database(SqliteConnection connection, string path) => (_connection, _path) = (connection, path);

    /// <summary>Opens or makes the file, and brings its schema to the newest of the scripts.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scripts">The assembly that embeds <c>NNN.sql</c>.</param>
    /// <param name="folder">The namespace that they are embedded under.</param>
    public static Database Open(string path, Assembly scripts, string folder)
    {
        Database? database = null;
        try
        {
            // Made closed: between creation by SQLite and a later chmod somebody could open it.
            if (!File.Exists(path))
                new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew, Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }).Dispose();
            var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            database = new(connection, path);
            connection.Open();
            database.Prepare(scripts, folder);
            return database;
        }
        catch (Exception e)
        {
            database?.Dispose();
            throw e switch
            {
                SqliteException sqlite => Translate(sqlite, path),
                IOException or UnauthorizedAccessException => new HawserException(
                    Reason.FileTrouble, $"the store {path} cannot be opened", "give it to this user", e),
                _ => e,
            };
        }
    }

    /// <summary>Runs a statement; its parameters are @1, @2 ….</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        lock (_gate)
        {
            using var command = CommandFor(sql, values);
            try
            {
                return command.ExecuteNonQuery();
            }
            catch (SqliteException e)
            {
                throw Translate(e, _path);
            }
        }
    }

    /// <summary>All rows of a query.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        lock (_gate)
        {
            using var command = CommandFor(sql, values);
            try
            {
                using var reader = command.ExecuteReader();
                List<T> rows = [];
                while (reader.Read()) rows.Add(read(reader));
                return rows;
            }
            catch (Exception e) when (e is ArgumentException or InvalidCastException or FormatException)
            {
                throw Corrupt(_path, e);
            }
            catch (SqliteException e)
            {
                throw Translate(e, _path);
            }
        }
    }

    /// <summary>A statement that is run many times: see <see cref="BulkInsert"/>. One thread at a time.</summary>
    public BulkInsert PrepareInsert(string sql) => new(_connection, sql, e => Translate(e, _path));

    /// <summary>Makes several statements one: all of them are kept, or none.</summary>
    public void Atomically(Action statements)
    {
        lock (_gate)
        {
            if (_transaction is not null)
            {
                statements();
                return;
            }

            try
            {
                using (_transaction = _connection.BeginTransaction())
                {
                    statements();
                    _transaction.Commit();
                }
            }
            catch (SqliteException e)
            {
                throw Translate(e, _path);
            }
            finally
            {
                _transaction = null;
            }
        }
    }

    /// <summary>Copies all that is there at this moment into a file that is closed to others.</summary>
    public void SnapshotTo(string path)
    {
        using (new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            // SQLite writes into an empty file, and would make one that others may read.
        }

        Execute("VACUUM INTO @1", path);
    }

    /// <summary>What to throw when rows are there but make no sense.</summary>
    public HawserException Damaged(string? what = null) => Corrupt(_path, what: what);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private void Prepare(Assembly scripts, string folder)
    {
        if (Pragma("PRAGMA journal_mode = WAL") is not "wal")
            throw new HawserException(Reason.LocalTrouble, $"{_path} lies on a file system that has no shared memory",
                "choose a home on a local disk with --home");
        Pragma("PRAGMA synchronous = FULL");
        Pragma("PRAGMA foreign_keys = ON");
        Pragma("PRAGMA wal_autocheckpoint = 4000"); // 16 MiB: a page that fills up is moved once, not at every commit
        if (Pragma("PRAGMA synchronous") is not (long)SyncFull)
            throw new HawserException(Reason.LocalTrouble, $"the store {_path} refuses to sync every commit");
        if (Pragma("PRAGMA quick_check(1)") is not "ok") throw Corrupt(_path);

        var version = (long)Pragma("PRAGMA user_version")!;
        var known = scripts.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder + ".", StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .ToDictionary(name => int.Parse(name[(folder.Length + 1)..^4], CultureInfo.InvariantCulture));
        if (version > known.Keys.Max())
            throw new HawserException(Reason.LocalTrouble,
                $"the store {_path} was written by a newer version (schema {version}, this one knows {known.Keys.Max()})",
                "update hawser");
        foreach (var number in known.Keys.Where(number => number > version).Order())
        {
            using var script = new StreamReader(scripts.GetManifestResourceStream(known[number])!);
            var sql = script.ReadToEnd();
            Atomically(() =>
            {
                Execute(sql);
                Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {number}"));
            });
        }
    }

    private object? Pragma(string sql)
    {
        using var command = CommandFor(sql, []);
        return command.ExecuteScalar();
    }

    private SqliteCommand CommandFor(string sql, ReadOnlySpan<object?> values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"@{i + 1}"), values[i] ?? DBNull.Value);
        return command;
    }

    /// <summary>Lets the file grow to so many pages, or what it has now, and no further: as a full disk would, for tests.</summary>
    public void LimitPages(long pages)
    {
        lock (_gate) Pragma(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {Math.Max(pages, 1)}"));
    }

    // Result codes: sqlite.org/rescode.html. 4874: the index of the log could not grow.
    private static Exception Translate(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        13 => Full(path, e),
        10 when e.SqliteExtendedErrorCode is 4874 => Full(path, e),
        5 or 6 => new HawserException(Reason.HomeInUse, $"another program has the store {path} open",
            "close it and try again", e),
        8 or 14 or 23 => new HawserException(Reason.FileTrouble, $"the store {path} cannot be opened or written",
            "give it to this user", e),
        10 => new HawserException(Reason.FileTrouble, $"the disk under {path} reports an error", "check the disk", e),
        11 or 26 => Corrupt(path, e),
        1 => Corrupt(path, e), // our own statements are right: a table or column that should be there is not
        _ => e,
    };

    private static HawserException Full(string path, Exception e) => new(Reason.DiskFull, $"the disk under {path} is full", "free some space", e);

    private static HawserException Corrupt(string path, Exception? e = null, string? what = null) => new(Reason.StoreCorrupt,
        $"the store {path} is damaged{(what is null ? "" : $": {what}")}; nothing was changed",
        "put a copy of it back; or, if its keys may be lost, move it aside and start anew", e);
}
