using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Proving;

namespace Hawser.Cli;

/// <summary>What can be seen of the network, by asking the router and the STUN servers of hubs.</summary>
internal static class NetworkFindings
{
    private static readonly double[] Steps = [0.1, 0.2, 0.35, 0.5, 0.75, 1]; // of the time that idle mappings are watched

    public static async IAsyncEnumerable<Finding> AllAsync(
        VerbCall call, string[] named, TimeSpan watch, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel, cancel);
        var router = RouterProbe.AskAsync(both.Token);
        yield return NatFindings.OfIPv6(NatProbe.OwnAddresses());
        var servers = await ServersAsync(call, named, both.Token);
        if (servers.Count == 0)
        {
            yield return new("nat", FindingLevel.Note, "was not looked at", "this home is signed on to no hub that could be asked", "hawser doctor --stun HOST, or sign on: hawser signon HUB");
        }
        else
        {
            call.Screen.Say(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"asking {servers.Count} STUN server{(servers.Count == 1 ? "" : "s")}, and watching an idle mapping for {watch.TotalSeconds:0.#} s…"));
            var lifetimes = Steps.Select(step => watch * step).ToArray();
            // Those that do not answer only give way to the next; the one surveyed counts.
            for (var i = 0; i < servers.Count; i++)
            {
                var report = await NatProbe.RunAsync(servers[i], servers.Count > 1 ? servers[(i + 1) % servers.Count] : null, lifetimes, both.Token);
                if (report.Mapped is null && i < servers.Count - 1) continue;
                foreach (var finding in NatFindings.Of(report, servers[i])) yield return finding;
                break;
            }
        }

        foreach (var finding in NatFindings.Of(await router)) yield return finding;
    }

    private static async Task<List<HostPort>> ServersAsync(VerbCall call, string[] named, CancellationToken cancel)
    {
        var servers = new List<HostPort>();
        foreach (var name in named) servers.Add(await ResolveAsync(name, cancel));
        if (named.Length > 0 || !File.Exists(call.Home.NodeDatabase)) return servers;
        StatusReport? status = null;
        try
        {
            await foreach (var item in call.Items<WatchArgs, StatusReport>("status", Needs.Store, new(false), cancel))
            {
                status = item;
                break;
            }
        }
        catch (HawserException)
        {
            // the home's own finding says what is wrong with it
        }

        foreach (var hub in status?.Hubs ?? [])
            if (hub.Address is { } address && HostPort.TryParse(address, out var at)) servers.Add(at with { Port = StunListen.DefaultPort });
        return [.. servers.Distinct()];
    }

    private static async Task<HostPort> ResolveAsync(string text, CancellationToken cancel)
    {
        if (IPAddress.TryParse(text, out _) || IPEndPoint.TryParse(text, out _)) return StunPlaces.ParseOne(text);
        var colon = text.LastIndexOf(':');
        var (host, port) = colon < 0 ? (text, StunListen.DefaultPort)
            : ushort.TryParse(text[(colon + 1)..], out var written) && written > 0 ? (text[..colon], written)
            : throw new HawserException(Reason.Usage, $"{text} names no server", "write it as in hub.example.org or 203.0.113.7:3478");
        try
        {
            if ((await Dns.GetHostAddressesAsync(host, cancel)).OrderBy(found => found.AddressFamily).FirstOrDefault() is { } address)
                return HostPort.From(new(address, port));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // said below
        }

        throw new HawserException(Reason.Usage, $"{host} has no address", "see that the name is right, or give the address itself");
    }
}
