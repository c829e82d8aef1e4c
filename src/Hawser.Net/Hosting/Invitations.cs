using Hawser.Crypto;
using Hawser.Net.Names;
using Hawser.Net.Pump;
using Hawser.Net.Store;
using Hawser.Session;
using Hawser.Wire;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hosting;

/// <summary>The tickets that this node gave out, and who is let in by them. Spec: tickets.md §5.</summary>
/// <param name="rulesChanged">Called when somebody new may use something, before they are answered.</param>
internal sealed class Invitations(NodeStore store, TimeProvider clock, Action rulesChanged, ILogger log)
{
    private const int MaxStem = 28; // of a name, so that a number fits behind it

    /// <summary>A ticket was redeemed, or has words or an alarm; raised when that is durable.</summary>
    public event Action<StoredTicket>? Changed;

    /// <summary>Lets a key in for good, or not. What it may do from now on is on disk on return.</summary>
    public TicketVerdict Redeem(TicketShown shown, in DhPublicKey key, HostPort? from)
    {
        if (store.FindContact(key) is { Blocked: true }) return TicketVerdict.Unknown;
        var verdict = TicketDesk.Redeem(clock.GetMoment(), new Book(store, shown, from), shown.Token, key, shown.Purpose);
        var hash = Ticket.Hash(shown.Token);
        if (verdict is TicketVerdict.Ok)
        {
            rulesChanged();
            var ticket = store.FindTicket(hash)!;
            if (ticket.Files is null) log.InvitationTaken(ticket.Number, store.FindContact(key)?.Petname ?? "somebody");
            else log.FileLinkTaken();
            Changed?.Invoke(ticket);
        }
        else
        {
            Note(verdict, hash);
        }

        return verdict;
    }

    /// <summary>Whether it would be let in: what is told to who asks where we are. Redeems nothing.</summary>
    public bool Admits(TicketShown shown, in DhPublicKey key)
    {
        if (store.FindContact(key) is { Blocked: true }) return false;
        var hash = Ticket.Hash(shown.Token);
        var verdict = TicketDesk.Judge(clock.GetMoment(), new Book(store, shown, null).Find(hash), store.TicketGeneration, key, shown.Purpose);
        Note(verdict, hash);
        return verdict is TicketVerdict.Ok or TicketVerdict.AlreadyYours;
    }

    /// <summary>What a ticket for files gives.</summary>
    public FilesPromised FilesOf(in Bytes32 tokenHash)
    {
        var files = store.FindTicket(tokenHash)?.Files ?? [];
        return new(files.Count, files.Sum(path => new FileInfo(path) is { Exists: true } file ? file.Length : 0));
    }

    /// <summary>The connection stands: keeps the words that its other end shows too.</summary>
    public void Met(in Bytes32 tokenHash, in Bytes32 exporter)
    {
        store.SetTicketWords(tokenHash, FourWords.Of(exporter));
        if (store.FindTicket(tokenHash) is { } ticket) Changed?.Invoke(ticket);
    }

    /// <summary>The name, or the first like it that no contact has.</summary>
    public static string FreeName(NodeStore store, string name)
    {
        for (var (number, free) = (2, name); ; free = $"{name[..Math.Min(name.Length, MaxStem)]}-{number++}")
            if (store.FindContact(free) is null) return free;
    }

    private void Note(TicketVerdict verdict, in Bytes32 hash)
    {
        if (verdict is TicketVerdict.AlreadyYours) return;
        if (verdict is TicketVerdict.Used && store.AlarmTicket(hash, clock.GetUtcNow()) && store.FindTicket(hash) is { } ticket)
        {
            if (ticket.Files is null) log.InvitationShownTwice(ticket.Number);
            else log.FileLinkShownTwice();
            Changed?.Invoke(ticket);
        }
        else if (verdict is not TicketVerdict.Ok)
        {
            log.InvitationNotTaken(verdict);
        }
    }

    // The store as one joiner's redemption sees it.
    private sealed class Book(NodeStore store, TicketShown shown, HostPort? from) : ITicketStore
    {
        public uint Generation => store.TicketGeneration;

        public TicketRow? Find(in Bytes32 tokenHash) => store.FindTicket(tokenHash) is { } ticket
            ? new(ticket.TokenHash, ticket.Expires, ticket.Generation, ticket.Redeemer, ticket.Revoked) { Purpose = ticket.Purpose, Only = ticket.Only }
            : null;

        public bool TryBind(in Bytes32 tokenHash, in DhPublicKey key, DateTimeOffset at)
        {
            var (hash, redeemer, bound) = (tokenHash, key, false);
            store.Atomically(() =>
            {
                bound = store.RedeemTicket(hash, redeemer, at);
                if (bound && store.FindTicket(hash) is { Files: null }) Admit(store.FindTicket(hash)!, redeemer, at);
            });
            return bound;
        }

        private void Admit(StoredTicket ticket, in DhPublicKey key, DateTimeOffset at)
        {
            var contact = store.FindContact(key);
            if (contact is null)
            {
                var hubs = shown is { Hub: { } hub, HubAddresses: [var first, ..] } ? new[] { $"{first}#{hub}" } : [];
                contact = new(FreeName(store, ticket.Petname ?? (Petname.Suits(shown.Name) ? shown.Name : "guest")), key, null,
                    hubs.Length == 0 && from is { } address ? [address.ToString()] : [], hubs, Blocked: false, at);
                store.SaveContact(contact);
            }

            if (ticket.Service.Length > 0 && store.FindExposure(ticket.Service) is { } exposure && !exposure.For.Contains(contact.Petname))
                store.SaveExposure(exposure with { For = [.. exposure.For, contact.Petname] });
        }
    }
}
