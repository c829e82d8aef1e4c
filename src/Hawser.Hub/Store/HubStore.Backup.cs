using System.Globalization;

namespace Hawser.Hub.Store;

// A copy of a hub, and what must be different in it.
internal sealed partial class HubStore
{
    private const string LookAroundName = "look_around", SilentThroughName = "silent_through";

    /// <summary>Writes a copy of all that stands here now.</summary>
    public void SnapshotTo(string path) => _database.SnapshotTo(path);

    /// <summary>
    /// A copy does not know what its original has signed since: it votes no more before it has seen how far the others
    /// are. Spec: agreement.md §5.
    /// </summary>
    public void BeginAnew() => _database.Atomically(() =>
    {
        _database.Execute("DELETE FROM machine_state WHERE name = 'votes'");
        SetSetting(LookAroundName, "1");
    });

    /// <summary>
    /// Forgets a height that was found damaged, and all after it, to take them from the other admins anew. Of what the
    /// votes were about it knows nothing then.
    /// </summary>
    /// <param name="height">The first to go.</param>
    /// <param name="kept">How much of each log the height before covers.</param>
    public void ForgetFrom(uint height, IEnumerable<(Naming.RoutingId Admin, ulong Size)> kept) => _database.Atomically(() =>
    {
        _database.Execute("DELETE FROM certificate WHERE height >= @1", (long)height);
        DropRegistry();
        foreach (var (admin, size) in kept) _database.Execute("DELETE FROM leaf WHERE admin = @1 AND number >= @2", admin.ToString(), checked((long)size));
        BeginAnew();
    });

    /// <summary>Whether it has not seen yet how far the others are.</summary>
    public bool MustLookAround => FindSetting(LookAroundName) is "1";

    /// <summary>Through this height it signs nothing and takes nothing; 0: it may.</summary>
    public uint SilentThrough => uint.TryParse(FindSetting(SilentThroughName), NumberStyles.None, CultureInfo.InvariantCulture, out var height) ? height : 0;

    /// <summary>The others are at a height.</summary>
    public void HasLookedAround(uint silentThrough) => _database.Atomically(() =>
    {
        SetSetting(SilentThroughName, silentThrough.ToString(CultureInfo.InvariantCulture));
        SetSetting(LookAroundName, "0");
    });
}
