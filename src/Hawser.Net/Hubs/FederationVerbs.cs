using System.Text;
using Hawser.Federation;
using Hawser.Net.Control;
using Hawser.Net.Hosting;

namespace Hawser.Net.Hubs;

/// <summary>Federations that this node trusts: pinned at sign-on, or by hand from a file.</summary>
internal static class FederationVerbs
{
    public static void Register(NodeHost host)
    {
        host.Control.Handle("federation show", (call, cancel) => ShowAsync(host, call, cancel));
        host.Control.Handle("federation pin", (call, cancel) => PinAsync(host, call, cancel));
    }

    private static async Task ShowAsync(NodeHost host, ControlCall call, CancellationToken cancel)
    {
        if (call.Args<TextsArgs>().Texts is [var text])
        {
            var shown = FederationReports.Parse(text);
            await call.WriteAsync(FederationReports.Of(shown, HeightOf(host, shown)), cancel);
            return;
        }

        var pinned = host.Store.Federations();
        if (pinned.Count == 0)
            throw new HawserException(Reason.NoSuchPeer, "no federation is pinned here", "hawser signon HUB, or: hawser federation pin FILE");
        foreach (var federation in pinned)
        {
            if (Genesis.TryRead(Encoding.UTF8.GetBytes(federation.Text), out var genesis))
                await call.WriteAsync(FederationReports.Of(genesis, federation.Height), cancel);
        }
    }

    private static async Task PinAsync(NodeHost host, ControlCall call, CancellationToken cancel)
    {
        if (call.Args<TextsArgs>().Texts is not [var text]) throw new HawserException(Reason.Usage, "one file is pinned at a time");
        var genesis = FederationReports.Parse(text);
        host.Store.PinFederation(genesis.Hash, genesis.ToString());
        await call.WriteAsync(FederationReports.Of(genesis, HeightOf(host, genesis)), cancel);
    }

    private static ulong HeightOf(NodeHost host, Genesis genesis)
    {
        var hash = genesis.Hash;
        return host.Store.Federations().FirstOrDefault(f => f.Genesis == hash)?.Height ?? 0;
    }
}
