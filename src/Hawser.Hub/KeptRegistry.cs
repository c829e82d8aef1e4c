using Hawser.Federation;
using Hawser.Hub.Store;
using Microsoft.Extensions.Logging;

namespace Hawser.Hub;

/// <summary>
/// The state of the registry as the store keeps it where records are kept in part: whoever starts goes on from there.
/// Spec: federation.md §4.8.
/// </summary>
internal static class KeptRegistry
{
    /// <summary>The registry to go on from: as it was kept, else an empty one, which folds every leaf anew.</summary>
    public static Registry Open(Genesis genesis, HubStore store, ILogger log)
    {
        var (forgets, height) = (store.ForgottenFrom().Count > 0, store.RegistryHeight());
        if (forgets || height > 0 && store.KeepsRegistry)
        {
            if (height > 0 && Read(genesis, store, height) is { } kept) return kept;
            log.StoreDamaged(height, "the state of the registry does not add up to what is certified");
        }

        // What cannot be folded from leaves has to come from the other admins, all of it.
        if (forgets) store.ForgetAll();
        else if (height > 0) store.DropRegistry();
        return new(genesis, Net.Hubs.AllCores.Instance);
    }

    private static Registry? Read(Genesis genesis, HubStore store, uint height)
    {
        var epochs = LookAround.EpochsOf(genesis, store, height);
        return epochs.At(height) is { } members && store.Certificate(height) is { } file && TickCertificate.TryRead(file, members, out var certificate)
            && store.Registry() is { } rows ? Registry.Restore(genesis, rows, certificate, epochs, Net.Hubs.AllCores.Instance) : null;
    }
}
