using System.Security.Cryptography;
using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Net.Control;
using Hawser.Net.Store;
using Hawser.Session;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

/// <summary>
/// Files by a link that works once: <c>send</c> without a peer, and <c>receive LINK</c>. The link is a ticket that opens
/// nothing but this; who shows it is sent the files by the file service, digest and all. Spec: tickets.md §5.4.
/// </summary>
internal sealed class FileLinkVerbs(NodeHost host)
{
    /// <summary>In place of <see cref="TicketLink.Prefix"/>: so that nobody takes one for the other.</summary>
    public const string Prefix = "hawser:receive/";

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    public static string LinkOf(Ticket ticket, SigningKey user) => Prefix + TicketLink.Write(ticket, user)[TicketLink.Prefix.Length..];

    /// <summary>Gives the link, then waits for the one who takes it, until all files are there.</summary>
    public async Task GiveAsync(ControlCall call, SendArgs args, Func<string, FileProgress, TransferReport> show, Func<string, FileResult, TransferReport> end, CancellationToken cancel)
    {
        var token = default(Token16);
        RandomNumberGenerator.Fill(token);
        var ticket = new InviteVerbs(host).Make(new(null, null, args.Seconds, true), token) with { Service = "file", Purpose = TicketPurpose.Receive };
        var takers = Channel.CreateUnbounded<Peer>();
        void See(Bytes32 hash, Peer peer)
        {
            if (hash == ticket.TokenHash) takers.Writer.TryWrite(peer);
        }

        var stored = host.Store.AddTicket(ticket.TokenHash, ticket.Service, null, ticket.Expires, files: args.Paths);
        var alarms = Channel.CreateUnbounded<bool>();
        void Hear(StoredTicket changed)
        {
            if (changed.Number == stored.Number && changed.Alarmed is not null) alarms.Writer.TryWrite(true);
        }

        host.Online.TicketPeerCame += See;
        host.Online.Invitations!.Changed += Hear;
        try
        {
            await call.WriteAsync(new TransferReport("", false, null, "", null, 0, 0, "link", null)
            {
                Link = LinkOf(ticket, host.Store.UserKey("", SystemEntropy.Shared)), Code = TicketCode.TryWrite(ticket), Expires = ticket.Expires,
            }, cancel);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(ticket.Expires - DateTimeOffset.UtcNow);
            while (true)
            {
                var peer = await NextAsync(takers, stored, patience.Token, cancel);
                await TellAsync(call, alarms, cancel);
                await using var lines = new LineProgress<TransferReport>(call, cancel);
                try
                {
                    var results = await peer.SendFilesAsync(args.Paths, new FileVerbs.Throttle(progress => lines.Report(show("who has the link", progress))), cancel);
                    foreach (var result in results) lines.Report(end("who has the link", result));
                    if (results.All(result => result.Outcome is FileOutcome.Stored)) peer.HangUp(); // all is there: the other side need not wait
                    if (alarms.Reader.TryRead(out _)) lines.Report(Alarm);
                    return;
                }
                catch (Exception e) when (e is IOException || e is HawserException { Reason: not Reason.FileTrouble })
                {
                    // It went away: the same key may show the link again, and goes on where it stopped.
                }
            }
        }
        finally
        {
            if (host.Runtime is { } runtime)
            {
                runtime.TicketPeerCame -= See;
                runtime.Invitations!.Changed -= Hear;
            }

            host.Store.EndTicket(stored.Number);
        }
    }

    /// <summary>Shows the ticket of a link, and takes what comes for it.</summary>
    public async Task TakeAsync(ControlCall call, string text, Func<StoredTransfer, TransferReport> take, CancellationToken cancel)
    {
        var joining = new JoinVerbs(host);
        var ticket = joining.Read(text.StartsWith(Prefix, StringComparison.Ordinal) ? string.Concat(TicketLink.Prefix, text.AsSpan(Prefix.Length)) : text);
        if (text.StartsWith(TicketLink.Prefix, StringComparison.Ordinal) || ticket.Purpose is not TicketPurpose.Receive)
            throw new HawserException(Reason.Usage, "this link makes a contact; it gives no files", "accept it with: hawser join -");
        if (host.Store.Genesis.IsZero && !ticket.Genesis.IsZero)
        {
            host.Store.AdoptGenesis(ticket.Genesis);
            await host.RestartAsync(cancel);
        }

        host.AwaitedSenders[ticket.Host] = 0;
        host.NotifyRulesChanged();
        var came = Channel.CreateUnbounded<bool>();
        void Wake(ReceivedFile file) => came.Writer.TryWrite(true);
        host.FileReceived += Wake;
        try
        {
            var peer = await joining.ConnectAsync(ticket, ticket.HostName.Length > 0 ? ticket.HostName : "who sends", cancel);
            var (files, held) = (0, 0L);
            var promised = FilesPromised.TryRead(peer.AcceptData, out var all) ? all : default;
            while (true)
            {
                var over = peer.Closed.IsCompleted;
                foreach (var transfer in host.Store.Transfers().Where(t => t is { Incoming: true, State: FileVerbs.Waiting } && t.Peer == ticket.Host.ToString()).ToArray())
                {
                    (files, held) = (files + 1, held + transfer.Size);
                    await call.WriteAsync(take(transfer), cancel);
                }

                if (over) break;
                await Task.WhenAny(came.Reader.WaitToReadAsync(cancel).AsTask(), peer.Closed, Task.Delay(BetweenLooks, cancel));
                cancel.ThrowIfCancellationRequested();
                while (came.Reader.TryRead(out _)) { }
                var moved = held + host.Arriving.Where(a => a.Key.From == ticket.Host).Sum(a => a.Value);
                await call.WriteAsync(new TransferReport("link", true, ticket.HostName, "receiving", null, promised.Bytes, Math.Min(moved, promised.Bytes), "receiving", null)
                {
                    Files = promised.Count, FilesDone = files,
                }, cancel);
            }

            if (files == 0 || !peer.WasDismissed)
                throw new HawserException(Reason.Failed, files == 0 ? "whoever sends went away before a file was here" : "whoever sends went away before all was said to be here",
                    "run it again: it goes on where it stopped");
        }
        finally
        {
            host.FileReceived -= Wake;
            host.AwaitedSenders.TryRemove(ticket.Host, out _);
            host.NotifyRulesChanged();
        }
    }

    private static readonly TransferReport Alarm = new("alarm", false, null, "", null, 0, 0, "alarm", null,
        "a second machine showed this link, and got nothing: whoever you gave it to may have passed it on, or somebody saw it");

    private static async Task TellAsync(ControlCall call, Channel<bool> alarms, CancellationToken cancel)
    {
        if (alarms.Reader.TryRead(out _)) await call.WriteAsync(Alarm, cancel);
    }

    private static async Task<Peer> NextAsync(Channel<Peer> takers, StoredTicket stored, CancellationToken patience, CancellationToken cancel)
    {
        try
        {
            return await takers.Reader.ReadAsync(patience);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new HawserException(Reason.TimedOut, $"nobody took it until {stored.Expires:u}, and the link is void now", "give a new one: hawser send PATH");
        }
    }
}
