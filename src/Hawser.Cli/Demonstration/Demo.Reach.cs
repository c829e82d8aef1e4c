using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Hawser.Net.Control;

namespace Hawser.Cli.Demonstration;

// laptop knows nothing of pi but its ID.
internal sealed partial class Demo
{
    private const int Datagrams = 20, Dropped = 7, BarWidth = 24;

    private string _path = "";
    private string _sent = "", _received = "";

    private async Task<DemoReport> ReachAsync()
    {
        await StageAsync("expose", ExposeAsync);
        await StageAsync("prove", ProveAsync);
        await StageAsync("dial", DialAsync);
        await StageAsync("send", SendAsync);
        await StageAsync("forward", ForwardAsync);
        await StageAsync("datagrams", SendDatagramsAsync);
        return new(true, _ground!.Name, _path, 0, [.. Fleet.Nodes.Zip(_ids, (node, id) => new DemoNode(node.Name, id.Id!, node.Home.Folder))],
            _sent, _received, null);
    }

    private async Task<string> ExposeAsync(CancellationToken cancel)
    {
        var page = Path.Combine(_folder, "page.html");
        await File.WriteAllTextAsync(page, $"<!doctype html><title>pi</title><p>This page is served behind {PiId.Id}: {Guid.NewGuid()}.</p>\n", cancel);
        Start(new Actor("page", new(Path.Combine(_folder, "page")), () => _ground!.Prefix("pi"), "demo", "--serve", page));
        while (!File.Exists(WebPage.PortFile(page))) await Task.Delay(20, cancel);
        var port = await File.ReadAllTextAsync(WebPage.PortFile(page), cancel);
        foreach (var (name, target) in ((string, string?)[])[("echo", null), ("file", null), ("web", "tcp:127.0.0.1:" + port)])
            await Fleet.Pi.AskAsync<ExposeArgs, ExposureReport>("expose", new(name, target, [LaptopId.Id!], false), cancel);
        return $"pi lets {LaptopId.Id} use echo, file and web; nobody else, and nothing else";
    }

    private async Task<string> ProveAsync(CancellationToken cancel)
    {
        var proof = await Fleet.Laptop.AskAsync<NameArgs, TextReport>("id proof", new(PiId.Id!), cancel);
        var shown = await Fleet.Laptop.AskAsync<IdVerifyArgs, ProofReport>("id verify", new(null, proof.Text), cancel);
        Must(shown.Finality is Owned or "final", $"the proof says that {PiId.Id} is {shown.Finality}");
        Must(shown.ChannelKey == PiId.ChannelKey, "the proof names another channel key than pi's");
        return string.Create(CultureInfo.InvariantCulture,
            $"{proof.Text.Length} bytes show who owns {PiId.Id}: checked offline, {shown.Attestations} of {shown.Admins} admins attest it at height {shown.Height}");
    }

    private async Task<string> DialAsync(CancellationToken cancel)
    {
        var hello = Encoding.UTF8.GetBytes($"hello, {PiId.Id}\n");
        List<DialReport> stages = [];
        await using var control = await Fleet.Laptop.OpenAsync(cancel);
        await control.SendAsync("dial", new DialArgs($"{PiId.Id}/echo", null), cancel);
        await foreach (var stage in control.ItemsAsync<DialReport>(cancel))
        {
            stages.Add(stage);
            Note(stage.Stage);
        }

        Must(control.Stream is not null, "no stream was opened");
        await control.Stream!.WriteAsync(hello, cancel);
        control.Stream.FinishWriting();
        var echo = new MemoryStream();
        await control.Stream.CopyToAsync(echo, cancel);
        Must(echo.ToArray().AsSpan().SequenceEqual(hello), "the echo is not what was said");
        var ping = await Fleet.Laptop.AskAsync<PingArgs, PingReport>("ping", new(PiId.Id!, 1, 0), cancel);
        _path = ping.Path ?? "none";
        return $"{(_path == "relay" ? "relayed by" : "direct,")} {ping.Address}, round trip {Screen.Millis(ping.RttMs)}; "
            + string.Join(", ", stages.Select(stage => $"{stage.Stage} {DemoScreen.Seconds(stage.Ms)}"));
    }

    private async Task<string> SendAsync(CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        TransferReport? last = null;
        await foreach (var report in Fleet.Laptop.ItemsAsync<SendArgs, TransferReport>("send", new([_file], PiId.Id!), cancel))
        {
            Note(Bar(report));
            last = report;
        }

        var took = Stopwatch.GetElapsedTime(began);
        Must(last is { State: "done" }, $"the file was not taken: {last?.Trouble ?? last?.State}");
        var received = await Fleet.Pi.AskAsync<ReceiveArgs, TransferReport>("receive", new(Into: null), cancel);
        Must(received is { State: "done", Path: not null }, "pi does not know of the file");
        (_sent, _received) = (await HashAsync(_file, cancel), await HashAsync(received.Path!, cancel));
        Must(_sent == _received && received.Sha256 == _sent && last!.Sha256 == _sent, $"the file changed on its way: {_sent} left, {_received} arrived");
        _more.Add($"sha256 {_sent}  {_file}");
        _more.Add($"sha256 {_received}  {(_keep ? received.Path : "in pi's inbox")}");
        return $"{last!.Name}, {Screen.Size(last.Size)}, at {Screen.Size((long)(last.Size / took.TotalSeconds))}/s; it arrived whole";
    }

    private async Task<string> ForwardAsync(CancellationToken cancel)
    {
        await using var forward = Fleet.Laptop.ItemsAsync<ForwardArgs, ForwardReport>("forward", new("127.0.0.1:0", $"{PiId.Id}/web"), cancel).GetAsyncEnumerator(cancel);
        Must(await forward.MoveNextAsync(), "nothing listens");
        var url = $"http://{forward.Current.Listen}/";
        Note($"fetching {url}");
        string[] words = [.. _ground!.Prefix("laptop"), .. Actor.Program, "demo", "--fetch", url];
        using var fetch = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true })!;
        try
        {
            var page = await fetch.StandardOutput.ReadToEndAsync(cancel);
            await fetch.WaitForExitAsync(cancel);
            Must(page == await File.ReadAllTextAsync(Path.Combine(_folder, "page.html"), cancel), "the page is not the one that pi serves");
            return $"{url} on laptop is pi's web server: fetched its page of {page.Length} bytes";
        }
        finally
        {
            if (!fetch.HasExited) fetch.Kill();
        }
    }

    private async Task<string> SendDatagramsAsync(CancellationToken cancel)
    {
        List<DatagramReport> verdicts = [];
        await foreach (var verdict in Fleet.Laptop.ItemsAsync<DatagramsArgs, DatagramReport>("datagrams", new(PiId.Id!, Datagrams, Dropped), cancel))
            verdicts.Add(verdict);
        Must(verdicts.Count == Datagrams && verdicts.All(verdict => verdict.Delivered == (verdict.Number != Dropped)),
            "the verdicts are not what the link did: " + Row(verdicts));
        _more.Add(Row(verdicts));
        return string.Create(CultureInfo.InvariantCulture, $"{Datagrams} sent, the link lost number {Dropped}, and that is what each one's notification says");
    }

    private static string Row(IEnumerable<DatagramReport> verdicts) => string.Join(' ', verdicts.Select(verdict =>
        string.Create(CultureInfo.InvariantCulture, $"{verdict.Number}{(verdict.Delivered switch { true => "✓", false => "✗", null => "?" })}")));

    private static string Bar(TransferReport report)
    {
        var share = report.Size == 0 ? 1 : Math.Clamp((double)report.Moved / report.Size, 0, 1);
        var full = (int)(share * BarWidth);
        return string.Create(CultureInfo.InvariantCulture,
            $"{report.Name}  {new string('━', full)}{new string('╌', BarWidth - full)}  {share * 100,3:0} %  {report.State}");
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel));
    }
}
