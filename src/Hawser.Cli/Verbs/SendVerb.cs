using System.CommandLine;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>send</c>: files to a peer.</summary>
internal static class SendVerb
{
    private static readonly Argument<string[]> What = new("PATH") { HelpName = "PATH", Arity = ArgumentArity.OneOrMore, Description = "files, then PEER; without PEER a link is given that works once" };
    private static readonly Option<string> Expires = new("--expires") { HelpName = "TIME", Description = "without PEER: how long the link is good (2d)", DefaultValueFactory = _ => "2d" };

    public static Verb Create() => new Verb("send", "send files to a peer, the last word; or by a link to whoever has it",
        "hawser send photos.zip pi", "hawser send a.pdf b.pdf 0a9-jj39f7a", "hawser send holiday.mp4          # prints a link, and waits for who takes it").With(What, Expires).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        var (paths, peer) = Split(call.Get(What)!);
        foreach (var path in paths)
        {
            if (Directory.Exists(path)) throw new HawserException(Reason.Usage, $"{path} is a folder", "send its files, or an archive of it");
            if (!File.Exists(path)) throw new HawserException(Reason.FileTrouble, $"there is no file {path}", null);
        }

        using var progress = new TransferProgress(call.Screen);
        await call.Report<SendArgs, TransferReport>("send", Needs.Node, new([.. paths.Select(Path.GetFullPath)], peer, GlobalOptions.ParseTime(call.Get(Expires)!).TotalSeconds), report =>
        {
            if (report.Link is { } link) Give(call.Screen, report, link);
            else progress.Show(report);
        });
        progress.Finish();
    }

    private static void Give(Screen screen, TransferReport report, string link)
    {
        if (Screen.IsDataSeen) screen.Data(QrPicture.Of(report.Code ?? link));
        screen.Data(link);
        screen.Say($"whoever opens it first gets the files, until {Screen.Time(report.Expires!.Value)}: hawser receive -   Waiting; Ctrl-C makes the link void.");
    }

    /// <summary>The last word is the peer, unless it is a file as well.</summary>
    public static (string[] Paths, string? Peer) Split(string[] words)
    {
        if (words.Length == 1 || File.Exists(words[^1])) return (words, null);
        if (PeerReference.Parse(words[^1]).Service is not null)
            throw new HawserException(Reason.Usage, $"{words[^1]} names a service; files go to a peer", "leave the /SERVICE away");
        return (words[..^1], words[^1]);
    }
}
