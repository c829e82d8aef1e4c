using Hawser.Federation;
using Hawser.Hub.Store;
using Microsoft.Extensions.Logging;

namespace Hawser.Hub;

/// <summary>
/// What a hub does first that was put back from a backup: it asks how far the others are. Its original may have signed
/// messages of the next height, which it knows nothing of. Spec: federation.md §5.4.
/// </summary>
internal static class LookAround
{
    private const uint Margin = 2; // heights
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Ends when a quorum, this hub among them, has shown its newest certificate.</summary>
    public static async Task RunAsync(Genesis genesis, HubStore store, AdminPeers peers, TimeProvider clock, ILogger log, CancellationToken cancel)
    {
        var epochs = EpochsOf(genesis, store);
        using (var http = new Net.Hubs.HubClient()) await Net.Hubs.EpochFiles.FollowAsync(genesis, epochs, http, cancel).ConfigureAwait(false);
        var members = epochs.Newest;
        var highest = store.LastHeight();
        var others = members.All.Where(member => store.AdminKeys.All(key => key.Public != member.Key)).ToList();
        var heard = 1;
        for (var said = false; heard < members.Quorum; said = true)
        {
            foreach (var member in others.ToArray())
            {
                var (status, file) = await peers.AskAsync(member, AdminVerb.Certificate, []).ConfigureAwait(false);
                if (status is not (AdminStatus.Ok or AdminStatus.NotFound)) continue;
                if (status is AdminStatus.Ok)
                {
                    if (!TickCertificate.TryRead(file, members, out var certificate) || !certificate.IsValid(genesis, members)) continue;
                    highest = Math.Max(highest, certificate.Header.Height);
                }

                heard++;
                others.Remove(member);
            }

            if (heard >= members.Quorum) break;
            if (!said) log.LooksAround(members.Quorum - 1);
            await Task.Delay(Pause, clock, cancel).ConfigureAwait(false);
        }

        // Where every admin is needed nobody could have gone on, and nobody could if this one kept silent.
        store.HasLookedAround(members.MaxFaulty == 0 ? 0 : highest + Margin);
    }

    /// <summary>Who the admins were, by the certificates of a hub that does not run.</summary>
    /// <param name="genesis">The federation.</param>
    /// <param name="store">Has the certificates.</param>
    /// <param name="through">The last height to look at; null: all.</param>
    public static Epochs EpochsOf(Genesis genesis, HubStore store, uint? through = null)
    {
        var epochs = Epochs.Of(genesis);
        var last = Math.Min(store.LastHeight(), through ?? uint.MaxValue);
        for (uint height = 1; height <= last; height++)
            if (store.Certificate(height) is { } file && file.AsSpan().IndexOf("\nAdmin: "u8) >= 0) epochs.TryAdd(genesis, file);
        return epochs;
    }
}
