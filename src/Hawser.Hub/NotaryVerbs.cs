using Hawser.Net.Control;
using Hawser.Proof;

namespace Hawser.Hub;

/// <summary>What stands behind <c>hub notary</c>.</summary>
internal static class NotaryVerbs
{
    public static void Register(HubHost host) => host.Control.Handle("hub notary", (call, cancel) => ShowAsync(host, call, cancel));

    private static async Task ShowAsync(HubHost host, ControlCall call, CancellationToken cancel)
    {
        var notary = host.Notary ?? new NotaryHost(host.Store, TrustedProxies.None, host.Options.Clock);
        var card = call.Args<HubNotaryArgs>().Revoke ? notary.Revoke() : notary.Card();
        await call.WriteAsync(new HubNotaryReport(notary.Pin, [.. card.Keys.Select(key => new HubNotaryKey(key.Kid, key.From, key.Until))]), cancel).ConfigureAwait(false);
    }
}
