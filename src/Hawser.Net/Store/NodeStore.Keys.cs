using System.Globalization;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Net.Store;

// Channel keys that come and go, and keys in a claim key's place.
internal sealed partial class NodeStore
{
    private const string Channel = "channel", NextChannel = "channel:next", FormerChannel = "channel:former", HonouredName = "channel_former_through";

    /// <summary>The channel key that is to come, drawn on first use; it is this node's once its deed says so.</summary>
    public DhKeyPair NextChannelKey(IEntropy entropy) => new(Secret(NextChannel, entropy));

    /// <summary>The same, if one has been drawn.</summary>
    public DhKeyPair? PendingChannelKey => FindSecret(NextChannel) is { } secret ? new(secret) : null;

    /// <summary>The channel key before this one, and the height through which it is honoured; null if none is.</summary>
    public (DhKeyPair Key, uint Through)? FormerChannelKey =>
        FindSecret(FormerChannel) is { } secret && uint.TryParse(Setting(HonouredName), NumberStyles.None, CultureInfo.InvariantCulture, out var through)
            ? (new(secret), through) : null;

    /// <summary>The key that was to come is in force.</summary>
    public void TakeNextChannelKey(uint honouredThrough) => Atomically(() =>
    {
        if (FindSecret(NextChannel) is null) return;
        _database.Execute("DELETE FROM identity_key WHERE purpose = @1", FormerChannel);
        _database.Execute("UPDATE identity_key SET purpose = @2 WHERE purpose = @1", Channel, FormerChannel);
        _database.Execute("UPDATE identity_key SET purpose = @2 WHERE purpose = @1", NextChannel, Channel);
        SetSetting(HonouredName, honouredThrough.ToString(CultureInfo.InvariantCulture));
    });

    public void ForgetFormerChannelKey() => _database.Execute("DELETE FROM identity_key WHERE purpose = @1", FormerChannel);

    /// <summary>What renews an ID and says where it is, while its claim key is kept elsewhere; drawn on first use.</summary>
    public SigningKey DelegateKey(string id, IEntropy entropy) => new(Secret($"delegate:{id}", entropy));

    /// <summary>What a signing key of this store serves for; null if it is none.</summary>
    public string? PurposeOf(VerifyKey key) => _database.Query("SELECT purpose, secret FROM identity_key WHERE purpose NOT LIKE 'channel%'",
        row => (Purpose: row.GetString(0), Secret: Bytes(row, 1))).FirstOrDefault(known => new SigningKey(known.Secret).Public == key).Purpose;

    private Bytes32? FindSecret(string purpose) =>
        _database.Query("SELECT secret FROM identity_key WHERE purpose = @1", row => Bytes(row, 0), purpose).Cast<Bytes32?>().FirstOrDefault();
}
