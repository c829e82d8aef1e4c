using System.Globalization;

namespace Hawser.Net.Store;

// A copy of a node, and what must be different in it.
internal sealed partial class NodeStore
{
    private const string RestoredName = "restored", BootName = "boot";

    /// <summary>When this store was put back from a backup; null if it never was.</summary>
    public DateTimeOffset? Restored =>
        DateTimeOffset.TryParse(Setting(RestoredName), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : null;

    /// <summary>Writes a copy of all that stands here now.</summary>
    public void SnapshotTo(string path) => _database.SnapshotTo(path);

    /// <summary>The number of the next start: its upper half is the restore that this store came from. Spec: rendezvous.md §5.2.</summary>
    public ulong NextBoot()
    {
        var boot = checked(Boot + 1);
        SetSetting(BootName, boot.ToString(CultureInfo.InvariantCulture));
        return boot;
    }

    /// <summary>
    /// Makes a copy one that goes on by itself: tickets that the original may have spent are closed, messages begin new
    /// series, and hubs take it for the one that is meant.
    /// </summary>
    public void BeginAnew(DateTimeOffset now) => Atomically(() =>
    {
        SetSetting("ticket_generation", (TicketGeneration + 1).ToString(CultureInfo.InvariantCulture));
        // Of two copies the one restored last; a clock that stands in the past must not undo that.
        var restore = Math.Max((ulong)Math.Clamp(now.ToUnixTimeSeconds(), 0, uint.MaxValue), (Boot >> 32) + 1);
        SetSetting(BootName, (restore << 32).ToString(CultureInfo.InvariantCulture));
        SetSetting(RestoredName, now.ToString("O", CultureInfo.InvariantCulture));
    });

    private ulong Boot => ulong.TryParse(Setting(BootName), NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : 0;
}
