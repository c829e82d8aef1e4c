using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Hawser.Cli.Demonstration;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Lab;

// Files from laptop to pi by pi's ID, while either dies, or a hub.
internal sealed partial class KillExperiment
{
    private const int MinFile = 1 << 20, MaxFile = 24 << 20;
    private const int IntoSendMs = 900; // the kill comes somewhere in here
    private const int ApartMs = 150;

    private readonly Dictionary<string, string> _hashes = []; // of what was sent, by name
    private readonly HashSet<string> _told = []; // files that somebody was told of as being there
    private readonly HashSet<string> _named = []; // paths that pi told its user of
    private int _resumed;

    private async Task SendAsync(CancellationToken cancel)
    {
        await InsistAsync(c => _fleet.Pi.AskAsync<ExposeArgs, ExposureReport>("expose", new("file", null, [_ids[0].Id!], false), c), cancel);
        for (var round = 0; Kills < _rounds; round++)
        {
            var path = await MakeFileAsync(round, cancel);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var sending = TrySendAsync(path, stop.Token);
            await PauseAsync(IntoSendMs, cancel);
            var wasUnderWay = !sending.IsCompleted;
            await KillSomeAsync(round, cancel);
            foreach (var node in _fleet.Nodes) await NodeUpAsync(node, cancel);
            var since = Stopwatch.GetTimestamp();
            if (!await sending) await InsistAsync(async c => await TrySendAsync(path, c) ? true : throw new HawserException(Reason.Failed, $"{path} was not taken: {_trouble}"), cancel);
            if (wasUnderWay) Console.WriteLine($"  {Path.GetFileName(path)} was there {DemoScreen.Seconds(Stopwatch.GetElapsedTime(since).TotalMilliseconds)} after the nodes were back");
            await TakeAsync(cancel);
            await LookAsync(cancel);
        }

        Must(_hashes.Keys.All(_told.Contains), "a file was told to nobody");
        await InsistAsync(async c =>
        {
            await TakeAsync(c);
            return Directory.EnumerateFiles(_fleet.Pi.Home.Inbox).All(_named.Contains) ? true
                : throw new HawserException(Reason.Failed, "a file is whole in the inbox and receive never named it");
        }, cancel);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {_hashes.Count} files, {_resumed} of them sent again after a kill"));
    }

    // Mostly both nodes: one that is left waits half a minute for a peer that is no more.
    private async Task KillSomeAsync(int round, CancellationToken cancel)
    {
        if (Kills == _rounds - 1 || _random.Next(4) == 0)
        {
            Kill(_fleet.Hubs[_random.Next(Fleet.HubCount)], "sending: a hub");
            return;
        }

        if (round < _fleet.Nodes.Count)
        {
            var one = _fleet.Nodes[round];
            Kill(one, $"sending: {one.Name} alone");
            return;
        }

        var (first, second) = _random.Next(2) == 0 ? (_fleet.Laptop, _fleet.Pi) : (_fleet.Pi, _fleet.Laptop);
        Kill(first, $"sending: {first.Name}");
        await PauseAsync(ApartMs, cancel);
        Kill(second, $"sending: {second.Name}");
    }

    private string? _trouble;

    private async Task<bool> TrySendAsync(string path, CancellationToken cancel)
    {
        try
        {
            var last = await _fleet.Laptop.AskAsync<SendArgs, TransferReport>("send", new([path], _ids[1].Id!), cancel);
            if (last.State != "done") return false;
            Must(last.Sha256 == _hashes[last.Name], $"{last.Name} was told as sent with another hash");
            _told.Add(last.Name);
            return true;
        }
        catch (HawserException e)
        {
            _trouble = e.Message;
            _resumed++;
            return false;
        }
    }

    // What pi tells its user of.
    private async Task TakeAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromMilliseconds(300)); // there may be nothing to tell
        try
        {
            await foreach (var file in _fleet.Pi.ItemsAsync<ReceiveArgs, TransferReport>("receive", new(Into: null), limit.Token))
            {
                Must(File.Exists(file.Path) && await HashAsync(file.Path, cancel) == file.Sha256, $"{file.Name} was told as received and is not whole");
                _named.Add(file.Path!);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nothing came that was not told before.
        }
    }

    // Under a final name there are only whole files, and all that somebody was told of.
    private async Task LookAsync(CancellationToken cancel)
    {
        var inbox = _fleet.Pi.Home.Inbox;
        foreach (var path in Directory.EnumerateFiles(inbox))
        {
            var name = Path.GetFileName(path).Split(' ')[0].Replace(".bin", "", StringComparison.Ordinal) + ".bin";
            Must(_hashes.TryGetValue(name, out var hash) && await HashAsync(path, cancel) == hash, $"{Path.GetFileName(path)} in the inbox is not what was sent");
        }

        foreach (var name in _told) Must(File.Exists(Path.Combine(inbox, name)), $"{name} was told as sent and is not in the inbox");
    }

    private async Task<string> MakeFileAsync(int round, CancellationToken cancel)
    {
        var bytes = new byte[_random.Next(MinFile, MaxFile)];
        _random.NextBytes(bytes);
        var path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"f{round}.bin"));
        await File.WriteAllBytesAsync(path, bytes, cancel);
        _hashes[Path.GetFileName(path)] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return path;
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel));
    }
}
