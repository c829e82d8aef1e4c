using Hawser.Crypto;
using Microsoft.Data.Sqlite;

namespace Hawser.Net.Store;

internal sealed partial class NodeStore
{
    private const string ContactColumns =
        "SELECT petname, channel_key, routing_id, addresses, hubs, blocked, added, user_key, claim_key, new_owner FROM contact";

    public IReadOnlyList<Contact> Contacts() => _database.Query(ContactColumns + " ORDER BY petname", ReadContact);

    public Contact? FindContact(string petname) =>
        _database.Query(ContactColumns + " WHERE petname = @1", ReadContact, petname).FirstOrDefault();

    /// <summary>The contact at a site; of several the first that is not blocked.</summary>
    public Contact? FindContact(in DhPublicKey key) =>
        _database.Query(ContactColumns + " WHERE channel_key = @1 ORDER BY blocked, added", ReadContact, key.Bytes.ToArray()).FirstOrDefault();

    /// <summary>All that a site speaks for.</summary>
    public IReadOnlyList<Contact> ContactsAt(in DhPublicKey site) =>
        _database.Query(ContactColumns + " WHERE channel_key = @1 ORDER BY added", ReadContact, site.Bytes.ToArray());

    public Contact? FindContactByUser(in VerifyKey user) =>
        _database.Query(ContactColumns + " WHERE user_key = @1", ReadContact, user.Bytes.ToArray()).FirstOrDefault();

    public Contact? FindContactById(string routingId) =>
        _database.Query(ContactColumns + " WHERE routing_id = @1", ReadContact, routingId).FirstOrDefault();

    /// <summary>Adds a contact, or replaces the one of that name.</summary>
    public void SaveContact(Contact contact) => _database.Execute(
        """
        INSERT INTO contact (petname, channel_key, routing_id, addresses, hubs, blocked, added, user_key, claim_key, new_owner)
        VALUES (@1, @2, @3, @4, @5, @6, @7, @8, @9, @10)
        ON CONFLICT (petname) DO UPDATE
        SET petname = @1, channel_key = @2, routing_id = @3, addresses = @4, hubs = @5, blocked = @6, user_key = @8, claim_key = @9, new_owner = @10
        """,
        contact.Petname, contact.ChannelKey?.Bytes.ToArray(), contact.RoutingId, Lines(contact.Addresses),
        Lines(contact.Hubs), contact.Blocked, contact.Added.ToUnixTimeMilliseconds(), contact.User?.Bytes.ToArray(),
        contact.ClaimKey?.Bytes.ToArray(), contact.NewOwner?.Bytes.ToArray());

    /// <summary>Whether there was one of that name.</summary>
    public bool RenameContact(string petname, string next) =>
        _database.Execute("UPDATE contact SET petname = @2 WHERE petname = @1", petname, next) > 0;

    public bool BlockContact(string petname, bool blocked) =>
        _database.Execute("UPDATE contact SET blocked = @2 WHERE petname = @1", petname, blocked) > 0;

    public bool RemoveContact(string petname)
    {
        _database.Execute("DELETE FROM chain_key WHERE channel_key = (SELECT channel_key FROM contact WHERE petname = @1)", petname);
        _database.Execute("DELETE FROM joining WHERE host_key = (SELECT channel_key FROM contact WHERE petname = @1)", petname);
        return _database.Execute("DELETE FROM contact WHERE petname = @1", petname) > 0;
    }

    public IReadOnlyList<PastDial> PastDials() => _database.Query(
        "SELECT routing_id, channel_key, last FROM past_dial ORDER BY last DESC",
        row => new PastDial(row.GetString(0), new(Bytes(row, 1)), Time(row, 2)));

    public void RememberDial(PastDial dial) => _database.Execute(
        """
        INSERT INTO past_dial (routing_id, channel_key, last) VALUES (@1, @2, @3)
        ON CONFLICT (routing_id) DO UPDATE SET channel_key = @2, last = @3
        """,
        dial.RoutingId, dial.ChannelKey.Bytes.ToArray(), dial.Last.ToUnixTimeMilliseconds());

    public IReadOnlyList<StoredExposure> Exposures() => _database.Query(
        "SELECT name, target, allowed FROM exposure ORDER BY name",
        row => new StoredExposure(row.GetString(0), row.GetString(1), List(row, 2)));

    public StoredExposure? FindExposure(string name) => Exposures().FirstOrDefault(exposure => exposure.Name == name);

    public void SaveExposure(StoredExposure exposure) => _database.Execute(
        """
        INSERT INTO exposure (name, target, allowed) VALUES (@1, @2, @3)
        ON CONFLICT (name) DO UPDATE SET target = @2, allowed = @3
        """,
        exposure.Name, exposure.Target, Lines(exposure.For));

    public bool RemoveExposure(string name) => _database.Execute("DELETE FROM exposure WHERE name = @1", name) > 0;

    private static Contact ReadContact(SqliteDataReader row) => new(row.GetString(0),
        BytesOrNull(row, 1) is { } key ? new DhPublicKey(key) : null, TextOrNull(row, 2), List(row, 3), List(row, 4),
        row.GetBoolean(5), Time(row, 6))
    {
        User = BytesOrNull(row, 7) is { } user ? new VerifyKey(user) : null,
        ClaimKey = BytesOrNull(row, 8) is { } claim ? new VerifyKey(claim) : null,
        NewOwner = BytesOrNull(row, 9) is { } next ? new VerifyKey(next) : null,
    };
}
