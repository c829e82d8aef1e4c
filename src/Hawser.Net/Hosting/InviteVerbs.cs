using System.Security.Cryptography;
using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Net.Store;
using Hawser.Session;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

/// <summary><c>invite</c>: tickets that this node gives out.</summary>
internal sealed class InviteVerbs(NodeHost host)
{
    private const int AddressesBesideHub = 2; // the link is read by people's programs; the hub knows better ones

    public static void Register(NodeHost host)
    {
        var verbs = new InviteVerbs(host);
        host.Control.Handle("invite", verbs.InviteAsync);
        host.Control.Handle("invite list", verbs.ListAsync);
        host.Control.Handle("invite revoke", verbs.RevokeAsync);
    }

    /// <summary>Those that somebody should know of: open ones, and those that a second key has shown.</summary>
    public static IEnumerable<InviteReport> Notable(NodeStore store) =>
        store.Tickets().Where(ticket => ticket.Files is null).Select(ticket => Report(store, ticket)).Where(report => report.State == "open" || report.Alarm is not null);

    /// <summary>What this machine calls itself toward who does not know it.</summary>
    public static string OwnName
    {
        get
        {
            var name = Environment.MachineName.Split('.')[0];
            return name.Length <= Ticket.MaxName && name.All(char.IsAscii) && Petname.Suits(name) ? name : "";
        }
    }

    private static InviteReport Report(NodeStore store, StoredTicket ticket)
    {
        var state = ticket.Redeemer is not null ? "joined"
            : ticket.Revoked || ticket.Generation != store.TicketGeneration ? "revoked"
            : ticket.Expires <= DateTimeOffset.UtcNow ? "expired" : "open";
        var peer = ticket.Redeemer is { } key ? store.FindContact(key)?.Petname ?? key.ToString() : ticket.Petname;
        return new(ticket.Number, state, ticket.Service.Length == 0 ? null : ticket.Service, peer, ticket.Expires, ticket.Words, ticket.Alarmed);
    }

    private async Task InviteAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<InviteArgs>();
        Check(args);
        host.Relations.UserOf(args.User);
        var token = default(Token16);
        RandomNumberGenerator.Fill(token);
        var ticket = Make(args, token);
        var link = TicketLink.Write(ticket, host.Store.UserKey(args.User, SystemEntropy.Shared));
        var changes = Channel.CreateUnbounded<StoredTicket>();
        void Tell(StoredTicket changed) => changes.Writer.TryWrite(changed);
        host.Invitations.Changed += Tell;
        try
        {
            var stored = host.Store.AddTicket(ticket.TokenHash, ticket.Service, args.For, ticket.Expires, args.User, only: ticket.Only);
            await call.WriteAsync(Report(host.Store, stored) with
            {
                Link = link, Code = TicketCode.TryWrite(ticket),
            }, cancel);
            while (args.Wait)
            {
                var changed = await changes.Reader.ReadAsync(cancel);
                if (changed.Number != stored.Number || changed.Words is null) continue;
                await call.WriteAsync(Report(host.Store, changed), cancel);
                return;
            }
        }
        finally
        {
            host.Invitations.Changed -= Tell;
        }
    }

    private void Check(InviteArgs args)
    {
        if (args.Service is { } service && host.Store.FindExposure(service) is null)
            throw new HawserException(Reason.NoSuchService, $"nothing is exposed as {service}", $"expose it: hawser expose {service}=tcp:127.0.0.1:PORT");
        if (args.Service is { Length: > Ticket.MaxService })
            throw new HawserException(Reason.Usage, "the service's name is too long for an invitation", "expose it by a shorter one");
        if (args.For is not { } name) return;
        Petname.Require(name);
        if (host.Store.FindContact(name) is { } contact)
            throw new HawserException(Reason.Failed, $"{contact.Petname} is a contact already, and needs no invitation",
                $"let them in: hawser expose {args.Service ?? "NAME"} --for {contact.Petname}");
    }

    public Ticket Make(InviteArgs args, in Token16 token)
    {
        var runtime = host.Online;
        var hubs = host.Store.Hubs();
        var hub = hubs.FirstOrDefault(h => runtime.HubOf(h.ChannelKey)?.Line == "up") ?? (hubs is [var first, ..] ? first : null);
        var own = runtime.LocalAddresses.Where(a => !IsLoopback(a)).Take(hub is null ? Ticket.MaxAddresses : AddressesBesideHub).ToArray();
        if (own.Length == 0) own = [.. runtime.LocalAddresses.Take(1)];
        return new()
        {
            Host = host.Store.ChannelKey(SystemEntropy.Shared).Public,
            Token = token,
            Expires = DateTimeOffset.FromUnixTimeSeconds((DateTimeOffset.UtcNow + TimeSpan.FromSeconds(args.Seconds)).ToUnixTimeSeconds()),
            Hub = hub?.ChannelKey,
            Genesis = hub?.Genesis ?? default,
            HubAddresses = hub is null ? [] : [.. AddressesOf(hub).Take(Ticket.MaxAddresses)],
            HostAddresses = own,
            HostName = OwnName,
            Service = args.Service ?? "",
            Id = runtime.Ask(static (machine, _) => machine.Id),
            Only = OnlyOf(args),
        };
    }

    private static DhPublicKey? OnlyOf(InviteArgs args) => args.Only is not { } text ? null : DhPublicKey.TryParse(text, out var key) ? key
        : throw new HawserException(Reason.Usage, $"{text} is no channel key", "they see theirs with: hawser status");

    /// <summary>Those of a hub that can be written into a link.</summary>
    public static IEnumerable<HostPort> AddressesOf(SignedOnHub hub) =>
        hub.Addresses.Select(text => HostPort.TryParse(text, out var at) ? at : default).Where(at => at.Port != 0).Distinct();

    private static bool IsLoopback(HostPort address) => System.Net.IPAddress.IsLoopback(address.ToEndPoint().Address);

    private async Task ListAsync(ControlCall call, CancellationToken cancel)
    {
        foreach (var ticket in host.Store.Tickets().Where(ticket => ticket.Files is null)) await call.WriteAsync(Report(host.Store, ticket), cancel);
    }

    private Task RevokeAsync(ControlCall call, CancellationToken cancel)
    {
        var number = call.Args<InviteNumberArgs>().Number;
        if (host.Store.FindTicket(number) is not { } ticket)
            throw new HawserException(Reason.Usage, $"there is no invitation {number}", "see the numbers with: hawser invite list");
        if (!host.Store.RevokeTicket(number) && Report(host.Store, ticket) is { Peer: { } peer })
            throw new HawserException(Reason.Failed, $"invitation {number} was taken by {peer}, who is a contact now",
                $"have them out: hawser peer block {peer}");
        return call.WriteAsync(Report(host.Store, host.Store.FindTicket(number)!), cancel);
    }
}
