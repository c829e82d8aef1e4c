using Hawser.Crypto;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Net.Store;
using Hawser.Node;
using Hawser.Session;

namespace Hawser.Net.Hosting;

/// <summary><c>join</c>: accept an invitation.</summary>
internal sealed class JoinVerbs(NodeHost host)
{
    private static readonly TimeSpan TallyPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KnownPatience = TimeSpan.FromMilliseconds(500); // another user of that site may have invited
    private static readonly TimeSpan PingPatience = TimeSpan.FromSeconds(5);

    private NodeStore Store => host.Store;

    public static void Register(NodeHost host) => host.Control.Handle("join", new JoinVerbs(host).JoinAsync);

    private async Task JoinAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<JoinArgs>();
        var text = args.Invitation ?? (Store.Joinings() is [var last, ..] ? last : null)
            ?? throw new HawserException(Reason.Usage, "no invitation has been begun", "give the link: hawser join LINK, or hawser join - to paste it");
        if (text.StartsWith(FileLinkVerbs.Prefix, StringComparison.Ordinal))
            throw new HawserException(Reason.Usage, "this link gives files; it makes no contact", "take them with: hawser receive -");
        var ticket = Read(text);
        if (ticket.Purpose is not TicketPurpose.Join)
            throw new HawserException(Reason.Usage, "this link gives files; it makes no contact", "take them with: hawser receive -");
        var contact = ContactFor(ticket, args.Petname);
        if (Hubs(ticket).Length == 0 && ticket.HostAddresses.Length == 0)
            throw new HawserException(Reason.Unreachable, $"{contact.Petname} can be reached through hubs of another federation only",
                "join from a home of its own: hawser --home DIR join LINK");
        var adopts = Store.Genesis.IsZero && !ticket.Genesis.IsZero;
        Store.Atomically(() =>
        {
            if (Store.FindContact(ticket.Host) is null) Store.SaveContact(contact);
            Store.SaveJoining(ticket.Host, text, DateTimeOffset.UtcNow, args.Petname, args.User);
            if (adopts) Store.AdoptGenesis(ticket.Genesis);
        });
        host.NotifyRulesChanged();
        if (adopts) await host.RestartAsync(cancel);

        var report = new JoinReport("joining", contact.Petname, ticket.Host.ToString(), ticket.Service.Length == 0 ? null : ticket.Service,
            ticket.Expires, null, null, null, null);
        await call.WriteAsync(report, cancel);
        var peer = await ConnectAsync(ticket, contact.Petname, cancel);
        var tally = await SignAsync(ticket.Host, Store.JoinerOf(ticket.Host) ?? args.User, cancel);
        Store.EndJoining(ticket.Host);
        if (tally is { Partner: { } signed } && ticket.User != default && signed != ticket.User) await RepudiateAsync(tally, contact.Petname);
        if (tally is not null) report = report with { Peer = host.Relations.PetnameOf(tally), Tally = tally.Id.ToString() };
        var rtt = await MeasureAsync(peer, cancel);
        var info = peer.Describe();
        await call.WriteAsync(report with
        {
            State = "connected",
            Path = info is null ? null : info.Kind is RouteKind.Relay ? "relay" : "direct",
            Address = info?.Remote.ToString(),
            RttMs = rtt?.TotalMilliseconds,
            Words = host.Online.ExporterOf(peer.Connection) is { } exporter ? FourWords.Of(exporter) : null,
            Carrier = info is null ? null : ReachVerbs.CarrierOf(info),
        }, cancel);
    }

    // The link says who made it: a tally that another user of that machine signed is not what was accepted.
    private async Task RepudiateAsync(TallyRecord tally, string name)
    {
        await host.Relations.Mail.TellAsync((desk, now) => desk.Close(now, tally.Id));
        throw new HawserException(Reason.VerificationFailed, "the machine is the right one, but not the user who made this invitation signed there",
            $"nothing was agreed; ask {name} on another way what happened");
    }

    // Both users sign: ours says who it is, the inviter's offers, ours accepts. Without an answer it goes on by itself.
    private async Task<TallyRecord?> SignAsync(DhPublicKey site, string userName, CancellationToken cancel)
    {
        var user = host.Relations.UserOf(userName);
        var opened = new TaskCompletionSource<TallyRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        void See(RelationNews news)
        {
            if (news.Record is { Now: TallyRecord.State.Open } record && record.PartnerSite == site && record.User == user) opened.TrySetResult(record);
        }

        host.Relations.News += See;
        try
        {
            var known = host.Relations.Mail.Tallies.Select(t => t.Record)
                .FirstOrDefault(r => r.Now is TallyRecord.State.Open && r.PartnerSite == site && r.User == user);
            host.Relations.Mail.Introduce(user, site);
            return await opened.Task.WaitAsync(known is null ? TallyPatience : KnownPatience, cancel);
        }
        catch (TimeoutException)
        {
            return host.Relations.Mail.Tallies.Select(t => t.Record)
                .LastOrDefault(r => r.Now is TallyRecord.State.Open && r.PartnerSite == site && r.User == user);
        }
        finally
        {
            host.Relations.News -= See;
        }
    }

    public Ticket Read(string text)
    {
        DhPublicKey[] known = [.. Store.Hubs().Select(hub => hub.ChannelKey)];
        if (!TicketLink.TryParse(text, out var ticket) && !TicketCode.TryParse(text, known, out ticket))
            throw TicketCode.HasLength(text) && !text.Contains(':')
                ? new HawserException(Reason.Usage, "this code is damaged, or names a hub that this node has not signed on to", "take the link instead, whole")
                : new HawserException(Reason.Usage, "this is no invitation", "copy the hawser:join/… link again, whole");
        if (ticket.Host == Store.ChannelKey(SystemEntropy.Shared).Public)
            throw new HawserException(Reason.Usage, "this is an invitation of your own", "give it to somebody else");
        if (ticket.Expires <= DateTimeOffset.UtcNow)
            throw new HawserException(Reason.Refused, $"the invitation expired at {ticket.Expires:u}", "ask for a new one; or set this machine's clock, if it is wrong");
        if (ticket.Only is { } only && only != Store.ChannelKey(SystemEntropy.Shared).Public)
            throw new HawserException(Reason.Refused, "this invitation is for somebody else's machine", "ask for one of your own, and give your key: hawser status");
        if (ticket.Hub is not { } key || Store.Hubs().FirstOrDefault(hub => hub.ChannelKey == key) is not { } own) return ticket;
        return ticket with { Genesis = own.Genesis, HubAddresses = [.. InviteVerbs.AddressesOf(own)] };
    }

    // The one that is there, else a new one.
    private Contact ContactFor(Ticket ticket, string? petname)
    {
        if (Store.FindContact(ticket.Host) is { } known)
            return known.Blocked
                ? throw new HawserException(Reason.Refused, $"you have blocked {known.Petname}, who invites you", $"hawser peer block {known.Petname} --off")
                : known;
        petname ??= Petname.Suits(ticket.HostName) ? ticket.HostName
            : throw new HawserException(Reason.Usage, "who invites you gives no name", "give one with --as NAME");
        Petname.Require(petname);
        if (Store.FindContact(petname) is { } other)
            throw new HawserException(Reason.Failed, $"there is a contact called {other.Petname}", "give another name with --as NAME");

        // With a hub, its introduction finds the addresses of the day; without one, these are all there is.
        string[] hubs = Hubs(ticket) is [var hub, ..] ? [$"{hub.Addresses[0]}#{hub.Key}"] : [];
        return new(petname, ticket.Host, null, hubs.Length > 0 ? [] : [.. ticket.HostAddresses.Select(at => at.ToString())], hubs,
            Blocked: false, DateTimeOffset.UtcNow);
    }

    public async Task<Peer> ConnectAsync(Ticket ticket, string name, CancellationToken cancel)
    {
        var (own, hubs) = (Store.Hubs() is [var first, ..] ? first : null, Hubs(ticket));
        var shown = new TicketShown
        {
            Purpose = ticket.Purpose, Token = ticket.Token, Name = InviteVerbs.OwnName, Hub = own?.ChannelKey,
            HubAddresses = own is null ? [] : [.. InviteVerbs.AddressesOf(own).Take(Ticket.MaxAddresses)],
        };
        var target = new DialTarget { Key = ticket.Host, Ticket = shown.Write() };
        try
        {
            if (hubs.Length > 0)
            {
                try
                {
                    return await host.Online.ConnectAsync(target with { Hubs = hubs }, null, cancel);
                }
                catch (HawserException e) when (e.Reason is Reason.Unreachable && ticket.HostAddresses.Length > 0)
                {
                    // The hub may be away, and its address in the same room.
                }
            }

            return await host.Online.ConnectAsync(target with { Addresses = ticket.HostAddresses }, null, cancel);
        }
        catch (HawserException e) when (e.Reason is Reason.Unreachable)
        {
            // A void ticket meets silence, as an absent host does: more cannot be known here.
            throw ticket.Purpose is TicketPurpose.Receive
                ? new HawserException(e.Reason, "nobody let us in: somebody else has used this link, or it is void, or who sends has gone away",
                    $"it works once, for one machine: if that was not you, tell {name}, and ask for a new one", e)
                : new HawserException(e.Reason, "nobody let us in: the invitation is used up, revoked or expired, or its maker is away",
                    $"if {name} was away, go on later with: hawser join; otherwise ask for a new one", e);
        }
    }

    // The lesser of two: the first also takes what is done once.
    private static async Task<TimeSpan?> MeasureAsync(Peer peer, CancellationToken cancel)
    {
        try
        {
            var first = await peer.PingAsync(cancel).WaitAsync(PingPatience, cancel);
            var second = await peer.PingAsync(cancel).WaitAsync(PingPatience, cancel);
            return first < second ? first : second;
        }
        catch (Exception e) when (e is TimeoutException or IOException or HawserException)
        {
            return null; // connected it was
        }
    }

    // Introductions work within one federation.
    private HubTarget[] Hubs(Ticket ticket) =>
        ticket is { Hub: { } hub, HubAddresses.Length: > 0 } && (Store.Genesis == ticket.Genesis || Store.Genesis.IsZero)
            ? [new(hub, ticket.HubAddresses)]
            : [];
}
