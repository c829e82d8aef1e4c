using Hawser.Proof;

namespace Hawser.Hub.Store;

/// <summary>What a notary signs with.</summary>
internal sealed partial class HubStore
{
    public NotaryKeyRing NotaryKeys() => new(_database.Query("SELECT secret, valid_from, valid_until FROM notary_key ORDER BY valid_from",
        row => (Bytes(row, 0), DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(1)), DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(2)))));

    /// <summary>In place of what was kept.</summary>
    public void Keep(NotaryKeyRing keys) => _database.Atomically(() =>
    {
        _database.Execute("DELETE FROM notary_key");
        foreach (var (seed, from, until) in keys.Kept)
            _database.Execute("INSERT INTO notary_key (secret, valid_from, valid_until) VALUES (@1, @2, @3)",
                seed.ToArray(), from.ToUnixTimeSeconds(), until.ToUnixTimeSeconds());
    });
}
