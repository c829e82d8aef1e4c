using System.CommandLine;
using System.Runtime.InteropServices;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>ssh</c>: the system's ssh through <c>dial</c>, its host key kept by the peer's ID or key.</summary>
internal static partial class SshVerb
{
    private static readonly Argument<string> Peer = Verb.Required("[USER@]PEER", "whose service ssh to use");
    private static readonly Argument<string[]> Rest = new("ARGS") { HelpName = "ARGS", Arity = ArgumentArity.ZeroOrMore, Description = "whatever ssh takes" };

    public static Verb Create() => new Verb("ssh", "ssh to a peer, its host key kept by ID",
        "hawser ssh pi", "hawser ssh root@0a9-jj39f7a uptime", "hawser ssh pi -L 8080:localhost:80").With(Peer, Rest).Does(RunAsync);

    /// <summary>What follows the peer is ssh's, options too.</summary>
    public static string[] ShieldArguments(string[] args)
    {
        var verb = Array.FindIndex(args, arg => !arg.StartsWith('-'));
        while (verb > 0 && args[verb - 1] is "--home" or "--timeout") verb = Array.FindIndex(args, verb + 1, arg => !arg.StartsWith('-'));
        if (verb < 0 || args[verb] != "ssh") return args;
        var peer = Array.FindIndex(args, verb + 1, arg => !arg.StartsWith('-'));
        return peer < 0 || peer + 1 == args.Length ? args : [.. args[..(peer + 1)], "--", .. args[(peer + 1)..]];
    }

    private static async Task RunAsync(VerbCall call)
    {
        var typed = call.Required(Peer);
        var at = typed.LastIndexOf('@');
        var (user, text) = at < 0 ? ("", typed) : (typed[..(at + 1)], typed[(at + 1)..]);
        var peer = PeerReference.Parse(text);
        var alias = peer switch
        {
            PeerReference.ById by => by.Id,
            PeerReference.ByAddress by => by.Key.ToString(),
            PeerReference.ByLink by => by.Link.Body,
            _ => await AliasAsync(call, text),
        };
        var service = peer.Service is null ? "/ssh" : "";
        string[] command =
        [
            "ssh", "-o", $"ProxyCommand={Self()} --quiet --home {Quote(call.Home.Folder)} dial {Quote(text + service)}",
            "-o", $"HostKeyAlias=hawser-{alias}", "-o", "CheckHostIP=no", $"{user}hawser-{alias}", // a key may begin with -
            .. call.Get(Rest) ?? [],
        ];
        Execute(command);
    }

    private static async Task<string> AliasAsync(VerbCall call, string name)
    {
        await foreach (var contact in call.Items<NameArgs, PeerReport>("peer show", Needs.Store, new(PeerReference.Parse(name) with { Service = null } is { } peer ? peer.ToString()! : name)))
            return contact.Id is { } id && IdText.TryParse(id, out var digits) ? digits : contact.ChannelKey ?? contact.Petname;
        throw new HawserException(Reason.NoSuchPeer, $"no contact is called {name}");
    }

    // ssh expands % in a ProxyCommand, and gives it to a shell.
    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal)}'";

    private static string Self()
    {
        var path = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? $"{Quote(path)} {Quote(Path.Combine(AppContext.BaseDirectory, "hawser.dll"))}" : Quote(path);
    }

    // ssh takes this process over, and with it the terminal, the signals and the exit code.
    private static void Execute(string[] command)
    {
        SetSignal(13, 0); // SIGPIPE, which the runtime ignores and a child would inherit so; SIG_DFL
        nint[] arguments = [.. command.Select(Marshal.StringToCoTaskMemUTF8), 0]; // until the end of this process
        _ = ExecuteFile(command[0], arguments);
        throw new HawserException(Reason.LocalTrouble, "ssh cannot be started", Marshal.GetLastPInvokeError() == 2 ? "install it: apt-get install openssh-client" : null);
    }

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ExecuteFile(string file, nint[] arguments);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);
}
