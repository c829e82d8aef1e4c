using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Threading.Channels;
using Hawser.Net.Pump;
using Hawser.Proof;

namespace Hawser.Net.Proving;

/// <summary>Runs a survey of the way to the outside, on sockets of its own.</summary>
internal static class NatProbe
{
    private const int MaxDatagram = StunMessage.MaxSize;

    /// <param name="server">A hub's STUN port.</param>
    /// <param name="second">Another's, elsewhere.</param>
    /// <param name="lifetimes">After how long idle mappings are tried, ascending.</param>
    public static async Task<NatReport> RunAsync(HostPort server, HostPort? second, IReadOnlyList<TimeSpan> lifetimes, CancellationToken cancel)
    {
        var family = server.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (second?.IsIPv4 != server.IsIPv4) second = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var sockets = new Socket[NatSurveySetup.SocketsFor(lifetimes.Count)];
        var receivers = new List<Task>();
        var arrivals = Channel.CreateUnbounded<(int Socket, HostPort From, byte[] Datagram)>();
        try
        {
            for (var i = 0; i < sockets.Length; i++)
            {
                sockets[i] = new(family, SocketType.Dgram, ProtocolType.Udp);
                sockets[i].Bind(new IPEndPoint(server.IsIPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0));
                receivers.Add(ReceiveAsync(i, sockets[i], arrivals.Writer, stop.Token));
            }

            var survey = new NatSurvey(TimeProvider.System.GetMoment(), SystemEntropy.Shared, new()
            {
                Server = server,
                Second = second,
                Own = [.. OwnAddresses().Select(address => HostPort.From(new(address, 0)).Address)],
                Ports = [.. sockets.Select(socket => (ushort)((IPEndPoint)socket.LocalEndPoint!).Port)],
                Lifetimes = lifetimes,
            });
            return await DriveAsync(survey, sockets, arrivals.Reader, cancel).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (var socket in sockets) socket?.Dispose();
            await Task.WhenAll(receivers).ConfigureAwait(false);
        }
    }

    /// <summary>The addresses of this machine's interfaces that are up.</summary>
    public static IEnumerable<IPAddress> OwnAddresses() =>
        from nic in NetworkInterface.GetAllNetworkInterfaces()
        where nic.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
        from unicast in nic.GetIPProperties().UnicastAddresses
        select new IPAddress(unicast.Address.GetAddressBytes());

    private static async Task<NatReport> DriveAsync(
        NatSurvey survey, Socket[] sockets, ChannelReader<(int Socket, HostPort From, byte[] Datagram)> arrivals, CancellationToken cancel)
    {
        var buffer = new byte[MaxDatagram];
        while (true)
        {
            survey.Tick(TimeProvider.System.GetMoment());
            while (arrivals.TryRead(out var came)) survey.Receive(TimeProvider.System.GetMoment(), came.Socket, came.From, came.Datagram);
            while (survey.TryTransmit(TimeProvider.System.GetMoment(), buffer, out var socket, out var to, out var length))
                await SendAsync(sockets[socket], buffer.AsMemory(0, length), to, cancel).ConfigureAwait(false);
            if (survey.Report is { } report) return report;
            var now = TimeProvider.System.GetMoment().Mono;
            if (survey.NextWakeup <= now) continue;
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            soon.CancelAfter(TimeSpan.FromMilliseconds(Math.Ceiling((survey.NextWakeup - now).TotalMilliseconds)));
            try
            {
                await arrivals.WaitToReadAsync(soon.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // the machine's own time has come
            }
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> datagram, HostPort to, CancellationToken cancel)
    {
        try
        {
            await socket.SendToAsync(datagram, SocketFlags.None, to.ToEndPoint(), cancel).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // no route: the survey sees silence, which is what it is
        }
    }

    private static async Task ReceiveAsync(
        int index, Socket socket, ChannelWriter<(int Socket, HostPort From, byte[] Datagram)> arrivals, CancellationToken stop)
    {
        var buffer = new byte[MaxDatagram];
        var any = new IPEndPoint(socket.AddressFamily is AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var came = await socket.ReceiveFromAsync(buffer, SocketFlags.None, any, stop).ConfigureAwait(false);
                arrivals.TryWrite((index, HostPort.From((IPEndPoint)came.RemoteEndPoint), buffer[..came.ReceivedBytes]));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // an unreachable place was told of; the next receive goes on
            }
        }
    }
}
