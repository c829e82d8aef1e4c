using System.CommandLine;
using Hawser.Net;
using Hawser.Net.Hosting;

namespace Hawser.Cli.Verbs;

/// <summary><c>up</c>: run this machine's node.</summary>
internal static class UpVerb
{
    private static readonly Option<bool> Service = new("--service") { Description = "install it, to run now and at every boot" };
    private static readonly Option<string?> Inbox = new("--inbox") { HelpName = "DIR", Description = "where received files go" };
    private static readonly Option<ushort> Port = new("--port") { HelpName = "PORT", Description = "a fixed UDP port; otherwise one is drawn once and kept" };

    private static readonly Option<bool> Simulate = new("--simulate-link") { Hidden = true, Description = "lose datagrams on purpose when the demonstration asks for it" };

    private static readonly Option<string?> Chain = new("--chain") { HelpName = "URL", Description = "meet contacts by a ledger, through this node's RPC: http://USER:PASSWORD@127.0.0.1:8332, or …/?cookie=FILE" };
    private static readonly Option<string?> ChainWallet = new("--chain-wallet") { HelpName = "URL", Description = "let that node's wallet pay; otherwise this node has coins of its own" };
    private static readonly Option<string?> ChainAt = new("--chain-at") { HelpName = "HOST:PORT", Description = "where contacts are told to look for this node; otherwise what hubs and interfaces say" };
    private static readonly Option<bool> ChainAsk = new("--chain-ask") { Description = "answer nobody by itself: hawser chain accept does" };
    private static readonly Option<bool> ChainOpen = new("--chain-open") { Description = "keep invitations of strangers, for a look" };
    private static readonly Option<bool> ChainProof = new("--chain-proof") { Description = "dial no address that comes without a hub's certificate; invitations are in the full profile then" };
    private static readonly Option<ulong> ChainDaily = new("--chain-daily") { HelpName = "SATOSHI", Description = "what answers that nobody was asked about may cost in a day (20000)", DefaultValueFactory = _ => LedgerOptions.DefaultDailyFee };

    public static Verb Create() => new Verb("up", "run this machine's node",
        "hawser up                    # in the foreground, until Ctrl-C",
        "hawser up --service          # now and at every boot",
        "hawser up --port 65430       # a port that a router forwards")
        .With(Service, Port, Inbox, Chain, ChainWallet, ChainAt, ChainAsk, ChainOpen, ChainProof, ChainDaily, Simulate).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        if (call.Home.IsHub)
            throw new HawserException(Reason.Usage, $"{call.Home.Folder} is a hub's home", "run it with: hawser hub up");
        if (call.Get(Service))
        {
            await SystemdUnit.For(call.Home, isHub: false).InstallAsync(Options(call), call);
            return;
        }

        var host = await NodeHost.StartAsync(new()
        {
            Home = call.Home,
            UdpPort = call.Get(Port),
            Inbox = call.Get(Inbox) is { } inbox ? Path.GetFullPath(inbox) : null,
            SimulateLink = call.Get(Simulate),
            Ledger = LedgerOf(call),
            Log = new ScreenLog(call.Screen),
        }, call.Cancel);
        await using (host)
        {
            var status = StoreVerbs.Status(host);
            if (call.Screen.IsJson) call.Screen.Json(status);
            if (host.Ledger?.Options is { AcceptsContacts: true } ledger)
                call.Screen.Say($"contacts who invite by the ledger are answered without asking: at most 3 times a day each, {ledger.DailyFee} satoshi a day in all");
            // A service's talk is a log, and a key is not for logs.
            call.Screen.Say($"up{(Screen.IsTalkSeen ? $": {status.ChannelKey}" : "")} on {call.Home.Folder}; stop with Ctrl-C or hawser down");
            await host.StopRequested.WaitAsync(call.Cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        call.Screen.Say("down");
    }

    private static LedgerOptions? LedgerOf(VerbCall call)
    {
        var config = Config.Read(call.Home);
        if ((call.Get(Chain) ?? config.Chain) is not { } url) return null;
        HostPort? at = null;
        if (call.Get(ChainAt) is { } text)
            at = HostPort.TryParse(text, out var named) && named.Port != 0 ? named : throw new HawserException(Reason.Usage, $"{text} is no address", "write it as 192.0.2.1:65430");
        return new()
        {
            Url = url,
            WalletUrl = call.Get(ChainWallet) ?? config.ChainWallet,
            At = at,
            AcceptsContacts = !call.Get(ChainAsk),
            HearsStrangers = call.Get(ChainOpen),
            RequiresProof = call.Get(ChainProof),
            DailyFee = call.Get(ChainDaily),
        };
    }

    private static IEnumerable<string> Options(VerbCall call)
    {
        if (call.Get(Port) is > 0 and var port) yield return $"--port={port}";
        if (call.Get(Inbox) is { } inbox) yield return $"--inbox={Path.GetFullPath(inbox)}";
        if (call.Get(Chain) is not null || call.Get(ChainWallet) is not null)
            throw new HawserException(Reason.Usage, "a service's command line is for everybody to read, and the URL may hold a password",
                $"write it into {call.Home.ConfigFile}: {{\"chain\": \"URL\"}}");
        if (call.Get(ChainAt) is { } at) yield return $"--chain-at={at}";
        if (call.Get(ChainAsk)) yield return "--chain-ask";
        if (call.Get(ChainOpen)) yield return "--chain-open";
        if (call.Get(ChainProof)) yield return "--chain-proof";
        if (call.Get(ChainDaily) is var daily && daily != LedgerOptions.DefaultDailyFee) yield return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"--chain-daily={daily}");
    }
}
