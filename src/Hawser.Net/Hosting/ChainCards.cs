using System.Buffers.Text;
using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Hawser.Net.Names;
using Hawser.Net.Store;

namespace Hawser.Net.Hosting;

/// <summary>The part of a contact card that lets two people meet by a ledger: a chain key that vouches for the channel key.</summary>
internal static class ChainCards
{
    private const string KeyField = "chain", BondField = "bond";

    /// <summary>Adds ours; returns our chain key, or null where it cannot be had.</summary>
    public static string? AddTo(List<KeyValuePair<string, string>> fields, NodeStore store)
    {
        if (!LedgerHash.IsAvailable) return null;
        var key = store.LedgerKey(SystemEntropy.Shared);
        fields.Add(new(KeyField, key.Public.ToString()));
        fields.Add(new(BondField, Base64Url.EncodeToString(LedgerCard.Sign(key, store.ChannelKey(SystemEntropy.Shared).Public))));
        return key.Public.ToString();
    }

    /// <summary>Reads a card's; null if it has none.</summary>
    /// <exception cref="HawserException">VerificationFailed: the chain key does not vouch for the channel key.</exception>
    public static LedgerPublicKey? Read(string card, DhPublicKey? channel)
    {
        if (!HawserLink.TryParse(card, out var link) || link.First(KeyField) is not { } text) return null;
        if (!LedgerHash.IsAvailable) return null;
        if (!LedgerPublicKey.TryParse(text, out var key) || channel is not { } vouched)
            throw new HawserException(Reason.Usage, $"{text} in the card is no chain key", "copy the card again, whole");
        var bond = link.First(BondField) ?? "";
        return Base64Url.IsValid(bond) && LedgerCard.Verify(key, vouched, Base64Url.DecodeFromChars(bond))
            ? key
            : throw new HawserException(Reason.VerificationFailed, "the chain key in this card does not vouch for its channel key", "somebody has altered it: get it anew from its owner");
    }

    /// <summary>What a deed of this node's says of its chain key.</summary>
    /// <exception cref="HawserException">LibraryMissing.</exception>
    public static DeedLedgerKey ForDeed(NodeStore store)
    {
        if (!LedgerHash.IsAvailable) throw new HawserException(Reason.LibraryMissing, "libsecp256k1 is not installed", LedgerHash.Remedy);
        var key = store.LedgerKey(SystemEntropy.Shared);
        return new(key.Public.Bytes, Wire.Bytes64.Read(LedgerCard.Sign(key, store.ChannelKey(SystemEntropy.Shared).Public)));
    }

    /// <summary>Reads a deed's; null if it names none.</summary>
    /// <exception cref="HawserException">VerificationFailed: the chain key does not vouch for the deed's channel key.</exception>
    public static LedgerPublicKey? Read(DeedContent content)
    {
        if (content.LedgerKey is not { IsNone: false } named || !LedgerHash.IsAvailable) return null;
        var (point, bond) = named;
        return LedgerPublicKey.TryRead(point, out var key) && LedgerCard.Verify(key, content.ChannelKey, bond)
            ? key
            : throw new HawserException(Reason.VerificationFailed, "the chain key in this deed does not vouch for its channel key", "tell its owner: hawser id alter ID --chain makes it right");
    }

    /// <summary>Takes the chain key of a contact's deed, where none is known yet; whether it did, and null if no hub has the deed just now.</summary>
    public static async Task<bool?> TakeFromDeedAsync(NodeStore store, IdDirectory directory, Contact contact, Title title, CancellationToken cancel)
    {
        if (!LedgerHash.IsAvailable || contact.ChannelKey != title.ChannelKey || KeyOf(store, contact) is not null) return false;
        if (await directory.TextOfAsync(title.Id, title, cancel) is not { } text) return null;
        if (DeedRecord.ContentOf(text) is not { } content || Read(content) is not { } key || key == store.LedgerKey(SystemEntropy.Shared).Public) return false;
        Keep(store, contact, key);
        return true;
    }

    /// <summary>What is agreed on before goes: the two begin with the keys of their cards again.</summary>
    public static void Keep(NodeStore store, Contact contact, LedgerPublicKey key)
    {
        var own = store.LedgerKey(SystemEntropy.Shared);
        if (key == own.Public) throw new HawserException(Reason.Usage, "this is your own card", "give it to others, and add theirs");
        store.SaveLedgerKeys(contact.ChannelKey!.Value, [new(0, own, key, default, IsConfirmed: true)], own);
    }

    /// <summary>The chain key of a contact that messages are written to now.</summary>
    public static LedgerPublicKey? KeyOf(NodeStore store, Contact contact) => LedgerHash.IsAvailable && contact.ChannelKey is { } channel
        ? store.LedgerContacts(store.LedgerKey(SystemEntropy.Shared)).FirstOrDefault(c => c.Channel == channel)?.Writing?.Peer
        : null;
}
