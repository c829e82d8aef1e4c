using System.Runtime.InteropServices;

namespace Hawser.Net.Services;

/// <summary>What the class library has no word for: a name that overwrites none, and a directory made durable.</summary>
internal static partial class FileInterop
{
    private const int ReadOnly = 0;
    private const int Exists = 17; // EEXIST, on Linux and macOS alike

    /// <summary>Gives a file a second name; false if that is taken.</summary>
    /// <exception cref="IOException">The file system cannot.</exception>
    public static bool TryLink(string existing, string name)
    {
        if (Link(existing, name) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        return error == Exists ? false : throw new IOException($"link: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>Makes durable what was created, renamed or removed in a directory.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return; // NTFS keeps its names in a journal
        var directory = Open(path, ReadOnly, 0);
        if (directory < 0) throw Failure("open");
        try
        {
            if (Sync(directory) != 0) throw Failure("fsync");
        }
        finally
        {
            _ = Close(directory);
        }
    }

    private static IOException Failure(string call) =>
        new($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
