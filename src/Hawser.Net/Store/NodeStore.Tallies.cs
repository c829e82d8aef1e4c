using Hawser.Crypto;
using Hawser.Net.Relations;
using Hawser.Session;
using Hawser.Wire;
using Microsoft.Data.Sqlite;

namespace Hawser.Net.Store;

// Tallies and their messages: node.db is the book of relations.
internal sealed partial class NodeStore : IRelationBook
{
    private const string MessageColumns = "SELECT seq, tally, outgoing, series, number, sent, kept, type, body FROM message";

    private BulkInsert? _insertMessage;

    public IReadOnlyList<BookedTally> Tallies() => _database.Query(
        """
        SELECT number, id, state, own_user, partner, partner_site, partner_card, text, terms, confirmed, closing, reason, changed, read_to
        FROM tally ORDER BY number
        """,
        ReadTally);

    public IReadOnlyList<BookedSeries> Series() => _database.Query("SELECT tally, outgoing, series, done, last FROM series",
        row => new BookedSeries(row.GetInt64(0), row.GetBoolean(1), unchecked((ulong)row.GetInt64(2)), row.GetString(3), (ulong)row.GetInt64(4)));

    public long LastSeq() => _database.Query("SELECT coalesce(max((SELECT max(seq) FROM message WHERE message.tally = tally.number)), 0) FROM tally", row => row.GetInt64(0))[0];

    uint IRelationBook.Generation => TicketGeneration;

    public void Book(long number, TallyRecord record) => _database.Execute(
            """
            INSERT INTO tally (id, state, own_user, partner, partner_site, partner_card, text, terms, confirmed, closing, reason, changed, number)
            VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13)
            ON CONFLICT (id) DO UPDATE SET state = @2, own_user = @3, partner = @4, partner_site = @5, partner_card = @6, text = @7,
                terms = @8, confirmed = @9, closing = @10, reason = @11, changed = @12
            """,
            Convert.FromHexString(record.Id.ToString()), record.Now.ToString(), record.User.Bytes.ToArray(), record.Partner?.Bytes.ToArray(),
            record.PartnerSite.Bytes.ToArray(), record.PartnerCard?.Text, record.Text?.Write(), record.Terms, record.IsConfirmed,
            record.Closing?.Write(), record.Reason, record.Changed.ToUnixTimeMilliseconds(), number);

    public void Book(BookedSeries series) => _database.Execute(
        """
        INSERT INTO series (tally, outgoing, series, done, last) VALUES (@1, @2, @3, @4, @5)
        ON CONFLICT (tally, outgoing, series) DO UPDATE SET done = @4, last = @5
        """,
        series.Tally, series.Outgoing, unchecked((long)series.Series), series.Done, (long)series.Last);

    public void Book(IReadOnlyList<BookedMessage> messages)
    {
        if (messages.Count == 0) return;
        var insert = _insertMessage ??= _database.PrepareInsert(
            "INSERT INTO message (seq, tally, outgoing, series, number, sent, kept, type, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        for (var i = 0; i < messages.Count; i++) Book(insert, messages[i]);
    }

    private static unsafe void Book(BulkInsert insert, BookedMessage message)
    {
        fixed (byte* type = message.Type, body = message.Body)
        {
            insert.Bind(1, message.Seq).Bind(2, message.Tally).Bind(3, message.Outgoing ? 1 : 0).Bind(4, unchecked((long)message.Series))
                .Bind(5, (long)message.Number).Bind(6, message.Sent).Bind(7, message.Kept)
                .BindText(8, type, message.Type.Length).Bind(9, body, message.Body.Length).Run();
        }
    }

    public void Move(ulong series, long from, long to) => Atomically(() =>
    {
        var key = unchecked((long)series);
        _database.Execute("UPDATE OR IGNORE series SET tally = @3 WHERE outgoing = 1 AND series = @1 AND tally = @2", key, from, to);
        _database.Execute("DELETE FROM series WHERE outgoing = 1 AND series = @1 AND tally = @2", key, from); // the other row is the newer
        _database.Execute("UPDATE message SET tally = @3 WHERE outgoing = 1 AND series = @1 AND tally = @2", key, from, to);
    });

    public void MarkRead(long tally, long seq) =>
        _database.Execute("UPDATE tally SET read_to = max(read_to, @2) WHERE number = @1", tally, seq);

    public IReadOnlyList<BookedMessage> Outgoing(long tally, ulong series, ulong from, long after, int max) => _database.Query(
        MessageColumns + " WHERE tally = @1 AND outgoing = 1 AND series = @2 AND number >= @3 AND seq > @4 ORDER BY seq LIMIT @5",
        ReadMessage, tally, unchecked((long)series), (long)from, after, max);

    public IReadOnlyList<BookedMessage> Before(long tally, long seq, int max)
    {
        var rows = _database.Query(MessageColumns + " WHERE tally = @1 AND seq < @2 ORDER BY seq DESC LIMIT @3", ReadMessage, tally, seq, max);
        rows.Reverse();
        return rows;
    }

    public IReadOnlyList<BookedMessage> Unread(long tally, int max) => _database.Query(
        MessageColumns + " WHERE tally = @1 AND outgoing = 0 AND seq > (SELECT read_to FROM tally WHERE number = @1) ORDER BY seq LIMIT @2",
        ReadMessage, tally, max);

    public long CountUnread(long tally) => _database.Query(
        "SELECT count(*) FROM message WHERE tally = @1 AND outgoing = 0 AND seq > (SELECT read_to FROM tally WHERE number = @1)",
        row => row.GetInt64(0), tally)[0];

    private BookedTally ReadTally(SqliteDataReader row)
    {
        var state = Enum.TryParse<TallyRecord.State>(row.GetString(2), out var parsed) ? parsed : throw _database.Damaged();
        var record = new TallyRecord
        {
            Id = Token16.Read(row.GetFieldValue<byte[]>(1)), Now = state, User = new(Bytes(row, 3)),
            Partner = BytesOrNull(row, 4) is { } partner ? new VerifyKey(partner) : null, PartnerSite = new(Bytes(row, 5)),
            PartnerCard = BlobOrNull(row, 6) is { } card ? Card.TryRead(card, out var readCard) ? readCard : throw _database.Damaged() : null,
            Text = BlobOrNull(row, 7) is { } text ? Tally.TryRead(text, out var readText) ? readText : throw _database.Damaged() : null,
            Terms = row.GetString(8), IsConfirmed = row.GetBoolean(9),
            Closing = BlobOrNull(row, 10) is { } closing ? TallyClosing.TryRead(closing, out var readClosing) ? readClosing : throw _database.Damaged() : null,
            Reason = row.GetString(11), Changed = Time(row, 12),
        };
        return new(row.GetInt64(0), record, row.GetInt64(13));
    }

    private static BookedMessage ReadMessage(SqliteDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2),
        unchecked((ulong)row.GetInt64(3)), (ulong)row.GetInt64(4), row.GetInt64(5), row.GetInt64(6),
        System.Text.Encoding.UTF8.GetBytes(row.GetString(7)), row.GetFieldValue<byte[]>(8));

    private static byte[]? BlobOrNull(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
