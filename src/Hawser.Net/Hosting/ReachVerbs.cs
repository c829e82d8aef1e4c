using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Net.Services;
using Hawser.Node;

namespace Hawser.Net.Hosting;

/// <summary>The verbs that reach a peer's services: dial, forward, ping, why; and the status of it all.</summary>
internal sealed class ReachVerbs(NodeHost host)
{
    private readonly PeerFinder _finder = new(host.Store, () => host.Online.Directory);
    private readonly ConcurrentDictionary<Forwarder, string> _forwards = new();

    public static void Register(NodeHost host)
    {
        var verbs = new ReachVerbs(host);
        host.Control.Handle("dial", verbs.DialAsync);
        host.Control.Handle("forward", verbs.ForwardAsync);
        host.Control.Handle("forward list", verbs.ListForwardsAsync);
        host.Control.Handle("ping", verbs.PingAsync);
        host.Control.Handle("why", verbs.WhyAsync);
        host.Control.Handle("status", (call, cancel) => call.WriteAsync(Status(host), cancel));
    }

    /// <summary>A connection with who is meant.</summary>
    public static async Task<Peer> ReachAsync(
        NodeHost host, PeerFinder finder, PeerReference peer, string? via, IProgress<DialReport>? progress, CancellationToken cancel)
    {
        var since = TimeProvider.System.GetTimestamp();
        var target = await finder.FindAsync(peer, ViaOf(via), cancel);
        progress?.Report(new("name", TimeProvider.System.GetElapsedTime(since).TotalMilliseconds, null));
        return await host.Online.ConnectAsync(target, progress, cancel);
    }

    public static StatusReport Status(NodeHost host)
    {
        var runtime = host.Online;
        return StoreVerbs.Status(host) with
        {
            UdpPort = runtime.Local.Port,
            TcpPort = runtime.TcpPort,
            Silenced = runtime.TcpNotes.Counts,
            Pressure = runtime.TcpNotes.Pressure,
            Hubs = [.. host.Store.Hubs().Select(hub => runtime.HubOf(hub.ChannelKey) is { } state
                ? new HubLineStatus(hub.Name, state.Line, state.Observed?.ToString(), null, state.Trouble)
                : new HubLineStatus(hub.Name, "connecting", null, null, null))],
            Peers = [.. runtime.Peers.All.Select(peer => Report(runtime, peer)).OfType<PeerStatus>()],
        };
    }

    private static PeerStatus? Report(NodeRuntime runtime, Peer peer) => peer.Describe() is not { } info ? null : new(
        runtime.Rules.NameOf(peer.ChannelKey, runtime.IdOf(peer)), runtime.IdOf(peer), peer.Key, PathOf(info), info.Remote.ToString(),
        info.Rtt.TotalMilliseconds, info.BytesIn, info.BytesOut, CarrierOf(info));

    /// <summary>What carries a connection.</summary>
    public static string CarrierOf(PeerInfo info) => info.Kind is RouteKind.Line ? "tcp" : "udp";

    private static string PathOf(PeerInfo info) => info.Kind is RouteKind.Relay ? "relay" : "direct";

    private async Task DialAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<DialArgs>();
        var reference = PeerReference.ParseWithService(args.Peer);
        PeerStream stream;
        await using (var progress = new LineProgress<DialReport>(call, cancel))
        {
            var peer = args.Via == "chain"
                ? await new ChainVerbs(host).MeetAsync(_finder, reference, args.MaxFee, progress, cancel)
                : await ReachAsync(host, _finder, reference, args.Via, progress, cancel);
            stream = await peer.OpenStreamAsync(reference.Service!, cancel: cancel);
        }

        await using (stream)
        {
            await StreamPump.RunAsync(stream, new ControlPeerStream(await call.SwitchToStreamAsync(cancel)), cancel);
        }
    }

    private async Task ForwardAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<ForwardArgs>();
        var reference = PeerReference.ParseWithService(args.Peer);
        var (name, port) = HostAndPort.Parse(args.Listen);
        if (!IPAddress.TryParse(name, out var address))
            throw new HawserException(Reason.Usage, $"{name} is no address to listen on", "write 127.0.0.1:PORT");

        // Before anything listens: a name that leads nowhere is said here, not to whoever connects.
        await ReachAsync(host, _finder, reference, null, null, cancel);
        Forwarder forwarder;
        try
        {
            forwarder = new(new(address, port), async token =>
            {
                var peer = await ReachAsync(host, _finder, reference, null, null, token);
                return await peer.OpenStreamAsync(reference.Service!, cancel: token);
            }, host.Log);
        }
        catch (SocketException e)
        {
            throw new HawserException(Reason.PortBusy, $"{args.Listen} cannot be listened on: {e.Message}",
                "choose another port, or stop who has it", e);
        }

        await using (forwarder)
        {
            _forwards[forwarder] = reference.ToString()!;
            try
            {
                await call.WriteAsync(Report(forwarder, reference.ToString()!), cancel);
                await Task.Delay(Timeout.Infinite, cancel);
            }
            finally
            {
                _forwards.TryRemove(forwarder, out _);
            }
        }
    }

    private async Task ListForwardsAsync(ControlCall call, CancellationToken cancel)
    {
        foreach (var (forwarder, peer) in _forwards) await call.WriteAsync(Report(forwarder, peer), cancel);
    }

    private static ForwardReport Report(Forwarder forwarder, string peer) =>
        new(forwarder.Local.ToString(), peer, forwarder.Connections, forwarder.Total, null);

    private async Task PingAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<PingArgs>();
        var reference = PeerReference.Parse(args.Peer);
        for (var sequence = 1; sequence <= args.Count || args.Count == 0; sequence++)
        {
            if (sequence > 1) await Task.Delay(args.IntervalMs, cancel);
            var peer = await ReachAsync(host, _finder, reference, null, null, cancel);
            double? rtt = null;
            try
            {
                rtt = (await peer.PingAsync(cancel).WaitAsync(TimeSpan.FromSeconds(5), cancel)).TotalMilliseconds;
            }
            catch (Exception e) when (e is TimeoutException or IOException)
            {
                // Lost: said by the null.
            }

            var info = peer.Describe();
            await call.WriteAsync(new PingReport(sequence, rtt, info is null ? null : PathOf(info), info?.Remote.ToString(), info is null ? null : CarrierOf(info)), cancel);
        }
    }

    private async Task WhyAsync(ControlCall call, CancellationToken cancel)
    {
        var reference = PeerReference.Parse(call.Args<NameArgs>().Name);
        var peer = await ReachAsync(host, _finder, reference, null, null, cancel);
        var info = peer.Describe();
        var relayed = info?.Kind is RouteKind.Relay;
        var observed = host.Online.Observed;
        var varies = observed.GroupBy(a => a.Address).Any(g => g.Distinct().Count() > 1);
        var byTcp = info?.Kind is RouteKind.Line;
        List<string> because = [relayed ? "relayed: punching opened no direct path" : "direct: packets go straight to the peer"];
        if (byTcp) because.Add("over TCP: UDP did not get through to that address");
        if (varies) because.Add("your NAT gives each destination another port (symmetric)");
        else if (observed.Count > 0 && observed.All(a => host.Online.LocalAddresses.Contains(a))) because.Add("no NAT stands before this machine");
        else if (observed.Count > 1) because.Add("your NAT keeps one port for all destinations");
        List<string> help = [];
        if (byTcp) help.Add($"let UDP port {info!.Remote.Port} pass between you: TCP makes datagrams and streams wait for each other");
        if (relayed) help.Add($"forward UDP port {host.Online.Local.Port} to this machine on your router, or have the peer do so on its side");
        await call.WriteAsync(new WhyReport(reference.ToString()!, info is null ? null : PathOf(info), info?.Remote.ToString(),
            info?.Rtt.TotalMilliseconds, because, help, info is null ? null : CarrierOf(info)), cancel);
    }

    private static DialVia ViaOf(string? via) => via switch
    {
        null => DialVia.Any,
        "direct" => DialVia.Direct,
        "relay" => DialVia.Relay,
        "chain" => throw new HawserException(Reason.NotSupported, "only dial goes by the chain", "meet first with: hawser chain invite PEER"),
        _ => throw new HawserException(Reason.Usage, $"{via} is no way to a peer", "name direct, relay or chain"),
    };
}
