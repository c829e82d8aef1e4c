using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Proof;

namespace Hawser.Net.Hosting;

/// <summary><c>chain</c>, and <c>dial --via chain</c>: meeting by two transactions.</summary>
internal sealed partial class ChainVerbs(NodeHost host)
{
    public static void Register(NodeHost host)
    {
        var verbs = new ChainVerbs(host);
        var control = host.Control;
        control.Handle("chain status", verbs.StatusAsync);
        control.Handle("chain quote", verbs.QuoteAsync);
        control.Handle("chain invite", verbs.InviteAsync);
        control.Handle("chain accept", verbs.AcceptAsync);
        control.Handle("chain accept quote", verbs.QuoteAnswerAsync);
        control.Handle("chain cancel", verbs.CancelAsync);
        control.Handle("chain cancel quote", verbs.QuoteCancelAsync);
        control.Handle("chain scan", verbs.ScanAsync);
    }

    /// <summary>A connection with a contact: the one that stands, else by an invitation on the ledger.</summary>
    public async Task<Peer> MeetAsync(PeerFinder finder, PeerReference reference, ulong? maxFee, IProgress<DialReport>? progress, CancellationToken cancel)
    {
        var target = await finder.FindAsync(reference, Node.DialVia.Any, cancel);
        if (host.Online.Peers.All.FirstOrDefault(peer => peer.ChannelKey == target.Key && !peer.Closed.IsCompleted) is { } standing) return standing;
        var (stage, since) = ("drafted", TimeProvider.System.GetTimestamp());
        var profile = host.OnLedger.Options.RequiresProof ? MessageProfile.Full : MessageProfile.Compact;
        var last = await FollowAsync(Invite(target.Key, profile, introduce: false, OwnAddress(null), maxFee, null), meeting =>
        {
            var state = Word(meeting.State);
            if (state == stage) return Task.CompletedTask;
            progress?.Report(new(stage, TimeProvider.System.GetElapsedTime(since).TotalMilliseconds, DetailOf(meeting)));
            (stage, since) = (state, TimeProvider.System.GetTimestamp());
            return Task.CompletedTask;
        }, cancel);
        return last.State is MeetingState.Connected && host.OnLedger.MetBy(last.Number) is { } peer
            ? peer
            : throw new HawserException(Reason.Unreachable, $"the meeting came to nothing: {last.Trouble ?? "the connection has ended again"}", "hawser chain status shows how far it was");
    }

    private async Task StatusAsync(ControlCall call, CancellationToken cancel)
    {
        var watch = call.Args<WatchArgs>().Watch;
        using var changed = new SemaphoreSlim(0);
        void Wake(Meeting _) => changed.Release();
        host.OnLedger.Changed += Wake;
        try
        {
            do
            {
                while (changed.Wait(0, cancel)) { }
                await call.WriteAsync(Status(), cancel);
                if (watch) await changed.WaitAsync(TimeSpan.FromSeconds(5), cancel);
            }
            while (watch);
        }
        finally
        {
            host.OnLedger.Changed -= Wake;
        }
    }

    private ChainReport Status()
    {
        var ledger = host.OnLedger;
        var isKnown = ledger.Network is not null;
        var meetings = isKnown ? ledger.Ask((client, _) => client.Meetings.Reverse().Take(50).ToArray()) : [];
        var since = DateTimeOffset.UtcNow.AddDays(-1);
        return new(ledger.NodeName, ledger.Network?.Name, ledger.Height, ledger.Best, ledger.Trouble, ledger.Key.ToString(), ledger.OwnAddress()?.ToString(),
            ledger.AddressToPay(), ledger.ScriptToPay() is { } script ? Convert.ToHexStringLower(script) : null, ledger.Balance(), meetings.Where(m => m.IsAutomatic && m.Begun > since).Aggregate(0ul, (sum, m) => sum + m.Fee), ledger.Options.DailyFee,
            ledger.Options.AcceptsContacts, isKnown ? ledger.Ask((client, _) => client.Scanned) : 0,
            isKnown ? ledger.Ask((client, _) => Enum.GetValues<LedgerDrop>().Select(d => new NamedCount(Word(d), client.DropsOf(d))).Where(c => c.Count > 0).ToArray()) : [],
            [.. meetings.Select(Report)], ledger.Options.HearsStrangers, ledger.Options.RequiresProof);
    }

    private async Task QuoteAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ChainInviteArgs>();
        await ReadyAsync(cancel);
        var contact = ContactOf(args.Peer);
        if (args.Dial && host.Online.Peers.All.Any(peer => peer.ChannelKey == contact && !peer.Closed.IsCompleted))
        {
            await WriteAsync(call, Nothing, args.MaxFee, cancel);
            return;
        }

        var (profile, own) = (ProfileOf(args), OwnAddress(args.At));
        var certificate = await ProofOfAsync(args.Proof, profile, own, contact, cancel);
        var quote = await host.OnLedger.QuoteAsync(client => client.SizeOfInvitation(contact, profile, own, certificate is not null), args.Introduce, cancel);
        await WriteAsync(call, quote, args.MaxFee, cancel);
    }

    private async Task QuoteAnswerAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ChainNumberArgs>();
        await ReadyAsync(cancel);
        var meeting = Waiting(args.Number!.Value);
        if (meeting.Stranger is not null) RequireName(meeting, args.Petname);
        var own = OwnAddress(args.At);
        var certificate = await ProofOfAsync(ProofFor(meeting, args.Proof), meeting.Profile, own, meeting.Contact, cancel);
        await WriteAsync(call, await host.OnLedger.QuoteAsync(client => client.SizeOfAnswer(meeting.Profile, own, certificate is not null), introduce: false, cancel), args.MaxFee, cancel);
    }

    private async Task QuoteCancelAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ChainNumberArgs>();
        await ReadyAsync(cancel);
        var meeting = LiveOne(args.Number!.Value);
        var quote = IsKnownToPeer(meeting)
            ? await host.OnLedger.QuoteAsync(client => client.SizeOfCancel(meeting.Profile), introduce: false, cancel)
            : Nothing;
        await WriteAsync(call, quote, args.MaxFee, cancel);
    }

    private Quote Nothing => new(0, 0, 0, host.OnLedger.Balance());

    private Task WriteAsync(ControlCall call, Quote quote, ulong? maxFee, CancellationToken cancel) => call.WriteAsync(new ChainQuoteReport(quote.Cost, quote.Size, quote.Rate, quote.Balance,
        maxFee ?? host.OnLedger.Options.MaxFee, host.OnLedger.Network!.Name), cancel);

    private async Task InviteAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ChainInviteArgs>();
        await ReadyAsync(cancel);
        var (contact, own) = (ContactOf(args.Peer), OwnAddress(args.At));
        var profile = ProfileOf(args);
        var number = Invite(contact, profile, args.Introduce, own, args.MaxFee, await ProofOfAsync(args.Proof, profile, own, contact, cancel));
        await ReportAsync(call, number, args.Wait ? static m => m.IsOver : static m => m.State is not MeetingState.Drafted, cancel);
    }

    private async Task AcceptAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ChainNumberArgs>();
        await ReadyAsync(cancel);
        if (args.Number is not { } number)
        {
            foreach (var waiting in host.OnLedger.Ask((client, _) => client.Meetings.Where(m => m.State is MeetingState.Decrypted).ToArray()))
                await call.WriteAsync(Report(waiting), cancel);
            return;
        }

        var meeting = Waiting(number);
        if (meeting.Stranger is { } stranger) Befriend(meeting, stranger, args.Petname);
        var own = OwnAddress(args.At);
        var certificate = await ProofOfAsync(ProofFor(meeting, args.Proof), meeting.Profile, own, meeting.Contact, cancel);
        if (!host.OnLedger.Ask((client, now) => client.Accept(now, number, own, args.MaxFee ?? host.OnLedger.Options.MaxFee, certificate: certificate)))
            throw new HawserException(Reason.Failed, $"meeting {number} cannot be accepted any more", "see: hawser chain status");
        await ReportAsync(call, number, static m => m.IsOver || m.State is MeetingState.Decrypted, cancel);
    }

    private async Task CancelAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ChainNumberArgs>();
        await ReadyAsync(cancel);
        var meeting = LiveOne(args.Number ?? throw new HawserException(Reason.Usage, "which one is to be taken back?", "hawser chain status shows their numbers"));
        var number = meeting.Number;
        var isDone = IsKnownToPeer(meeting)
            ? host.OnLedger.Ask((client, _) => client.Cancel(number, args.MaxFee ?? host.OnLedger.Options.MaxFee))
            : host.OnLedger.Ask((client, now) => client.Forget(now, number));
        if (!isDone) throw Over(number);
        await ReportAsync(call, number, static m => m.IsOver || m.Trouble is not null, cancel);
    }

    private async Task ScanAsync(ControlCall call, CancellationToken cancel)
    {
        await ReadyAsync(cancel);
        var ledger = host.OnLedger;
        var from = call.Args<ChainScanArgs>().From ?? ledger.Best - LedgerClient.Life;
        if (from > ledger.Best) throw new HawserException(Reason.Usage, $"block {from} is not there yet: the newest is {ledger.Best}");
        var began = Status().Scanned;
        var reading = ledger.RescanAsync(from);
        while (await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(1), cancel)) != reading)
        {
            cancel.ThrowIfCancellationRequested();
            await WriteAsync();
        }

        await reading;
        await WriteAsync();

        Task WriteAsync()
        {
            var now = Status();
            return call.WriteAsync(now with { Scanned = now.Scanned - began }, cancel);
        }
    }

    // Nobody knows of a draft, and an invitation that was never answered needs no word: all else is told by a transaction.
    private static bool IsKnownToPeer(Meeting meeting) => meeting.State is not (MeetingState.Decrypted or MeetingState.Drafted);

    private Meeting LiveOne(long number)
    {
        var meeting = host.OnLedger.Ask((client, _) => client.Find(number)) ?? throw new HawserException(Reason.NoSuchPeer, $"there is no meeting {number}", "hawser chain status shows their numbers");
        return meeting.IsOver ? throw Over(number) : meeting;
    }

    private static HawserException Over(long number) => new(Reason.Failed, $"meeting {number} is over", "those that are not: hawser chain status");

    private static string? ProofFor(Meeting meeting, string? proof) => proof is null || meeting.Profile is MessageProfile.Full
        ? proof
        : throw new HawserException(Reason.Usage, "this invitation is in the compact profile, whose answer has no room for a proof", "answer without --proof, or invite them with --profile full");

    // What was handed in; else, where there is room for one, this node has its hub prove the address for that very reader.
    private async Task<AddressCertificate?> ProofOfAsync(string? proof, MessageProfile profile, HostPort own, DhPublicKey? contact, CancellationToken cancel)
    {
        if (proof is not null || profile is not MessageProfile.Full) return ChainCertificates.Read(host, proof, own, contact);
        if (contact is not { } key || host.Store.FindContact(key)?.RoutingId is not { } id || !Naming.RoutingId.TryParse(id, out var reader)) return null;
        return await Proving.OwnAddress.ProveAsync(host, own, AddressCertificate.AudienceOf(reader), cancel) is { } certificate
            ? ChainCertificates.Read(host, System.Buffers.Text.Base64Url.EncodeToString(certificate.ToArray()), own, contact) : null;
    }

    private long Invite(DhPublicKey contact, MessageProfile profile, bool introduce, HostPort own, ulong? maxFee, AddressCertificate? certificate) =>
        host.OnLedger.Ask((client, now) => client.Invite(now, contact, own, profile, introduce, maxFee ?? host.OnLedger.Options.MaxFee, certificate))?.Number
        ?? throw LedgerHost.NoChainKey();

    // A stranger who signed its invitation becomes a contact, with the keys in it.
    private void Befriend(Meeting meeting, LedgerPublicKey stranger, string? petname)
    {
        if (meeting.Contact is not { } channel) throw new HawserException(Reason.Refused, "this stranger has not said which channel key will call", null);
        RequireName(meeting, petname);
        var own = host.Store.LedgerKey(SystemEntropy.Shared);
        host.Store.Atomically(() =>
        {
            if (host.Store.FindContact(petname) is not null) throw new HawserException(Reason.Failed, $"there is a contact called {petname}", "give another name with --as");
            host.Store.SaveContact(new(petname, channel, null, [], [], Blocked: false, DateTimeOffset.UtcNow));
            host.Store.SaveLedgerKeys(channel, [new(0, own, stranger, default, IsConfirmed: true)], own);
        });
        host.NotifyRulesChanged();
        if (!host.OnLedger.Ask((client, now) => client.Adopt(now, meeting.Number))) throw NoSuch(meeting.Number);
    }

    private static void RequireName(Meeting meeting, [System.Diagnostics.CodeAnalysis.NotNull] string? petname)
    {
        if (petname is null) throw new HawserException(Reason.Usage, "this is nobody you know", $"name them: hawser chain accept {meeting.Number} --as NAME");
        Petname.Require(petname);
    }

    private Meeting Waiting(long number) => host.OnLedger.Ask((client, _) => client.Find(number)) is { State: MeetingState.Decrypted } meeting ? meeting : throw NoSuch(number);

    private static HawserException NoSuch(long number) => new(Reason.NoSuchPeer, $"no invitation of number {number} waits here", "those that do: hawser chain accept");

    private async Task ReadyAsync(CancellationToken cancel)
    {
        var ledger = host.OnLedger;
        for (var wait = 0; wait < 50 && (ledger.Network is null || ledger.Height < ledger.Best); wait++) await Task.Delay(100, cancel);
        if (ledger.Network is null) throw new HawserException(Reason.Unreachable, ledger.Trouble ?? $"the node at {ledger.NodeName} does not answer", "is it running?");
    }

    private HostPort OwnAddress(string? at)
    {
        if (at is not null)
            return HostPort.TryParse(at, out var named) && named.Port != 0 ? named : throw new HawserException(Reason.Usage, $"{at} is no address", "write it as 192.0.2.1:65430");
        return host.OnLedger.OwnAddress() ?? throw new HawserException(Reason.LocalTrouble, "it is not known where this node can be reached", "say where with --at HOST:PORT");
    }

    private DhPublicKey ContactOf(string peer) => PeerVerbs.Find(host.Store, peer).ChannelKey
        ?? throw new HawserException(Reason.NoSuchPeer, $"no key of {peer} is known", "add its card: hawser peer add CARD");

    // The one that was named, else the short one, unless what is wanted takes the other.
    private MessageProfile ProfileOf(ChainInviteArgs args) => args.Profile switch
    {
        null => args.Introduce || args.Proof is not null || host.OnLedger.Options.RequiresProof ? MessageProfile.Full : MessageProfile.Compact,
        "full" => MessageProfile.Full,
        "compact" when args.Introduce => throw new HawserException(Reason.Usage, "an introduction is in the full profile", "leave --profile out"),
        "compact" when args.Proof is not null => throw new HawserException(Reason.Usage, "the compact profile has no room for a proof", "leave --profile out"),
        "compact" when host.OnLedger.Options.RequiresProof => throw new HawserException(Reason.Usage, "this node dials proven addresses only, and a compact invitation is answered without a proof", "leave --profile out"),
        "compact" => MessageProfile.Compact,
        _ => throw new HawserException(Reason.Usage, $"there is no profile {args.Profile}", "name compact or full"),
    };
}
