using System.CommandLine;
using System.Globalization;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>chain</c>: meet a contact by two transactions on a ledger, without any hub.</summary>
internal static class ChainVerb
{
    private static readonly Argument<string> Peer = Verb.Required("PEER", "a contact whose card or deed has a chain key");
    private static readonly Argument<long?> Number = new("N") { Description = "a meeting's number, as chain status shows it", HelpName = "N", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<long> One = new("N") { Description = "a meeting's number, as chain status shows it", HelpName = "N" };
    private static readonly Option<string?> Profile = new Option<string?>("--profile") { HelpName = "NAME", Description = "compact (at most 79 bytes) or full (signed, some 300); otherwise compact wherever it does" };
    private static readonly Option<bool> Introduce = new("--introduce") { Description = "they may not have my card: sign it, and pay them 294 satoshi to look" };
    private static readonly Option<string?> At = new("--at") { HelpName = "HOST:PORT", Description = "where I am to be found; otherwise what hubs and interfaces say" };
    private static readonly Option<ulong?> MaxFee = new("--max-fee") { HelpName = "SATOSHI", Description = "what it may cost (5000)" };
    private static readonly Option<string?> Proof = new("--proof") { HelpName = "FILE", Description = "a hub's certificate of that address, which the full profile can carry" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "go on until we are connected" };
    private static readonly Option<string?> As = new("--as") { HelpName = "NAME", Description = "what to call somebody who is no contact yet" };
    private static readonly Option<int?> From = new("--from") { HelpName = "HEIGHT", Description = "the block to begin with; otherwise as far back as invitations live" };
    private static readonly Option<bool> Watch = new("--watch") { Description = "go on, and show every change" };

    public static Verb Create()
    {
        Profile.AcceptOnlyFromAmong("compact", "full");
        return new Verb("chain", "meet a contact by two transactions, without any hub; cost shown first",
            "hawser up --chain http://me:secret@127.0.0.1:8332   # follow a ledger", "hawser chain status", "hawser chain invite pi --wait", "hawser dial pi/ssh --via chain").With(
            new Verb("status", "the ledger, my coins, my meetings", "hawser chain status --watch").With(Watch).Does(StatusAsync),
            new Verb("invite", "say where I am, to one contact", "hawser chain invite pi --wait", "hawser chain invite pi --max-fee 500 --at 192.0.2.1:65430", "hawser chain invite pi --introduce         # they do not know me yet").With(Peer, Profile, Introduce, At, Proof, MaxFee, Wait).Does(InviteAsync),
            new Verb("accept", "answer an invitation; alone it lists those that wait", "hawser chain accept", "hawser chain accept 3", "hawser chain accept 4 --as lighthouse").With(Number, As, At, Proof, MaxFee).Does(AcceptAsync),
            new Verb("cancel", "take an invitation back, or put one aside", "hawser chain cancel 3").With(One, MaxFee).Does(CancelAsync),
            new Verb("scan", "read blocks again, as when a card came after an invitation", "hawser chain scan", "hawser chain scan --from 840000").With(From).Does(ScanAsync)).Does(StatusAsync);
    }

    /// <summary>Shows what it costs, and asks: before anything is spent.</summary>
    public static Task ConfirmDialAsync(VerbCall call, string peer, ulong? maxFee) =>
        ConfirmAsync(call, "chain quote", new ChainInviteArgs(peer, null, false, null, maxFee, false), $"{peer} is called by a transaction");

    private static async Task ConfirmAsync<TArgs>(VerbCall call, string verb, TArgs args, string what)
        where TArgs : class
    {
        ChainQuoteReport? quote = null;
        await foreach (var report in call.Items<TArgs, ChainQuoteReport>(verb, Needs.Running, args)) quote = report;
        Confirm(call, quote!, what);
    }

    private static void Confirm(VerbCall call, ChainQuoteReport quote, string what)
    {
        if (quote.Satoshi == 0) return; // nobody has to be told
        if (quote.Satoshi > quote.MaxFee)
            throw new HawserException(Reason.Refused, Text($"it would cost {quote.Satoshi} satoshi, and {quote.MaxFee} are allowed"), "allow more with --max-fee, or wait until fees fall");
        var cost = Text($"{what} on {quote.Ledger}: {quote.Satoshi} satoshi{(quote.Balance is { } balance ? Text($" of {balance}") : "")}, at {quote.Rate / 1000.0:0.#} a virtual byte");
        call.Screen.Say(cost);
        call.Confirm(cost, "yes");
    }

    private static async Task InviteAsync(VerbCall call)
    {
        var peer = call.Required(Peer);
        var args = new ChainInviteArgs(peer, call.Get(Profile), call.Get(Introduce), call.Get(At), call.Get(MaxFee), call.Get(Wait), await ProofAsync(call));
        await ConfirmAsync(call, "chain quote", args, $"the {(args.Introduce ? "introduction" : "invitation")} to {peer} is a transaction");
        await call.Report<ChainInviteArgs, MeetingReport>("chain invite", Needs.Running, args, meeting => Tell(call, meeting));
    }

    private static async Task AcceptAsync(VerbCall call)
    {
        var args = new ChainNumberArgs(call.Get(Number), call.Get(As), call.Get(At), call.Get(MaxFee), await ProofAsync(call));
        if (args.Number is null)
        {
            await call.Table<ChainNumberArgs, MeetingReport>("chain accept", Needs.Running, args, "no invitation waits for a yes", Columns, Row);
            return;
        }

        await ConfirmAsync(call, "chain accept quote", args, Text($"the answer to invitation {args.Number} is a transaction"));
        await call.Report<ChainNumberArgs, MeetingReport>("chain accept", Needs.Running, args, meeting => Tell(call, meeting));
    }

    private static async Task CancelAsync(VerbCall call)
    {
        var args = new ChainNumberArgs(call.Get(One), null, null, call.Get(MaxFee));
        await ConfirmAsync(call, "chain cancel quote", args, Text($"that meeting {args.Number} is taken back is a transaction"));
        await call.Report<ChainNumberArgs, MeetingReport>("chain cancel", Needs.Running, args, meeting => Tell(call, meeting));
    }

    // As a hub gives it: 150 bytes, or the same in base64url.
    private static async Task<string?> ProofAsync(VerbCall call)
    {
        if (call.Get(Proof) is not { } path) return null;
        try
        {
            var bytes = await File.ReadAllBytesAsync(path, call.Cancel);
            return bytes.Length == Hawser.Proof.AddressCertificate.Size ? System.Buffers.Text.Base64Url.EncodeToString(bytes) : System.Text.Encoding.UTF8.GetString(bytes).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be read", "see that it is there and yours", e);
        }
    }

    private static Task ScanAsync(VerbCall call) => call.Report<ChainScanArgs, ChainReport>("chain scan", Needs.Running, new(call.Get(From)),
        report => call.Screen.Say(Text($"{report.Scanned} outputs read, up to block {report.Height} of {report.Best}")));

    private static Task StatusAsync(VerbCall call) => call.Report<WatchArgs, ChainReport>("chain status", Needs.Running, new(call.Get(Watch)), report =>
    {
        call.Screen.Fields(("node", report.Node), ("ledger", report.Ledger), ("trouble", report.Trouble), ("block", Text($"{report.Height} of {report.Best}")),
            ("chain key", report.ChainKey), ("found at", report.At ?? "not known: say where with up --chain-at HOST:PORT"),
            ("coins", report.Balance is { } balance ? Text($"{balance} satoshi") : "the node's wallet pays"), ("pay to", report.Address),
            ("answers", report.AcceptsContacts ? Text($"contacts, without asking; {report.SpentToday} of {report.DailyFee} satoshi spent today") : "only with hawser chain accept"),
            ("dropped", string.Join(", ", report.Dropped.Select(count => Text($"{count.Name} {count.Count}")))));
        if (report.Meetings.Count > 0) call.Screen.Table(Columns, [.. report.Meetings.Select(Row)]);
    });

    private static void Tell(VerbCall call, MeetingReport meeting) => call.Screen.Say(Text($"{meeting.Number}  {meeting.Peer}  {meeting.State,-12} ") + meeting.State switch
    {
        "sent" => Text($"{meeting.Invitation}: {meeting.Size} vbytes, {meeting.MessageSize} of them the message, {meeting.Satoshi} satoshi"),
        "addressed" => $"the peer waits at {meeting.Address}",
        _ => meeting.Trouble ?? "",
    });

    private static readonly string[] Columns = ["number", "peer", "role", "state", "satoshi", "since", ""];

    private static string?[] Row(MeetingReport meeting) =>
    [
        meeting.Number.ToString(CultureInfo.InvariantCulture), meeting.Peer, meeting.Role, meeting.State, meeting.Satoshi.ToString(CultureInfo.InvariantCulture),
        Screen.Time(meeting.Begun), meeting.Trouble ?? meeting.Address ?? "",
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
