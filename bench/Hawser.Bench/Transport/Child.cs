using System.Net;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net.Datagrams;

namespace Hawser.Bench.Transport;

/// <summary>What runs inside a namespace: <c>child host|client MODE ENGINE [SECONDS SIZE] [PORT KEY]</c>.</summary>
internal static class Child
{
    public static async Task<int> RunAsync(string[] args)
    {
        var (isHost, mode) = (args[0] == "host", args[1]);
        CipherEngines.Preferred = Enum.Parse<CipherEngine>(args[2]);
        var seconds = double.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture);
        var size = int.Parse(args[4], System.Globalization.CultureInfo.InvariantCulture);
        if (mode is "idle")
        {
            if (isHost) Console.WriteLine("0");
            else Console.WriteLine(Pair.Line(("bytes", HostLoad.IdleBytes(size))));
            return 0;
        }

        if (mode is "core")
        {
            if (isHost) Console.WriteLine("0");
            else
            {
                var (byTicket, bare) = HostLoad.Handshakes(HandshakeLetter.I, size);
                var (byKey, bareToo) = HostLoad.Handshakes(HandshakeLetter.N, size);
                Console.WriteLine(Pair.Line(("byTicket", byTicket), ("bare", bare), ("byKey", byKey), ("bareToo", bareToo)));
            }

            return 0;
        }

        if (mode is "lossy")
        {
            if (isHost) Console.WriteLine("0");
            else Console.WriteLine(Pair.Line(("share", await LossyLoad.RunAsync(seconds))));
            return 0;
        }

        if (mode is "limit")
        {
            if (isHost) BareLoop.Serve();
            else Console.WriteLine(BareLoop.Drive(IPEndPoint.Parse($"{Namespaces.AddressB}:{args[5]}"), seconds, size));
            return 0;
        }

        if (mode is "udp")
        {
            if (isHost) BareEcho.Serve();
            else Console.WriteLine(BareEcho.Drive(IPEndPoint.Parse($"{Namespaces.AddressB}:{args[5]}"), size));
            return 0;
        }

        if (isHost)
        {
            await ServeAsync(mode);
            return 0;
        }

        var remote = IPEndPoint.Parse($"{Namespaces.AddressB}:{args[5]}");
        await using var endpoint = await DatagramEndpoint.ListenAsync(Options());
        Console.WriteLine(mode switch
        {
            "datagrams" => await DatagramLoad.DriveAsync(endpoint, remote, args[6], seconds, size),
            "stream" => await StreamLoad.DriveAsync(endpoint, remote, args[6], seconds, size),
            "echo" => await EchoLoad.DriveAsync(endpoint, remote, args[6], size),
            "flood" => await FloodLoad.DriveAsync(endpoint, remote, args[6], seconds, size, () => Memory.Of(int.Parse(args[7], System.Globalization.CultureInfo.InvariantCulture))),
            "connect" => await ConnectLoad.DriveAsync(remote, args[6], (int)seconds, size),
            _ => throw new BenchException($"no mode {mode}"),
        });
        return 0;
    }

    private static DatagramEndpointOptions Options() => new()
    {
        ProtocolSettings = $"window={Environment.GetEnvironmentVariable("HAWSER_BENCH_WINDOW") ?? "2048"}",
        IdleDifficulty = 0,
    };

    private static async Task ServeAsync(string mode)
    {
        await using var endpoint = await DatagramEndpoint.ListenAsync(Options() with
        {
            Decide = static _ => ConnectionDecision.Accept(),
            Handler = mode switch { "echo" => new EchoLoad.Server(), "datagrams" => new DatagramLoad.Sink(), "connect" => new ConnectLoad.Host(), _ => null },
        });
        if (mode is "stream") _ = StreamLoad.ServeAsync(endpoint);
        Console.WriteLine($"{endpoint.Local.Port} {endpoint.Key} {Environment.ProcessId}");
        await Console.In.ReadToEndAsync();
    }
}
