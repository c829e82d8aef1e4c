using System.CommandLine;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Store;

namespace Hawser.Cli.Verbs;

/// <summary><c>backup</c> and <c>restore</c>: all keys and claims of a home in one file that a passphrase locks.</summary>
internal static class BackupVerb
{
    private static readonly Argument<string> Target = Verb.Required("FILE", "where to write it; nothing is overwritten");
    private static readonly Argument<string> Source = Verb.Required("FILE", "what hawser backup wrote");
    private static readonly Option<string?> From = new("--passphrase-file") { HelpName = "FILE", Description = "its first line is the passphrase, - for stdin; otherwise it is typed, unseen" };

    public static Verb Create() => new Verb("backup", "write all keys, claims and contacts into one file that a passphrase locks",
        "hawser backup pi.backup              # while the node runs, or not",
        "hawser backup --home /srv/hub hub.backup --passphrase-file /root/passphrase").With(Target, From).Does(BackUpAsync);

    public static Verb CreateRestore() => new Verb("restore", "make a home from a backup; the machine that it came from must not run any more",
        "hawser restore pi.backup", "hawser restore hub.backup --home /srv/hub --passphrase-file /root/passphrase").With(Source, From).Does(RestoreAsync);

    private static async Task BackUpAsync(VerbCall call)
    {
        RequireLibrary();
        var path = call.Required(Target);
        var isHub = call.Home.IsHub;
        if (!isHub && !File.Exists(call.Home.NodeDatabase))
            throw new HawserException(Reason.NotRunning, $"there is nothing in {call.Home.Folder} to back up", "name the home with --home DIR");
        if (File.Exists(path)) throw new HawserException(Reason.Refused, $"{path} is there already", "give another name");
        var passphrase = Passphrase.New(call, call.Get(From));
        var kind = isHub ? Backup.HubKind : Backup.NodeKind;
        TextReport? snapshot = null;
        try
        {
            await foreach (var made in call.Items<NoArgs, TextReport>("backup", isHub ? Needs.Hub : Needs.Store, new())) snapshot = made;
            call.Screen.Say("locking it; that takes a moment, so that guessing the passphrase takes long");
            List<(string, string)> parts = [(Backup.StoreName(kind), snapshot!.Text)];
            if (File.Exists(call.Home.ConfigFile)) parts.Add(("config.json", call.Home.ConfigFile));
            var length = await Task.Run(() => Backup.Write(path, kind, parts, passphrase, (Backup.Operations, Backup.MemoryKib), call.Cancel), call.Cancel);
            Say(call, new(Path.GetFullPath(path), isHub ? "hub" : "node", length, null), $"wrote {path}, {Screen.Size(length)}: whoever has it and the passphrase is this {(isHub ? "hub" : "node")}");
        }
        finally
        {
            if (snapshot is not null) File.Delete(snapshot.Text);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(passphrase);
        }

        if (Directory.Exists(call.Home.Inbox)) call.Screen.Say("files in the inbox are not in it");
    }

    private static async Task RestoreAsync(VerbCall call)
    {
        RequireLibrary();
        var path = call.Required(Source);
        using var held = RequireEmpty(call.Home);
        await using var file = Open(path);
        var header = Backup.ReadHeader(path, file);
        var passphrase = Passphrase.Known(call, call.Get(From));
        call.Screen.Say("unlocking it; that takes a moment");
        var seal = await Task.Run(() => SealedFile.Open(header, passphrase), call.Cancel)
            ?? throw new HawserException(Reason.VerificationFailed, $"that is not the passphrase of {path}; nothing was restored", "try again: capital letters and spaces count");
        var at = await Task.Run(() => Restoring.Run(call.Home, path, file, header, seal, folder => FitHub(folder, header.Kind), call.Cancel), call.Cancel);
        var isHub = header.Kind == Backup.HubKind;
        Say(call, new(Path.GetFullPath(path), isHub ? "hub" : "node", file.Length, at), $"restored the {(isHub ? "hub" : "node")} into {call.Home.Folder}");
        call.Screen.Say(isHub
            ? "if the old hub still runs, stop it for good before: hawser hub up. This one first looks how far the other admins are, and signs nothing until two heights beyond that"
            : "if the old machine still runs, stop it for good: hubs take this one for the one that is meant, and both say so in hawser status. Open invitations have ended. Next: hawser up");
    }

    private static void FitHub(string folder, byte kind)
    {
        if (kind != Backup.HubKind) return;
        using var store = Hub.Store.HubStore.Open(new Home(folder));
        store.BeginAnew();
    }

    private static IDisposable RequireEmpty(Home home)
    {
        var held = home.Lock();
        if (!home.IsHub && !File.Exists(home.NodeDatabase)) return held;
        held.Dispose();
        throw new HawserException(Reason.Refused, $"{home.Folder} is a {(home.IsHub ? "hub" : "node")}'s home already", "restore into an empty one: hawser --home DIR restore FILE");
    }

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be read", "see that it is there and yours", e);
        }
    }

    private static void RequireLibrary()
    {
        if (!CryptoLibrary.IsAvailable) throw new HawserException(Reason.LibraryMissing, "libsodium is not installed", CryptoLibrary.Remedy);
    }

    private static void Say(VerbCall call, BackupReport report, string said)
    {
        if (call.Screen.IsJson) call.Screen.Json(report);
        else call.Screen.Data(said);
    }
}
