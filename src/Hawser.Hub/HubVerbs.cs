using System.Net;
using System.Net.Sockets;
using System.Text;
using Hawser.Federation;
using Hawser.Hub.Store;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Net.Names;

namespace Hawser.Hub;

/// <summary>What stands behind the verbs <c>hub</c> and <c>federation</c> on a hub's home.</summary>
internal static class HubVerbs
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public static void Register(HubHost host)
    {
        var control = host.Control;
        BackupVerbs.Register(control, host.Home, path => host.Store.SnapshotTo(path));
        control.Handle("hub init", (call, cancel) => InitAsync(host, call, cancel));
        control.Handle("hub card", (call, cancel) => CardAsync(host, call, cancel));
        control.Handle("hub status", (call, cancel) => StatusAsync(host, call, cancel));
        MemberVerbs.Register(host);
        NotaryVerbs.Register(host);
        control.Handle("hub check", (call, cancel) => CheckAsync(host, call, cancel));
        control.Handle("federation show", (call, cancel) => ShowAsync(host, call, cancel));
    }

    private static async Task InitAsync(HubHost host, ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<HubInitArgs>();
        if (File.Exists(host.Home.NodeDatabase))
            throw new HawserException(Reason.Refused, $"{host.Home.Folder} is a node's home", "choose another for the hub with --home");
        if (!Member.IsName(args.Name))
            throw new HawserException(Reason.Usage, "that name cannot be shown to people", $"take one of at most {Member.MaxName} bytes, without spaces at its ends");
        if (!Member.IsUrl(args.Url))
            throw new HawserException(Reason.Usage, $"{args.Url} cannot be a hub's address", "write it as in https://hub.example.org");
        if (args.Addresses is not [var at])
            throw new HawserException(Reason.Usage, "a hub has one public UDP address", "name it with --at IP:PORT");
        var identity = new HubIdentity(args.Name, args.Url, await ResolveAsync(at, cancel).ConfigureAwait(false),
            await ResolveAsync(args.UdpListen, cancel).ConfigureAwait(false), await ResolveAsync(args.HttpListen, cancel).ConfigureAwait(false));
        HubStore.Create(host.Home, identity, SystemEntropy.Shared).Dispose();
        await call.WriteAsync(StatusOf(host), cancel).ConfigureAwait(false);
    }

    private static async Task CardAsync(HubHost host, ControlCall call, CancellationToken cancel)
    {
        var card = HubContent.CardOf(host.Store, host.Store.Federation);
        var text = Encoding.UTF8.GetString(card.Write());
        await call.WriteAsync(new TextReport(text, card.Genesis is null ? null : card.Link), cancel).ConfigureAwait(false);
    }

    private static async Task StatusAsync(HubHost host, ControlCall call, CancellationToken cancel)
    {
        var report = StatusOf(host);
        await call.WriteAsync(report, cancel).ConfigureAwait(false);
        while (call.Args<WatchArgs>().Watch)
        {
            await Task.Delay(WatchInterval, cancel).ConfigureAwait(false);
            var next = StatusOf(host);
            var same = next.Counts.SequenceEqual(report.Counts) && next.Trouble == report.Trouble;
            report = next;
            if (!same) await call.WriteAsync(report, cancel).ConfigureAwait(false);
        }
    }

    private static HubReport StatusOf(HubHost host)
    {
        var store = host.Store;
        var identity = store.Identity;
        var genesis = store.Federation;
        var epochs = host.Admin?.Epochs ?? (genesis is null ? null : LookAround.EpochsOf(genesis, store));
        var members = host.Admin?.Members ?? epochs?.Newest;
        var me = members?.All.FirstOrDefault(member => member.Key == store.AdminKey.Public);
        var counts = host.Counts();
        var last = host.Admin?.Last;
        if (last is null && genesis is not null && store.Certificate(store.LastHeight()) is { } file)
            TickCertificate.TryRead(file, epochs!.At(store.LastHeight())!, out last);
        return new(identity.Name, identity.Url, host.Options.Online, Environment.ProcessId, host.Since,
            store.AdminKey.Public.ToString(), store.ChannelKey.Public.ToString(), genesis?.Hash.ToString(), me?.Id.ToString(),
            last?.Header.Height ?? 0, last?.Header.Tick.ToString(), store.CountUsers(),
            (int)counts.FirstOrDefault(count => count.Name == "lines").Value, last?.Attestations.Count ?? 0,
            [.. counts.Select(count => new NamedCount(count.Name, count.Value))],
            host.Admin is { IsHalted: true } ? "it signs nothing more: its fold is not what a quorum signed" : host.Admin?.Trouble, RecordsOf(host));
    }

    private static HubRecords? RecordsOf(HubHost host)
    {
        if (host.Store.Federation is null) return null;
        var (here, forgotten) = host.Store.CountLeaves();
        // Who does not run does not know how it will be started next.
        return new(host.Options.Online ? host.Options.KeepsAll : forgotten == 0, here, forgotten, host.Keeper?.Waits);
    }

    private static async Task CheckAsync(HubHost host, ControlCall call, CancellationToken cancel)
    {
        await foreach (var finding in HubFindings.AllAsync(host, cancel).ConfigureAwait(false))
            await call.WriteAsync(finding, cancel).ConfigureAwait(false);
    }

    private static async Task ShowAsync(HubHost host, ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<TextsArgs>();
        foreach (var text in args.Texts)
            await call.WriteAsync(FederationReports.Of(FederationReports.Parse(text), 0), cancel).ConfigureAwait(false);
        if (args.Texts.Count > 0) return;
        if (host.Store.Federation is { } genesis)
            await call.WriteAsync(FederationReports.Of(genesis, host.Store.LastHeight(), host.Admin?.Members), cancel).ConfigureAwait(false);
    }

    // Others keep the address for as long as the federation lives: it has to be a number.
    private static async Task<HostPort> ResolveAsync(string text, CancellationToken cancel)
    {
        var (host, port) = HostAndPort.Parse(text);
        if (IPAddress.TryParse(host, out var address)) return HostPort.From(new(address, port));
        try
        {
            var found = await Dns.GetHostAddressesAsync(host, cancel).ConfigureAwait(false);
            return HostPort.From(new(found[0], port));
        }
        catch (Exception e) when (e is SocketException or IndexOutOfRangeException)
        {
            throw new HawserException(Reason.Usage, $"the name {host} leads to no address", "name the address with --at IP:PORT", e);
        }
    }
}
