using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Hawser.Net.Store;

/// <summary>
/// One prepared INSERT, run many times inside a transaction of its database: without a command object, a boxed value
/// and a parse for each row, which cost more than the row.
/// </summary>
internal sealed class BulkInsert(SqliteConnection connection, string sql, Func<SqliteException, Exception> translate) : IDisposable
{
    private sqlite3_stmt? _statement;

    public BulkInsert Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(Statement, parameter, value));
        return this;
    }

    public BulkInsert Bind(int parameter, ReadOnlySpan<byte> blob)
    {
        Check(raw.sqlite3_bind_blob(Statement, parameter, blob));
        return this;
    }

    public BulkInsert BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(Statement, parameter, utf8));
        return this;
    }

    public void Run()
    {
        var result = raw.sqlite3_step(Statement);
        raw.sqlite3_reset(Statement);
        if (result != raw.SQLITE_DONE) Check(result);
    }

    public void Dispose()
    {
        _statement?.Dispose();
        _statement = null;
    }

    private sqlite3_stmt Statement
    {
        get
        {
            if (_statement is not null) return _statement;
            Check(raw.sqlite3_prepare_v2(connection.Handle, sql, out var statement));
            return _statement = statement;
        }
    }

    private void Check(int result)
    {
        if (result == raw.SQLITE_OK) return;
        throw translate(new SqliteException(raw.sqlite3_errmsg(connection.Handle).utf8_to_string(), result & 0xff, result));
    }
}
