using System.Text;
using Hawser.Federation;
using Hawser.Wire;

namespace Hawser.Hub.Store;

/// <summary>What hubs have asked this one to vote for.</summary>
internal sealed partial class HubStore
{
    public const int MaxQuestions = 64; // membership.md §6
    private static readonly TimeSpan QuestionLife = TimeSpan.FromDays(90);

    public IReadOnlyList<(long Number, MemberChange Change, DateTimeOffset Asked)> Questions() =>
        [.. _database.Query("SELECT number, change, asked FROM question ORDER BY number", row => (Number: row.GetInt64(0), Text: row.GetString(1), Asked: Time(row, 2)))
            .Select(row => (row.Number, Change: Parse(row.Text), row.Asked)).Where(row => row.Change is not null)
            .Select(row => (row.Number, row.Change!, row.Asked))];

    /// <summary>False if there are too many. The same question again is one.</summary>
    public bool KeepQuestion(MemberChange change, DateTimeOffset now)
    {
        _database.Execute("DELETE FROM question WHERE asked < @1", (now - QuestionLife).ToUnixTimeMilliseconds());
        var hash = change.Hash.ToArray();
        var known = _database.Query("SELECT 1 FROM question WHERE change_hash = @1", row => row.GetInt32(0), hash).Count > 0;
        if (!known && _database.Query("SELECT count(*) FROM question", row => row.GetInt32(0))[0] >= MaxQuestions) return false;
        _database.Execute("INSERT OR IGNORE INTO question (change_hash, change, asked) VALUES (@1, @2, @3)", hash, change.Text, now.ToUnixTimeMilliseconds());
        return true;
    }

    public void ForgetQuestion(in Bytes32 change) => _database.Execute("DELETE FROM question WHERE change_hash = @1", change.ToArray());

    private static MemberChange? Parse(string text)
    {
        var reader = new LineReader(Encoding.UTF8.GetBytes(text));
        return MemberChange.TryTake(ref reader, out var change) ? change : null;
    }
}
