namespace Hawser.Net.Store;

/// <summary>Copies of a home's store that a backup is made of. They hold all its keys, and do not stay.</summary>
internal static class Snapshots
{
    private const string Prefix = "snapshot-", Suffix = ".db";

    /// <summary>A new name for one.</summary>
    public static string NameIn(Home home) =>
        Path.Combine(home.Folder, $"{Prefix}{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}{Suffix}");

    /// <summary>Removes what a backup that was interrupted has left; the home's lock must be held.</summary>
    public static void Sweep(Home home)
    {
        foreach (var path in Directory.EnumerateFiles(home.Folder, $"{Prefix}*")) File.Delete(path);
        if (Directory.Exists(home.Unpacking)) Directory.Delete(home.Unpacking, recursive: true);
    }
}
