using Hawser.Crypto;
using Hawser.Net.Services;

namespace Hawser.Net.Store;

/// <summary>Makes a home from a backup: all of it, or nothing. Spec: backup.md §5.2.</summary>
internal static class Restoring
{
    /// <param name="home">Locked by the caller, and empty.</param>
    /// <param name="path">The backup, for messages.</param>
    /// <param name="file">The same, behind its header.</param>
    /// <param name="header">Read already.</param>
    /// <param name="seal">With the right key.</param>
    /// <param name="fit">Makes the copy in a folder one that goes on by itself; a node's is done here.</param>
    /// <param name="cancel">Gives up, and leaves nothing.</param>
    public static DateTimeOffset Run(Home home, string path, Stream file, SealedFileHeader header, SealedFile seal, Action<string> fit, CancellationToken cancel)
    {
        var now = DateTimeOffset.UtcNow;
        try
        {
            if (Directory.Exists(home.Unpacking)) Directory.Delete(home.Unpacking, recursive: true);
            Directory.CreateDirectory(home.Unpacking, Home.Private);
            var names = Backup.Unpack(path, file, header, seal, home.Unpacking, cancel);
            if (header.Kind == Backup.NodeKind)
                using (var store = NodeStore.OpenFile(new Home(home.Unpacking).NodeDatabase)) store.BeginAnew(now);
            fit(home.Unpacking);
            // The store comes last: with it the home is one.
            foreach (var name in names.Reverse()) File.Move(Path.Combine(home.Unpacking, name), Path.Combine(home.Folder, name));
            FileInterop.SyncDirectory(home.Folder);
            return now;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"the home {home.Folder} cannot be written", "free some space, or choose another with --home", e);
        }
        finally
        {
            if (Directory.Exists(home.Unpacking)) Directory.Delete(home.Unpacking, recursive: true);
        }
    }
}
