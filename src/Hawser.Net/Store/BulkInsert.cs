using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Hawser.Net.Store;

/// <summary>
/// One prepared INSERT, run many times inside a transaction of its database: without a command object, a boxed value
/// and a parse for each row, which cost more than the row. Bound bytes have to stay where they are until it has run.
/// </summary>
internal sealed unsafe partial class BulkInsert(SqliteConnection connection, string sql, Func<SqliteException, Exception> translate) : IDisposable
{
    private const string Library = "e_sqlite3"; // the one that Microsoft.Data.Sqlite brings: its own calls count references to each handle
    private static readonly nint Static = 0; // SQLITE_STATIC: it copies nothing

    private sqlite3_stmt? _statement;
    private nint _handle;

    public BulkInsert Bind(int parameter, long value)
    {
        Check(sqlite3_bind_int64(Handle, parameter, value));
        return this;
    }

    public BulkInsert Bind(int parameter, byte* blob, int length)
    {
        Check(sqlite3_bind_blob(Handle, parameter, blob, length, Static));
        return this;
    }

    public BulkInsert BindText(int parameter, byte* utf8, int length)
    {
        Check(sqlite3_bind_text(Handle, parameter, utf8, length, Static));
        return this;
    }

    /// <summary>A row of a text, a number and bytes, in this order.</summary>
    public void Run(ReadOnlySpan<byte> utf8, long number, ReadOnlySpan<byte> blob)
    {
        fixed (byte* text = utf8, bytes = blob) BindText(1, text, utf8.Length).Bind(2, number).Bind(3, bytes, blob.Length).Run();
    }

    public void Run()
    {
        var result = sqlite3_step(Handle);
        _ = sqlite3_reset(Handle);
        if (result != raw.SQLITE_DONE) Check(result);
    }

    public void Dispose()
    {
        _statement?.Dispose();
        (_statement, _handle) = (null, 0);
    }

    private nint Handle
    {
        get
        {
            if (_handle != 0) return _handle;
            Check(raw.sqlite3_prepare_v2(connection.Handle, sql, out _statement));
            return _handle = _statement.DangerousGetHandle(); // it lives as long as this
        }
    }

    private void Check(int result)
    {
        if (result == raw.SQLITE_OK) return;
        throw translate(new SqliteException(raw.sqlite3_errmsg(connection.Handle).utf8_to_string(), result & 0xff, result));
    }

    [LibraryImport(Library)]
    private static partial int sqlite3_bind_int64(nint statement, int parameter, long value);

    [LibraryImport(Library)]
    private static partial int sqlite3_bind_blob(nint statement, int parameter, byte* value, int length, nint destructor);

    [LibraryImport(Library)]
    private static partial int sqlite3_bind_text(nint statement, int parameter, byte* value, int length, nint destructor);

    [LibraryImport(Library)]
    private static partial int sqlite3_step(nint statement);

    [LibraryImport(Library)]
    private static partial int sqlite3_reset(nint statement);
}
