using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Demonstration;

/// <summary>
/// Two nodes that know only each other's public keys, and no hub at all: one transaction says where the one is, one says
/// where the other is, and a file goes over the channel between them.
/// </summary>
internal sealed class ChainDemo : IDisposable
{
    private const int Coins = 50_000; // satoshi for each
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60); // of one stage

    private readonly CancellationTokenSource _over;
    private readonly DemoScreen _screen;
    private readonly string _folder = Directory.CreateTempSubdirectory("hawser-demo-").FullName;
    private readonly string _file;
    private readonly Regtest _ledger;
    private readonly List<Actor> _nodes = [];
    private readonly List<string> _more = [];
    private string _sent = "", _received = "", _path = "";

    private ChainDemo(VerbCall call, string file)
    {
        _over = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        (_file, _screen, _ledger) = (file, new(call.Screen), new(Path.Combine(_folder, "ledger")));
    }

    private Actor Laptop => _nodes[0];

    private Actor Pi => _nodes[1];

    public static async Task RunAsync(VerbCall call, string file)
    {
        var since = Stopwatch.GetTimestamp();
        using var demo = new ChainDemo(call, file);
        await demo.StageAsync("ledger", demo._ledger.StartAsync);
        await demo.StageAsync("nodes", demo.StartNodesAsync);
        await demo.StageAsync("cards", demo.ExchangeCardsAsync);
        await demo.StageAsync("coins", demo.PayAsync);
        await demo.StageAsync("meet", demo.MeetAsync);
        await demo.StageAsync("keys", demo.CompareKeysAsync);
        await demo.StageAsync("send", demo.SendAsync);
        var report = new DemoReport(true, "loopback", demo._path, Math.Round(Stopwatch.GetElapsedTime(since).TotalMilliseconds, 1),
            [.. demo._nodes.Select(node => new DemoNode(node.Name, "", node.Home.Folder))], demo._sent, demo._received, null);
        if (call.Screen.IsJson) call.Screen.Json(report);
        call.Screen.Say($"all of it held, in {DemoScreen.Seconds(report.Ms)}: two who knew only each other's keys met by two transactions, with no hub at all");
    }

    public void Dispose()
    {
        _over.Cancel();
        _screen.Dispose();
        foreach (var node in _nodes) node.Dispose();
        _ledger.Dispose();
        Directory.Delete(_folder, recursive: true);
        _over.Dispose();
    }

    private async Task<string> StartNodesAsync(CancellationToken cancel)
    {
        foreach (var name in (string[])["laptop", "pi"])
        {
            var port = FreePort();
            var node = new Actor(name, new(Path.Combine(_folder, name)), static () => [], "up", "--port", port, "--chain-at", $"127.0.0.1:{port}");
            node.Home.Create();
            await File.WriteAllTextAsync(node.Home.ConfigFile, $"{{\"chain\": \"{_ledger.Url}\"}}", cancel); // its password is not for ps to show
            node.Start();
            _nodes.Add(node);
        }

        List<int> hubs = [];
        foreach (var node in _nodes)
        {
            var status = await node.ReadyAsync<StatusReport>("status", static report => report.Online, cancel);
            await node.ReadyAsync<ChainReport>("chain status", static report => report.Ledger is not null && report.Height == report.Best, cancel);
            hubs.Add(status.Hubs.Count);
        }

        Must(hubs.All(count => count == 0), "there is a hub");
        return "laptop and pi follow the ledger; neither has signed on to any hub";
    }

    private async Task<string> ExchangeCardsAsync(CancellationToken cancel)
    {
        foreach (var (node, other) in ((Actor, Actor)[])[(Laptop, Pi), (Pi, Laptop)])
        {
            var card = await other.AskAsync<NoArgs, CardReport>("peer card", new(), cancel);
            Must(card.ChainKey is not null && !card.Card.Contains("at=", StringComparison.Ordinal) && !card.Card.Contains("hub=", StringComparison.Ordinal), "the card says more than keys");
            await node.AskAsync<PeerAddArgs, PeerReport>("peer add", new(card.Card, other.Name), cancel);
            _more.Add($"{other.Name,-7} chain key {card.ChainKey}  channel key {card.ChannelKey}");
        }

        await Pi.AskAsync<ExposeArgs, ExposureReport>("expose", new("file", null, ["laptop"], false), cancel);
        return "each has the other's card: two public keys, no address, no hub";
    }

    private async Task<string> PayAsync(CancellationToken cancel)
    {
        foreach (var node in _nodes)
        {
            var status = await node.AskAsync<WatchArgs, ChainReport>("chain status", new(false), cancel);
            await _ledger.PayAsync(status.PayScript!, Coins, cancel);
        }

        await _ledger.MineAsync(cancel);
        foreach (var node in _nodes) await node.ReadyAsync<ChainReport>("chain status", static report => report.Balance is >= Coins, cancel);
        return $"{Coins} satoshi for each, found by looking through the blocks; each spends with a key of its own";
    }

    private async Task<string> MeetAsync(CancellationToken cancel)
    {
        var quote = await Laptop.AskAsync<ChainInviteArgs, ChainQuoteReport>("chain quote", new("pi", "compact", false, null, null, false), cancel);
        var since = Stopwatch.GetTimestamp();
        Dictionary<string, double> reached = [];
        MeetingReport? last = null;
        await foreach (var meeting in Laptop.ItemsAsync<ChainInviteArgs, MeetingReport>("chain invite", new("pi", "compact", false, null, null, true), cancel))
        {
            reached.TryAdd(meeting.State, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            Note(meeting.State);
            last = meeting;
        }

        Must(last is { State: "connected" }, $"they did not meet: {last?.Trouble}");
        var answer = (await Pi.AskAsync<WatchArgs, ChainReport>("chain status", new(false), cancel)).Meetings[0];
        Must(answer.Invitation == last!.Invitation && answer.Answer == last.Answer, "they speak of other transactions");
        Must(await _ledger.WaitingAsync(cancel) == 2, "there are not two transactions");
        Must(last.Satoshi == quote.Satoshi, "it cost something else than was said before");
        _more.Add($"laptop  invitation {last.Invitation}  {Cost(last)}");
        _more.Add($"pi      acceptance {last.Answer}  {Cost(answer)}");
        return string.Create(CultureInfo.InvariantCulture,
            $"invitation sent after {reached["sent"]:0} ms, answered after {reached["addressed"]:0} ms, connected after {reached["connected"]:0} ms, no block mined");
    }

    private static string Cost(MeetingReport meeting) => string.Create(CultureInfo.InvariantCulture,
        $"{meeting.Size} vbytes with {meeting.MessageSize} bytes of message, {meeting.Satoshi} satoshi");

    private async Task<string> CompareKeysAsync(CancellationToken cancel)
    {
        foreach (var (node, other) in ((Actor, Actor)[])[(Laptop, Pi), (Pi, Laptop)])
        {
            var card = await other.AskAsync<NoArgs, CardReport>("peer card", new(), cancel);
            string? next;
            while ((next = (await node.AskAsync<NameArgs, PeerReport>("peer show", new(other.Name), cancel)).ChainKey) == card.ChainKey) await Task.Delay(25, cancel);
            _more.Add($"{other.Name,-7} {card.ChainKey![..16]}… → {next![..16]}…");
        }

        return "over the channel they agreed on fresh chain keys for the next time, and on a secret that no ledger has seen";
    }

    private async Task<string> SendAsync(CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        TransferReport? last = null;
        await foreach (var report in Laptop.ItemsAsync<SendArgs, TransferReport>("send", new([_file], "pi"), cancel)) last = report;
        var took = Stopwatch.GetElapsedTime(began);
        Must(last is { State: "done" }, $"the file was not taken: {last?.Trouble ?? last?.State}");
        var received = await Pi.AskAsync<ReceiveArgs, TransferReport>("receive", new(Into: null), cancel);
        (_sent, _received) = (await HashAsync(_file, cancel), await HashAsync(received.Path!, cancel));
        Must(_sent == _received && received.Sha256 == _sent, $"the file changed on its way: {_sent} left, {_received} arrived");
        var ping = await Laptop.AskAsync<PingArgs, PingReport>("ping", new("pi", 1, 0), cancel);
        _path = ping.Path ?? "none";
        Must(_path == "direct", $"the channel is {_path}");
        _more.Add($"sha256 {_sent}  sent");
        _more.Add($"sha256 {_received}  received");
        return $"{last!.Name}, {Screen.Size(last.Size)}, {_path} to {ping.Address}, at {Screen.Size((long)(last.Size / took.TotalSeconds))}/s; it arrived whole";
    }

    private async Task StageAsync(string name, Func<CancellationToken, Task<string>> act)
    {
        var since = Stopwatch.GetTimestamp();
        double Ms() => Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        _screen.Begin(name);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        limit.CancelAfter(Limit);
        try
        {
            var detail = await act(limit.Token);
            _screen.End(Ms(), detail, _more);
            _more.Clear();
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is HawserException or OperationCanceledException or IOException or SocketException)
        {
            var why = e is OperationCanceledException ? $"not done within {DemoScreen.Seconds(Limit.TotalMilliseconds)}" : e.Message;
            _screen.Fail(Ms(), why);
            throw new HawserException(Reason.Failed, $"the stage {name} failed: {why}", (e as HawserException)?.Remedy, e);
        }
    }

    private void Note(string text) => _screen.Note(text);

    private static void Must(bool holds, string otherwise)
    {
        if (!holds) throw new HawserException(Reason.Failed, otherwise);
    }

    private static string FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel));
    }
}
