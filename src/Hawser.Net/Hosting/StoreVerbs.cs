using Hawser.Net.Control;
using Hawser.Net.Hubs;
using Hawser.Net.Names;
using Hawser.Net.Store;

namespace Hawser.Net.Hosting;

/// <summary>The verbs that the store alone can answer.</summary>
internal static class StoreVerbs
{
    public static void Register(NodeHost host)
    {
        var control = host.Control;
        control.Handle("status", (call, cancel) => call.WriteAsync(Status(host), cancel));
        control.Handle("down", async (call, cancel) =>
        {
            await call.WriteAsync(new DownReport(Environment.ProcessId), cancel).ConfigureAwait(false);
            host.RequestStop();
        });
        control.Handle("expose", (call, cancel) => ExposeAsync(host, call, cancel));
        PeerVerbs.Register(host);
    }

    /// <summary>What is known without a network.</summary>
    public static StatusReport Status(NodeHost host) => new(host.Home.Folder, Environment.ProcessId, host.Options.Online, host.Since,
        host.Store.ChannelKey(SystemEntropy.Shared).Public.ToString(), host.Store.UdpPort,
        [.. host.Store.Claims().Where(claim => claim.Stage != ClaimFile.Lost).Select(claim => new OwnIdStatus(claim.RoutingId is { } id ? IdText.Show(id) : null, claim.Stage))],
        [.. host.Store.Hubs().Select(hub => new HubLineStatus(hub.Name, "down", hub.Addresses is [var first, ..] ? first : null, null, null))],
        [], [.. host.Store.Exposures().Select(Report)],
        [.. host.Store.Transfers().Where(transfer => transfer.State != "done").Select(transfer => Report(host.Store, transfer))],
        [.. InviteVerbs.Notable(host.Store)]);

    public static ExposureReport Report(StoredExposure exposure) => new(exposure.Name, exposure.Target, exposure.For);

    /// <summary>A transfer, with whom by the name that the user gave him.</summary>
    public static TransferReport Report(NodeStore store, StoredTransfer transfer) => new(transfer.Id, transfer.Incoming,
        store.Contacts().FirstOrDefault(contact => contact.ChannelKey?.ToString() == transfer.Peer)?.Petname ?? transfer.Peer,
        transfer.Name, transfer.Path, transfer.Size, transfer.Moved, transfer.State,
        transfer.Sha256 is { } hash ? Convert.ToHexStringLower(hash) : null);

    private static async Task ExposeAsync(NodeHost host, ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ExposeArgs>();
        if (args.Name is null)
        {
            foreach (var exposure in host.Store.Exposures()) await call.WriteAsync(Report(exposure), cancel).ConfigureAwait(false);
            return;
        }

        if (!ServiceWord.IsValid(args.Name)) throw new HawserException(Reason.Usage, $"{args.Name} cannot name a service", ServiceWord.Rule);
        var old = host.Store.FindExposure(args.Name);
        if (args.Target is null && old is null && BuiltInTarget(args.Name) is null)
            throw new HawserException(Reason.NoSuchService, $"nothing is exposed as {args.Name}",
                $"expose it: hawser expose {args.Name}=tcp:127.0.0.1:PORT");
        if (args.Off)
        {
            if (old is null) throw new HawserException(Reason.NoSuchService, $"nothing is exposed as {args.Name}", "see what is with: hawser expose");
            host.Store.RemoveExposure(args.Name);
            host.NotifyRulesChanged();
            await call.WriteAsync(Report(old) with { Off = true }, cancel).ConfigureAwait(false);
            return;
        }

        var next = new StoredExposure(args.Name, args.Target is null ? old?.Target ?? BuiltInTarget(args.Name)! : Served(ServiceTarget.Parse(args.Target)).ToString(),
            args.For is null ? old?.For ?? [] : [.. args.For.Select(who => Known(host, Audience.Parse(who))).Distinct()]);
        host.Store.SaveExposure(next);
        host.NotifyRulesChanged();
        await call.WriteAsync(Report(next), cancel).ConfigureAwait(false);
    }

    private static ServiceTarget Served(ServiceTarget target) => target is ServiceTarget.Tcp or ServiceTarget.Unix
        ? target
        : throw new HawserException(Reason.NotSupported, $"{target} cannot be exposed yet", "expose tcp:HOST:PORT or unix:PATH");

    // What the node serves by itself needs no target, only to be named.
    private static string? BuiltInTarget(string name) => name is "echo" or "file" ? "builtin" : null;

    // A name that is no contact's would admit nobody, silently.
    private static string Known(NodeHost host, Audience who)
    {
        if (who is Audience.One { Peer: PeerReference.ByPetname { Name: var name } }) return PeerVerbs.Find(host.Store, name).Petname;
        return who.ToString()!;
    }
}
