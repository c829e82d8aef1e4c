using System.Globalization;

namespace Hawser.Net;

/// <summary>The folder that holds one identity: its store, configuration, control socket and inbox.</summary>
/// <param name="Folder">Its full path.</param>
internal sealed record Home(string Folder)
{
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string NodeDatabase => Path.Combine(Folder, "node.db");

    public string HubDatabase => Path.Combine(Folder, "hub.db");

    public string ConfigFile => Path.Combine(Folder, "config.json");

    public string ControlSocket => Path.Combine(Folder, "control.sock");

    public string LockFile => Path.Combine(Folder, "lock");

    // Beside the lock, which nobody else can read while it is held.
    private string HolderFile => Path.Combine(Folder, "pid");

    /// <summary>Where a backup is unpacked, until all of it was found right.</summary>
    public string Unpacking => Path.Combine(Folder, "restore");

    public string Inbox => Path.Combine(Folder, "inbox");

    public bool IsHub => File.Exists(HubDatabase);

    /// <summary>The folder that was named; else $HAWSER_HOME; else the user's own.</summary>
    public static Home At(string? named = null)
    {
        var folder = named is { Length: > 0 } ? named : Environment.GetEnvironmentVariable("HAWSER_HOME");
        if (folder is { Length: > 0 }) return new(Path.GetFullPath(folder));
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        if (data is not { Length: > 0 })
            data = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return new(Path.Combine(data, "hawser"));
    }

    /// <summary>Makes the folder if it is not there, and closes it to everybody else.</summary>
    public void Create()
    {
        try
        {
            Directory.CreateDirectory(Folder, Private);
            if (File.GetUnixFileMode(Folder) != Private) File.SetUnixFileMode(Folder, Private);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"the home {Folder} cannot be made or closed to others",
                "choose another with --home, or give it to this user", e);
        }
    }

    /// <summary>The same, when whoever has it may be a verb that is about to end.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancel)
    {
        for (var start = Environment.TickCount64; ; await Task.Delay(25, cancel).ConfigureAwait(false))
        {
            try
            {
                return Lock();
            }
            catch (HawserException e) when (e.Reason is Reason.HomeInUse && Environment.TickCount64 - start < Patience.TotalMilliseconds)
            {
                // Most verbs take no longer.
            }
        }
    }

    /// <summary>
    /// Takes the home for this process, until the result is disposed of. The kernel lets go of it when a process dies,
    /// however it dies.
    /// </summary>
    public IDisposable Lock()
    {
        Create();
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix.
            var file = new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                File.WriteAllText(HolderFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (IOException e) when (e.HResult is 11 or 35) // EWOULDBLOCK of Linux, of macOS
        {
            var holder = Holder() is { } pid ? $" (process {pid})" : "";
            throw new HawserException(Reason.HomeInUse, $"another process has the home {Folder} open{holder}",
                "use its verbs, stop it with: hawser down, or choose another home with --home", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{LockFile} cannot be opened or written",
                "give the home to this user, free some space, or choose another home with --home", e);
        }
    }

    /// <summary>The process that has the home, if its file says so.</summary>
    public int? Holder()
    {
        try
        {
            return int.TryParse(File.ReadAllText(HolderFile), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                ? pid
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
