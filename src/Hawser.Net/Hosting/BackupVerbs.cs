using Hawser.Net.Control;
using Hawser.Net.Store;

namespace Hawser.Net.Hosting;

/// <summary>
/// What stands behind <c>backup</c>: a copy of the store at one moment, which the caller locks and removes. No passphrase
/// crosses the control socket.
/// </summary>
internal static class BackupVerbs
{
    public static void Register(ControlServer control, Home home, Action<string> snapshot)
    {
        Snapshots.Sweep(home);
        control.Handle("backup", async (call, cancel) =>
        {
            var path = Snapshots.NameIn(home);
            snapshot(path);
            await call.WriteAsync(new TextReport(path), cancel).ConfigureAwait(false);
        });
    }
}
