using Hawser.Crypto;
using Hawser.Service;
using Hawser.Wire;

namespace Hawser.Net.Services;

/// <summary>
/// A folder that others may add to and none may overwrite. A file gets its name when it is complete and on disk;
/// until then it is a partial file, from which the same sender resumes after whatever happened.
/// </summary>
internal sealed class FileInbox
{
    private const int MaxNumbered = 9999;
    private const string PartialFolder = ".partial";

    private readonly Lock _gate = new(); // of names: a process owns its inbox
    private readonly string _partials;

    /// <summary>Makes the folder if need be.</summary>
    /// <param name="folder">Where files appear.</param>
    /// <param name="quota">Bytes that the folder may hold, partial files included.</param>
    public FileInbox(string folder, long quota)
    {
        (Folder, Quota) = (Path.GetFullPath(folder), quota);
        _partials = Directory.CreateDirectory(Path.Combine(Folder, PartialFolder)).FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_partials, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Folder { get; }

    public long Quota { get; }

    /// <summary>
    /// Opens the partial file of an offer, which only this sender's same offer finds again; null if it is being written
    /// on another stream.
    /// </summary>
    public FileStream? OpenPartial(FileOffer offer, DhPublicKey sender)
    {
        var name = Sha256.Hash([.. offer.Hash, .. sender.Bytes, .. BitConverter.GetBytes(offer.Size)]);
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            var file = new FileStream(Path.Combine(_partials, name.ToString()), options);
            if (file.Length > offer.Size) file.SetLength(0);
            return file;
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Whether so many more bytes fit: into the quota, and onto the disk.</summary>
    public bool HasRoom(long bytes)
    {
        try
        {
            var used = new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
            return bytes <= Quota - used && bytes <= new DriveInfo(Folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether an offer is here already, under its very name: a sender that missed our receipt asks so.</summary>
    public async Task<bool> HoldsAsync(FileOffer offer, byte[] buffer, CancellationToken cancel)
    {
        var path = Path.Combine(Folder, offer.Name);
        if (new FileInfo(path) is not { Exists: true, LinkTarget: null } info || info.Length != offer.Size) return false;
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        using var hash = new Sha256Stream();
        while (await file.ReadAsync(buffer, cancel) is var count and > 0) hash.Append(buffer.AsSpan(0, count));
        return hash.Current() == offer.Hash;
    }

    /// <summary>
    /// Makes a complete partial file durable and gives it its name, or the next free one like it. When this returns
    /// the file survives a loss of power. Closes the file.
    /// </summary>
    /// <returns>The name it got.</returns>
    public string Store(FileStream partial, string name)
    {
        partial.Flush(flushToDisk: true);
        var path = partial.Name;
        if (OperatingSystem.IsWindows()) partial.Dispose(); // an open file has but one name there
        lock (_gate)
        {
            var given = name;
            for (var number = 2; !TryName(path, Path.Combine(Folder, given)); number++)
            {
                if (number > MaxNumbered) throw new IOException($"There are too many files like {name}.");
                given = FileName.Numbered(name, number);
            }

            FileInterop.SyncDirectory(Folder);
            partial.Dispose();
            File.Delete(path);
            return given;
        }
    }

    /// <summary>The name of a file that was offered under a name, or under one that <see cref="Store"/> gave in its place.</summary>
    /// <param name="name">The offered name.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="hash">SHA-256 of the contents.</param>
    /// <param name="isFree">Whether a path may be it.</param>
    public string? Find(string name, long size, in Bytes32 hash, Func<string, bool> isFree)
    {
        var given = name;
        for (var number = 2; number <= MaxNumbered; number++)
        {
            var path = Path.Combine(Folder, given);
            if (new FileInfo(path) is { Exists: true, LinkTarget: null } info && info.Length == size && isFree(path) && HashOf(path) == hash) return given;
            given = FileName.Numbered(name, number);
        }

        return null;
    }

    private static Bytes32 HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Bytes32.Read(System.Security.Cryptography.SHA256.HashData(file));
    }

    /// <summary>Throws a partial file away: its contents are not what was offered.</summary>
    public static void Discard(FileStream partial)
    {
        partial.SetLength(0);
        partial.Dispose();
        File.Delete(partial.Name);
    }

    /// <summary>Throws away partial files that nobody resumed since.</summary>
    public void Sweep(DateTimeOffset before)
    {
        foreach (var file in new DirectoryInfo(_partials).EnumerateFiles())
            if (file.LastWriteTimeUtc < before.UtcDateTime) file.Delete();
    }

    // Never a move that replaces: a link is made or it is not, whoever else writes there.
    private static bool TryName(string path, string name)
    {
        if (!OperatingSystem.IsWindows())
        {
            try
            {
                return FileInterop.TryLink(path, name);
            }
            catch (IOException)
            {
                // No links on this file system, such as a FAT stick: then a look first must do.
            }
        }

        if (Path.Exists(name)) return false;
        File.Move(path, name, overwrite: false);
        return true;
    }
}
