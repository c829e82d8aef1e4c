using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hawser.Crypto;
using Hawser.Hub;
using Hawser.Hub.Store;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Net.Proving;

namespace Hawser.Bench;

/// <summary>A proof over a link of 100 ms there and back: how many of them it takes.</summary>
internal static class ProofTrips
{
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(50);

    public static async Task<double> OfAsync(string method)
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var folder = Directory.CreateTempSubdirectory("hawser-proof-");
        var home = new Home(folder.FullName);
        HubHost? host = null;
        try
        {
            var (udp, http) = (HostPort.Read([127, 0, 0, 1], 0), HostPort.Read([127, 0, 0, 1], FreePort()));
            string card;
            using (var store = HubStore.Create(home, new("bench", $"http://{http}", udp with { Port = FreePort() }, udp with { Port = FreePort() }, http), SystemEntropy.Shared))
                card = Encoding.UTF8.GetString(HubContent.CardOf(store, null).Write());
            using (var store = HubStore.Open(home)) store.Federation = Founding.Compose([card], TimeSpan.FromSeconds(4), DateTimeOffset.UtcNow);
            host = await HubHost.StartAsync(new() { Home = home, Stun = new(udp, 0, null) }, cancel.Token);
            using var client = new HubClient();
            var way = ProvingMethods.Find(method)!;
            var near = await ProvingPlace.FindAsync($"http://{http}", null, way, client, cancel.Token);
            await using var tcp = new SlowTcp(http, OneWay);
            await using var datagrams = new SlowUdp(near.Stun!.Value, OneWay);
            var far = near with { Url = $"http://{tcp.Local}", Stun = datagrams.Local };
            var wish = new ProvingWish { Place = near, Key = SigningKey.Generate(SystemEntropy.Shared), Audience = default };
            await WarmAsync(way, new(wish, client, _ => { }), cancel.Token);
            using var fresh = new HubClient();
            var watch = Stopwatch.StartNew();
            await way.ProveAsync(new(wish with { Place = far, Extra = new Dictionary<string, string> { [NotaryMethod.Option] = far.Url } }, fresh, _ => { }), cancel.Token);
            return watch.Elapsed / (2 * OneWay);
        }
        finally
        {
            if (host is not null) await host.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    // Compiled by then; and a hub that has just started has to fetch its own card before it believes a notary.
    private static async Task WarmAsync(IProvingMethod way, ProvingSession session, CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await way.ProveAsync(session, cancel);
                return;
            }
            catch (HawserException e) when (e.Reason is Reason.Refused && tries < 50)
            {
                await Task.Delay(50, cancel);
            }
        }
    }

    public static ushort FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        for (var tries = 0; ; tries++)
        {
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, System.Security.Cryptography.RandomNumberGenerator.GetInt32(20_000, 32_000)));
                return (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException) when (tries < 20)
            {
                // another one
            }
        }
    }
}

/// <summary>Hands bytes of TCP on, each a while later.</summary>
internal sealed class SlowTcp : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private readonly TimeSpan _delay;

    public SlowTcp(HostPort to, TimeSpan delay)
    {
        _delay = delay;
        _listener.Start();
        _loop = AcceptAsync(to);
    }

    public HostPort Local => HostPort.From((IPEndPoint)_listener.LocalEndpoint);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _loop;
        _stopping.Dispose();
    }

    private async Task AcceptAsync(HostPort to)
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(_stopping.Token);
                var far = new TcpClient { NoDelay = true };
                near.NoDelay = true;
                await far.ConnectAsync(to.ToEndPoint(), _stopping.Token);
                _ = PumpAsync(near.GetStream(), far.GetStream());
                _ = PumpAsync(far.GetStream(), near.GetStream());
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the end
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.ReadAsync(buffer, _stopping.Token) is var length and > 0)
            {
                await Task.Delay(_delay, _stopping.Token);
                await to.WriteAsync(buffer.AsMemory(0, length), _stopping.Token);
            }

            to.Close();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            to.Close();
        }
    }
}

/// <summary>Hands datagrams on between one client and a server, each a while later.</summary>
internal sealed class SlowUdp : IAsyncDisposable
{
    private readonly UdpClient _near = new(new IPEndPoint(IPAddress.Loopback, 0)), _far = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loops;
    private IPEndPoint? _client;

    public SlowUdp(HostPort to, TimeSpan delay)
    {
        var server = to.ToEndPoint();
        _loops = Task.WhenAll(
            PumpAsync(_near, came =>
            {
                _client = came.RemoteEndPoint;
                return (_far, server);
            }, delay),
            PumpAsync(_far, _ => (_near, _client!), delay));
    }

    public HostPort Local => HostPort.From((IPEndPoint)_near.Client.LocalEndPoint!);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loops;
        _near.Dispose();
        _far.Dispose();
        _stopping.Dispose();
    }

    private async Task PumpAsync(UdpClient from, Func<UdpReceiveResult, (UdpClient By, IPEndPoint To)> way, TimeSpan delay)
    {
        try
        {
            while (true)
            {
                var came = await from.ReceiveAsync(_stopping.Token);
                var (by, to) = way(came);
                await Task.Delay(delay, _stopping.Token);
                await by.SendAsync(came.Buffer, to, _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the end
        }
    }
}
