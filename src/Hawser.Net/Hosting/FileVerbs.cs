using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Net.Store;

namespace Hawser.Net.Hosting;

/// <summary>The verbs that send files, and take those that came.</summary>
internal sealed class FileVerbs(NodeHost host)
{
    /// <summary>A file that came and that no <c>receive</c> has told the user of.</summary>
    public const string Waiting = "waiting";
    private const string Done = "done";
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(100);

    private readonly PeerFinder _finder = new(host.Store, () => host.Online.Directory);

    public static void Register(NodeHost host)
    {
        var verbs = new FileVerbs(host);
        host.Control.Handle("send", verbs.SendAsync);
        host.Control.Handle("receive", verbs.ReceiveAsync);
    }

    private async Task SendAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<SendArgs>();
        foreach (var path in args.Paths)
        {
            if (Directory.Exists(path)) throw new HawserException(Reason.Usage, $"{path} is a folder", "pack it first: tar czf x.tgz FOLDER");
            if (!File.Exists(path)) throw new HawserException(Reason.FileTrouble, $"{path} is not there", "check its name");
        }

        if (args.Peer is not { } name)
        {
            await new FileLinkVerbs(host).GiveAsync(call, args, Report, Report, cancel);
            return;
        }

        var reference = PeerReference.Parse(name);
        var peer = await ReachVerbs.ReachAsync(host, _finder, reference, null, null, cancel);
        await using var lines = new LineProgress<TransferReport>(call, cancel);
        var results = await peer.SendFilesAsync(args.Paths, new Throttle(progress => lines.Report(Report(name, progress))), cancel);
        foreach (var result in results) lines.Report(Report(name, result));
        if (results.FirstOrDefault(r => r.Outcome is not FileOutcome.Stored) is { } bad)
            throw new HawserException(bad.Outcome is FileOutcome.Failed or FileOutcome.Mismatch ? Reason.Failed : Reason.Refused,
                $"{bad.Name} was not taken: {Explain(bad.Outcome)}", bad.Outcome is FileOutcome.Mismatch ? "send it again when nobody changes it" : null);
    }

    private async Task ReceiveAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ReceiveArgs>();
        if (args.Link is { } link)
        {
            await new FileLinkVerbs(host).TakeAsync(call, link, transfer =>
            {
                var done = Take(transfer, args.Into) with { State = Done };
                host.Store.SaveTransfer(done);
                return StoreVerbs.Report(host.Store, done);
            }, cancel);
            return;
        }

        var came = Channel.CreateUnbounded<bool>();
        void Wake(ReceivedFile file) => came.Writer.TryWrite(true);
        host.FileReceived += Wake;
        try
        {
            while (true)
            {
                var waiting = host.Store.Transfers().Where(t => t is { Incoming: true, State: Waiting }).ToArray();
                foreach (var transfer in waiting)
                {
                    var taken = Take(transfer, args.Into);
                    await call.WriteAsync(StoreVerbs.Report(host.Store, taken with { State = Done }), cancel);
                    host.Store.SaveTransfer(taken with { State = Done });
                }

                if (waiting.Length > 0) return;
                await came.Reader.ReadAsync(cancel);
            }
        }
        finally
        {
            host.FileReceived -= Wake;
        }
    }

    // Moved first, said afterwards, and only then done with: a crash between says it once more.
    private StoredTransfer Take(StoredTransfer transfer, string? into)
    {
        var path = transfer.Path;
        if (into is not null)
        {
            try
            {
                Directory.CreateDirectory(into);
                path = Free(Path.Combine(into, transfer.Name));
                if (File.Exists(transfer.Path)) File.Move(transfer.Path, path, overwrite: false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HawserException(Reason.FileTrouble, $"{transfer.Name} cannot be moved to {into}", "it stays in the inbox", e);
            }
        }

        var taken = transfer with { Path = path, Changed = DateTimeOffset.UtcNow };
        if (into is not null) host.Store.SaveTransfer(taken);
        return taken;
    }

    private static string Free(string path)
    {
        if (!File.Exists(path)) return path;
        var stem = Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path));
        for (var number = 2; ; number++)
        {
            var next = $"{stem} ({number}){Path.GetExtension(path)}";
            if (!File.Exists(next)) return next;
        }
    }

    private static TransferReport Report(string peer, FileProgress progress) => new(progress.Path, false, peer,
        Path.GetFileName(progress.Path), progress.Path, progress.Size, progress.Done, progress.Phase is FilePhase.Hashing ? "hashing" : "sending", null);

    private static TransferReport Report(string peer, FileResult result)
    {
        var stored = result.Outcome is FileOutcome.Stored;
        var state = stored ? Done : result.Outcome is FileOutcome.Failed or FileOutcome.Mismatch ? "failed" : "refused";
        var sha256 = Wire.Bytes32.TryParse(result.Sha256, out var hash) ? Convert.ToHexStringLower(hash.ToArray()) : null;
        return new(result.Path, false, peer, result.Name, result.Path, result.Size, stored ? result.Size : 0, state, sha256,
            stored ? null : Explain(result.Outcome));
    }

    private static string Explain(FileOutcome outcome) => outcome switch
    {
        FileOutcome.Stored => "",
        FileOutcome.Declined => "the peer does not want it now",
        FileOutcome.NoRoom => "the peer has no room for it",
        FileOutcome.BadName => "no file may have that name there",
        FileOutcome.Mismatch => "it changed while it was sent",
        FileOutcome.Failed => "the peer could not store it",
    };

    // Ten reports a second of each file are enough for any eye; the last of a phase always goes.
    internal sealed class Throttle(Action<FileProgress> report) : IProgress<FileProgress>
    {
        private readonly ConcurrentDictionary<string, long> _last = new();

        public void Report(FileProgress value)
        {
            var now = Stopwatch.GetTimestamp();
            if (value.Done < value.Size && _last.TryGetValue(value.Path, out var last) && Stopwatch.GetElapsedTime(last, now) < BetweenReports) return;
            _last[value.Path] = now;
            report(value);
        }
    }
}
