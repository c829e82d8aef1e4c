using System.Globalization;
using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Wire;
using Microsoft.Data.Sqlite;

namespace Hawser.Net.Store;

internal sealed partial class NodeStore
{
    private const int KeptBlocks = 288;

    /// <summary>The chain key of this node's card, drawn on first use.</summary>
    public LedgerKeyPair LedgerKey(IEntropy entropy) => new(Secret("chain", entropy));

    /// <summary>What the keys of this node's own coins are made of.</summary>
    public Bytes32 CoinSeed(IEntropy entropy) => Secret("chain-coins", entropy);

    /// <summary>Who can be met on the ledger: contacts that are not blocked, with their keys.</summary>
    public IReadOnlyList<LedgerContact> LedgerContacts(LedgerKeyPair own)
    {
        var wanted = Contacts().Where(c => !c.Blocked && c.ChannelKey is not null).Select(c => c.ChannelKey!.Value).ToHashSet();
        return
        [
            .. _database.Query("SELECT channel_key, number, secret, peer_key, psk, confirmed FROM chain_key ORDER BY channel_key, number",
                    row => (Channel: new DhPublicKey(Bytes(row, 0)), Keys: ReadKeys(row, own)))
                .Where(row => wanted.Contains(row.Channel))
                .GroupBy(row => row.Channel, (channel, rows) => new LedgerContact(channel, [.. rows.Select(row => row.Keys)])),
        ];
    }

    /// <summary>Replaces what is held for one contact, all of it or nothing.</summary>
    public void SaveLedgerKeys(DhPublicKey channel, IReadOnlyList<KeyGeneration> generations, LedgerKeyPair own) => Atomically(() =>
    {
        _database.Execute("DELETE FROM chain_key WHERE channel_key = @1", channel.Bytes.ToArray());
        foreach (var keys in generations)
        {
            _database.Execute("INSERT INTO chain_key (channel_key, number, secret, peer_key, psk, confirmed) VALUES (@1, @2, @3, @4, @5, @6)",
                channel.Bytes.ToArray(), (long)keys.Number, keys.Own.Public == own.Public ? null : keys.Own.Secret.ToArray(), keys.Peer.Bytes.ToArray(),
                keys.Psk.ToArray(), keys.IsConfirmed);
        }
    });

    public IReadOnlyList<Meeting> Meetings() => _database.Query(
        """
        SELECT number, role, state, profile, contact, stranger, generation, invitation, answer, inputs, own, peer, raw, fee, automatic, since, height,
               failures, trouble, begun, changed, proven FROM chain_meeting ORDER BY number
        """, ReadMeeting);

    /// <summary>Must have returned before its transaction is sent.</summary>
    public void SaveMeeting(Meeting meeting) => _database.Execute(
        """
        INSERT OR REPLACE INTO chain_meeting (number, role, state, profile, contact, stranger, generation, invitation, answer, inputs, own, peer, raw, fee,
            automatic, since, height, failures, trouble, begun, changed, proven)
        VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16, @17, @18, @19, @20, @21, @22)
        """,
        meeting.Number, Word(meeting.Role), Word(meeting.State), Word(meeting.Profile), meeting.Contact?.Bytes.ToArray(), meeting.Stranger?.Bytes.ToArray(),
        (long)meeting.Generation, Join(meeting.Invitation, meeting.InvitationId, meeting.InvitationHash), Join(meeting.Answer, meeting.AnswerId, meeting.AnswerHash),
        WriteInputs(meeting.PeerInputs), meeting.Own?.ToString(), meeting.Peer?.ToString(), meeting.Raw, checked((long)meeting.Fee), meeting.IsAutomatic,
        meeting.Since, meeting.Height, meeting.Failures, meeting.Trouble, meeting.Begun.ToUnixTimeMilliseconds(), meeting.Changed.ToUnixTimeMilliseconds(), meeting.IsProven);

    /// <summary>The blocks that were read last, the newest first.</summary>
    public IReadOnlyList<(int Height, Bytes32 Hash)> Blocks() => _database.Query(
        "SELECT height, hash FROM chain_block ORDER BY height DESC", row => (row.GetInt32(0), Bytes(row, 1)));

    /// <summary>Where to go on after a stop. Coins found up to there are in the same commit.</summary>
    public void SaveBlocks(IReadOnlyList<(int Height, Bytes32 Hash)> blocks, OwnCoins? coins) => Atomically(() =>
    {
        foreach (var (height, hash) in blocks)
            _database.Execute("INSERT OR REPLACE INTO chain_block (height, hash) VALUES (@1, @2)", height, hash.ToArray());
        if (blocks.Count > 0) _database.Execute("DELETE FROM chain_block WHERE height < @1", blocks[^1].Height - KeptBlocks);
        SaveCoins(coins);
    });

    /// <summary>Forgets blocks from a height on: they were replaced, or are to be read again.</summary>
    public void ForgetBlocks(int from) => _database.Execute("DELETE FROM chain_block WHERE height >= @1", from);

    public IReadOnlyList<Coin> Coins() => _database.Query("SELECT outpoint, value, key, height FROM chain_coin",
        row => new Coin(OutPoint.Read(row.GetFieldValue<byte[]>(0)), checked((ulong)row.GetInt64(1)), row.GetInt32(2), row.IsDBNull(3) ? null : row.GetInt32(3)));

    public void SaveCoins(OwnCoins? coins)
    {
        if (coins is not { IsChanged: true }) return;
        Atomically(() =>
        {
            _database.Execute("DELETE FROM chain_coin");
            var at = new byte[OutPoint.Size];
            foreach (var coin in coins.All)
            {
                coin.At.Write(at);
                _database.Execute("INSERT INTO chain_coin (outpoint, value, key, height) VALUES (@1, @2, @3, @4)", at.ToArray(), checked((long)coin.Value), coin.Key, coin.Height);
            }

            SetSetting("chain_next_key", coins.Next.ToString(CultureInfo.InvariantCulture));
        });
        coins.IsChanged = false;
    }

    public int NextCoinKey => int.TryParse(Setting("chain_next_key"), NumberStyles.None, CultureInfo.InvariantCulture, out var next) ? next : 0;

    private static KeyGeneration ReadKeys(SqliteDataReader row, LedgerKeyPair own) => new(checked((uint)row.GetInt64(1)),
        BytesOrNull(row, 2) is { } secret ? new(secret) : own, ReadKey(row.GetFieldValue<byte[]>(3)), Bytes(row, 4), row.GetBoolean(5));

    private static LedgerPublicKey ReadKey(byte[] bytes) => LedgerPublicKey.TryRead(bytes, out var key) ? key : throw new FormatException("no point of the curve");

    private static Meeting ReadMeeting(SqliteDataReader row)
    {
        var (invitation, answer, inputs) = (row.GetFieldValue<byte[]>(7), row.GetFieldValue<byte[]>(8), row.GetFieldValue<byte[]>(9));
        return new()
        {
            Number = row.GetInt64(0),
            Role = Enum.Parse<MeetingRole>(row.GetString(1), ignoreCase: true),
            State = Enum.Parse<MeetingState>(row.GetString(2), ignoreCase: true),
            Profile = Enum.Parse<MessageProfile>(row.GetString(3), ignoreCase: true),
            Contact = BytesOrNull(row, 4) is { } contact ? new(contact) : null,
            Stranger = row.IsDBNull(5) ? null : ReadKey(row.GetFieldValue<byte[]>(5)),
            Generation = checked((uint)row.GetInt64(6)),
            Invitation = Part(invitation, 0), InvitationId = Part(invitation, 1), InvitationHash = Part(invitation, 2),
            Answer = Part(answer, 0), AnswerId = Part(answer, 1), AnswerHash = Part(answer, 2),
            PeerInputs = [.. inputs.Chunk(OutPoint.Size).Select(bytes => OutPoint.Read(bytes))],
            Own = AddressOrNull(row, 10), Peer = AddressOrNull(row, 11),
            Raw = row.GetFieldValue<byte[]>(12), Fee = checked((ulong)row.GetInt64(13)), IsAutomatic = row.GetBoolean(14),
            Since = row.GetInt32(15), Height = row.IsDBNull(16) ? null : row.GetInt32(16), Failures = row.GetInt32(17),
            Trouble = TextOrNull(row, 18), Begun = Time(row, 19), Changed = Time(row, 20), IsProven = row.GetBoolean(21),
        };
    }

    private static HostPort? AddressOrNull(SqliteDataReader row, int column) =>
        TextOrNull(row, column) is { } text ? HostPort.TryParse(text, out var address) ? address : throw new FormatException("no address") : null;

    private static byte[] Join(in Bytes32 a, in Bytes32 b, in Bytes32 c) => [.. a.ToArray(), .. b.ToArray(), .. c.ToArray()];

    private static Bytes32 Part(byte[] joined, int number) => Bytes32.Read(joined.AsSpan(number * Bytes32.Size, Bytes32.Size));

    private static byte[] WriteInputs(OutPoint[] inputs)
    {
        var bytes = new byte[inputs.Length * OutPoint.Size];
        for (var i = 0; i < inputs.Length; i++) inputs[i].Write(bytes.AsSpan(i * OutPoint.Size));
        return bytes;
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
