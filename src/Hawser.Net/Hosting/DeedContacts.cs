using System.Text;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Hawser.Net.Names;
using Hawser.Net.Store;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

/// <summary>
/// Contacts of deeds: who is known by a deed that was handed over, or by its ID alone. What the federation proves goes before
/// what a file says, wherever it can be asked. Spec: chain.md §4.7.
/// </summary>
internal static class DeedContacts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6); // of who types, for the hubs

    /// <summary>Whether a text is to be read as a deed, or as a record of one.</summary>
    public static bool IsDeed(string text) => text.StartsWith("hawser/deed/", StringComparison.Ordinal) || text.StartsWith("hawser/record/", StringComparison.Ordinal);

    /// <summary>Reads a deed, and asks the federation whether it is in force.</summary>
    /// <exception cref="HawserException">Usage: no deed. VerificationFailed: not its owner's, or its chain key is not.</exception>
    public static async Task<MadeContact> OfTextAsync(NodeHost host, string said, string? petname, CancellationToken cancel)
    {
        if (petname is null) throw new HawserException(Reason.Usage, "a deed says not what to call them", "give a name with --as NAME");
        Petname.Require(petname);
        var text = Encoding.UTF8.GetBytes(said.ReplaceLineEndings("\n").TrimEnd('\n') + "\n");
        var (genesis, id, content) = Read(text);
        var isOurs = host.Store.Genesis == genesis;
        string? note = isOurs ? null : "not checked: it is of a federation that this node is not in, and its ID is not followed";
        if (isOurs)
        {
            var found = await LookUpAsync(host, id, cancel);
            if (found is not { Directory: { } directory, Result: { } result })
            {
                note = "not checked against the federation, which could not be asked: it is as good as whoever gave it to you";
            }
            else if (result is not { IsHeld: true, Title: { } title } || title.ClaimKey != content.ClaimKey)
            {
                throw new HawserException(Reason.VerificationFailed, $"this deed is not in force: {id.ToDisplay()} is {(result.IsHeld ? "another's" : "nobody's")}",
                    "get a new one from its owner, or add the ID if its present owner is meant");
            }
            else if (title.DeedHash != Sha256.Hash(text.AsSpan()))
            {
                var newer = await directory.TextOfAsync(id, title, cancel);
                content = (newer is null ? null : DeedRecord.ContentOf(newer)) ?? content with { ChannelKey = title.ChannelKey, LedgerKey = default };
                note = "its owner has changed it since; what holds now was taken";
            }
        }

        if (note is not null && text.AsSpan().StartsWith("hawser/record/"u8) && !note.StartsWith("its owner", StringComparison.Ordinal))
            throw new HawserException(Reason.Unreachable, "this is a change of a deed, which only the federation can tell to be in force", "sign on to one of its hubs: hawser signon HUB; or add a card");
        var contact = new Contact(petname, content.ChannelKey, isOurs ? Plain(id) : null, [.. content.At.Select(at => at.ToString())], [], Blocked: false, DateTimeOffset.UtcNow)
        {
            ClaimKey = content.ClaimKey,
        };
        return new(contact, ChainCards.Read(content), note);
    }

    /// <summary>What the federation proves of a contact that is known by its ID alone; the contact as it is, where it cannot be asked.</summary>
    public static async Task<MadeContact> OfIdAsync(NodeHost host, Contact contact, CancellationToken cancel)
    {
        if (!RoutingId.TryRead(Encoding.ASCII.GetBytes(contact.RoutingId!), out var id)
            || await LookUpAsync(host, id, cancel) is not { Directory: { } directory, Result: { IsHeld: true, Title: { } title } })
            return new(contact, null, "its key is looked up when a hub can be asked");
        var text = await directory.TextOfAsync(id, title, cancel);
        return new(ContactFollower.Follow(contact, title.ClaimKey, title.ChannelKey), text is not null && DeedRecord.ContentOf(text) is { } content ? ChainCards.Read(content) : null, null);
    }

    private static (Bytes32 Genesis, RoutingId Id, DeedContent Content) Read(byte[] text)
    {
        if (DeedRecord.TryRead(text, out var record))
            return record.Content is { } renewed ? (record.Genesis, record.Id, renewed) : throw new HawserException(Reason.Refused, $"this gives {record.Id.ToDisplay()} up: it is nobody's");
        return Deed.Parse(text, out var deed) is { } wrong
            ? throw new HawserException(Reason.Usage, $"this is no deed: {wrong}", "take it whole, as printed by: hawser id deed ID")
            : (deed!.Fields.Genesis, deed.Id, deed.Fields.Content);
    }

    private static async Task<(IdDirectory? Directory, Federation.LookupResult? Result)> LookUpAsync(NodeHost host, RoutingId id, CancellationToken cancel)
    {
        if (host.Runtime?.Directory is not IdDirectory directory || !PlainId.TryRead(id.ToArray(), out var plain)) return default;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return (directory, (await directory.LookUpAsync(plain, patience.Token)).Result);
        }
        catch (HawserException e) when (e.Reason is Reason.Unreachable or Reason.NoSuchId)
        {
            return default;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return default;
        }
    }

    private static string Plain(RoutingId id) => Encoding.ASCII.GetString(id.ToArray());
}

/// <summary>A contact that is not stored yet.</summary>
/// <param name="Ledger">Its chain key, whose bond holds; null if it names none.</param>
/// <param name="Note">What its user should know.</param>
internal sealed record MadeContact(Contact Contact, LedgerPublicKey? Ledger, string? Note);
