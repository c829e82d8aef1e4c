using System.CommandLine;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>send</c>: files to a peer.</summary>
internal static class SendVerb
{
    private static readonly Argument<string[]> What = new("PATH") { HelpName = "PATH", Arity = ArgumentArity.OneOrMore, Description = "files, then PEER" };

    public static Verb Create() => new Verb("send", "send files to a peer, the last word",
        "hawser send photos.zip pi", "hawser send a.pdf b.pdf 0a9-jj39f7a").With(What).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        var (paths, peer) = Split(call.Get(What)!);
        foreach (var path in paths)
        {
            if (Directory.Exists(path)) throw new HawserException(Reason.Usage, $"{path} is a folder", "send its files, or an archive of it");
            if (!File.Exists(path)) throw new HawserException(Reason.FileTrouble, $"there is no file {path}", null);
        }

        using var progress = new TransferProgress(call.Screen);
        await call.Report<SendArgs, TransferReport>("send", Needs.Node, new([.. paths.Select(Path.GetFullPath)], peer), progress.Show);
        progress.Finish();
    }

    /// <summary>The last word is the peer.</summary>
    public static (string[] Paths, string Peer) Split(string[] words)
    {
        if (words.Length == 1)
            throw new HawserException(Reason.Usage, "send needs to know to whom", $"name the peer last: hawser send {words[0]} PEER");
        if (PeerReference.Parse(words[^1]).Service is not null)
            throw new HawserException(Reason.Usage, $"{words[^1]} names a service; files go to a peer", "leave the /SERVICE away");
        return (words[..^1], words[^1]);
    }
}
