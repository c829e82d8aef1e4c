using System.Runtime.InteropServices;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Store;

namespace Hawser.Cli;

/// <summary>What can be seen of this machine without a network.</summary>
internal static class MachineFindings
{
    private const long LowSpace = 256L << 20;

    public static IEnumerable<Finding> All(Home home)
    {
        yield return new("version", FindingLevel.Good, $"hawser {Build.Version}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}", null, null);
        yield return CryptoLibrary.IsAvailable
            ? new("libsodium", FindingLevel.Good, "is here", null, null)
            : new("libsodium", FindingLevel.Bad, "is missing", "no key can be made and no channel opened", "apt-get install libsodium23");
        yield return IsLoadable("libsecp256k1.so.1") || IsLoadable("libsecp256k1.so.2")
            ? new("libsecp256k1", FindingLevel.Good, "is here", null, null)
            : new("libsecp256k1", FindingLevel.Note, "is missing", "invitations over a chain will not work; all else does", "apt-get install libsecp256k1-1");
        var engine = CipherEngines.For(Aead.Aes256Gcm);
        yield return engine is CipherEngine.Portable
            ? new("cipher", FindingLevel.Note, CipherEngines.Describe(engine), "packets are sealed by the slowest way there is", "apt-get install libipsec-mb1")
            : new("cipher", FindingLevel.Good, CipherEngines.Describe(engine), null, null);
        yield return HomeFinding(home);
        if (SpaceFinding(home) is { } space) yield return space;
        var utc = DateTimeOffset.UtcNow;
        yield return utc.Year is >= 2025 and < 2100
            ? new("clock", FindingLevel.Good, $"{utc:u}", null, null)
            : new("clock", FindingLevel.Bad, $"{utc:u}", "tickets and leases will seem expired, or not yet valid", "set the clock, or start time synchronisation");
    }

    private static Finding HomeFinding(Home home)
    {
        if (!Directory.Exists(home.Folder))
            return new("home", FindingLevel.Note, $"{home.Folder} is not there yet", "it will be made by the first verb that needs it", null);
        if (File.GetUnixFileMode(home.Folder) != Home.Private)
            return new("home", FindingLevel.Note, $"others may look into {home.Folder}", "it will be closed to them when it is next used", $"chmod 700 {home.Folder}");
        try
        {
            using (home.Lock())
                if (File.Exists(home.NodeDatabase)) NodeStore.Open(home).Dispose();
            return new("home", FindingLevel.Good, $"{home.Folder}, not in use, its store is sound", null, null);
        }
        catch (HawserException e) when (e.Reason == Reason.HomeInUse)
        {
            return new("home", FindingLevel.Good, $"{home.Folder}, in use by process {home.Holder()}", null, null);
        }
        catch (HawserException e)
        {
            return new("home", FindingLevel.Bad, e.Message, null, e.Remedy);
        }
    }

    private static Finding? SpaceFinding(Home home)
    {
        var folder = home.Folder;
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        return free >= LowSpace ? null : new("disk", FindingLevel.Bad, $"only {Screen.Size(free)} are free", "keys and claims could not be kept", "free some space");
    }

    private static bool IsLoadable(string library)
    {
        if (!NativeLibrary.TryLoad(library, out var handle)) return false;
        NativeLibrary.Free(handle);
        return true;
    }
}
