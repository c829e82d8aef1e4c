using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Proof;

namespace Hawser.Lab;

/// <summary>
/// A thousand senders, each from an address of its own, who all want to send to one victim: runs inside a host, to which
/// 198.18.0.0/16 is routed. Whatever the hub lets them do, they do; what arrives there is counted by the victim.
/// </summary>
internal static class FloodTool
{
    private const int AtOnce = 32;

    public static async Task<int> RunAsync(string hub, string victim, int identities, double seconds)
    {
        var at = IPAddress.Parse(victim);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var (hellos, asks, refused) = (0, 0, 0);
        var next = 0;
        string? trouble = null;
        var workers = Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) is var i && i <= identities)
            {
                // Spread over /24s, for those are what a hub limits.
                var from = new IPAddress((byte[])[198, 18, (byte)(i % 250), (byte)(1 + i / 250)]);
                var port = (ushort)(1_024 + i);
                try
                {
                    if (await HelloAsync(hub, from, new(at, port), stop.Token)) Interlocked.Increment(ref hellos);
                    else Interlocked.Increment(ref refused);
                    if (await AskAsync(hub, from, new(at, port), stop.Token)) Interlocked.Increment(ref asks);
                    else Interlocked.Increment(ref refused);
                }
                catch (Exception e) when (e is WebSocketException or HttpRequestException or OperationCanceledException or IOException)
                {
                    Interlocked.Increment(ref refused);
                    trouble ??= e.Message;
                }
            }
        }, stop.Token)).ToArray();
        await Task.WhenAll(workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"identities={Math.Min(next, identities)} hellos={hellos} asks={asks} refused={refused} trouble={trouble}"));
        return 0;
    }

    private static async Task<bool> HelloAsync(string hub, IPAddress from, IPEndPoint victim, CancellationToken cancel)
    {
        using var handler = HandlerFrom(from);
        using var http = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(hub.Replace("http", "ws", StringComparison.Ordinal) + ProverPaths.Senders), http, cancel);
        var destination = HostPort.From(victim);
        var hello = new SenderMessage.Hello(destination.Address, (int)AddressMethod.ListeningSocket, new ListeningOptions(destination, null).Write());
        await socket.SendAsync(hello.Write(), WebSocketMessageType.Text, true, cancel);
        var buffer = new byte[1_024];
        var came = await socket.ReceiveAsync(buffer, cancel);
        return came.Count > 0 && SenderMessage.TryRead(buffer.AsSpan(0, came.Count), out var said) && said is SenderMessage.Server { Status: SenderStatus.Okay };
    }

    private static async Task<bool> AskAsync(string hub, IPAddress from, IPEndPoint victim, CancellationToken cancel)
    {
        using var http = new HttpClient(HandlerFrom(from));
        var request = new AddressRequest(SigningKey.Generate(SystemEntropy.Shared).Public, new(HostPort.From(victim), AddressTransport.Udp), AddressMethod.ListeningSocket, default);
        using var response = await http.PostAsync(hub + ProverPaths.Ask, new ByteArrayContent(request.ToArray()), cancel);
        return response.IsSuccessStatusCode;
    }

    private static SocketsHttpHandler HandlerFrom(IPAddress from) => new()
    {
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
