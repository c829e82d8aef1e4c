using Hawser.Net.Datagrams;
using Hawser.Net.Sockets;

namespace Hawser.Bench.Transport;

/// <summary>One stream through a bottleneck that loses packets: both ends in this process, a simulated link under each.</summary>
internal static class LossyLoad
{
    public const double Megabits = 200;
    private const double Loss = 0.01;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20);

    /// <summary>The share of the bottleneck that the stream got.</summary>
    public static async Task<double> RunAsync(double seconds)
    {
        var loopback = HostPort.Read([127, 0, 0, 1], 0);
        await using var host = await DatagramEndpoint.ListenAsync(new()
        {
            Socket = Link(loopback), Decide = static _ => ConnectionDecision.Accept(),
        });
        await using var client = await DatagramEndpoint.ListenAsync(new() { Socket = Link(loopback) });
        _ = StreamLoad.ServeAsync(host);
        var line = await StreamLoad.DriveAsync(client, host.Local.ToEndPoint(), host.Key, seconds, 65_536);
        return double.Parse(line.Split(' ')[0]["gbits=".Length..], System.Globalization.CultureInfo.InvariantCulture) * 1_000 / Megabits;
    }

    private static LinkSimulator Link(HostPort local) =>
        new(new UdpSocket(local), TimeProvider.System) { Delay = Delay, Loss = Loss, Rate = Megabits * 1e6 };
}
