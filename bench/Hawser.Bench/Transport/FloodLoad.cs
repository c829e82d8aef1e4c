using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hawser.Crypto;
using Hawser.Net.Datagrams;
using Hawser.Transport;

namespace Hawser.Bench.Transport;

/// <summary>Spoofed challenge requests against one host, while honest ones connect.</summary>
internal static class FloodLoad
{
    private const int Batch = 64;
    private const int Seconds = 6;
    private const int Overload = 1_000_000; // requests in a second
    private static readonly double[] Shares = [0.25, 0.5, 1, 2];

    /// <summary>
    /// Shares of the honest who got through, at parts of what the host answers: as many as go out of its socket in a second
    /// when it is asked more than it can, this flooder and the kernel's part on the same cores.
    /// </summary>
    public static IEnumerable<Figure> Run(Namespaces net)
    {
        var capacity = Pair.Run(net, "flood", CipherEngines.For(Aead.Aes256Gcm), $"{Overload}", $"{Seconds}")["answered"];
        var yardstick = new Yardstick("flood_answers_per_s", capacity);
        yield return Figure.Of("flood_answers_per_s", "1/s", [capacity]);
        foreach (var share in Shares)
        {
            var figures = Pair.Run(net, "flood", CipherEngines.For(Aead.Aes256Gcm), $"{(long)(capacity * share)}", $"{Seconds}");
            var name = share == 0.5 ? "flood_honest_success" : $"flood_honest_success_at_{share:0.##}x";
            yield return Figure.Of(name, "", [figures["success"]]);
            yield return Figure.Of($"{name}_sent_per_s", "1/s", [figures["sent"]], yardstick);
            yield return Figure.Of($"{name}_answered_per_s", "1/s", [figures["answered"]], yardstick);
            yield return Figure.Of($"{name}_memory_growth", "MiB", [figures["grown"] / 1048576]);
        }
    }

    /// <summary>Floods and connects; what came of it.</summary>
    public static async Task<string> DriveAsync(DatagramEndpoint endpoint, IPEndPoint remote, string key, double rate, int seconds, Func<long> hostMemory)
    {
        for (var i = 0; i < 20; i++)
        {
            await using (await endpoint.ConnectAsync(remote, key)) { } // warm
            await Task.Delay(60);
        }

        var before = hostMemory();
        var answeredBefore = Answered();
        using var stop = new CancellationTokenSource();
        var sent = 0L;
        if (!DhPublicKey.TryParse(key, out var host)) throw new BenchException("the host has no key");
        var flooder = new Thread(() => sent = Flood(remote, host, rate, stop.Token));
        flooder.Start();
        var (tried, won) = (0, 0);
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            tried++;
            try
            {
                await using var connection = await endpoint.ConnectAsync(remote, key).WaitAsync(TimeSpan.FromSeconds(11));
                won++;
            }
            catch (Exception e) when (e is TimeoutException or Net.HawserException)
            {
                // counted by its absence
            }

            await Task.Delay(60);
        }

        await stop.CancelAsync();
        flooder.Join();
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Pair.Line(
            ("success", won / (double)tried), ("tried", tried), ("sent", sent / elapsed), ("answered", (Answered() - answeredBefore) / elapsed),
            ("grown", hostMemory() - before));
    }

    // Datagrams that reached this end of the wire: the answers go to addresses that nobody has, by way of us.
    private static long Answered() =>
        long.Parse(File.ReadAllText("/sys/class/net/v0/statistics/rx_packets"), System.Globalization.CultureInfo.InvariantCulture);

    // A raw socket writes whatever source it likes; the namespace's wire does not mind.
    private static long Flood(IPEndPoint remote, DhPublicKey host, double rate, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        var request = ChallengeRequest.Sealed(7, 0, ChallengeRequest.MacKey(host));
        var packet = new byte[28 + request.Length];
        packet[0] = 0x45;
        (packet[8], packet[9]) = (64, 17);
        remote.Address.TryWriteBytes(packet.AsSpan(16), out _);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), 4_000);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), (ushort)remote.Port);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), (ushort)(8 + request.Length));
        request.CopyTo(packet.AsSpan(28));
        var (sent, start) = (0L, Stopwatch.GetTimestamp());
        while (!stop.IsCancellationRequested)
        {
            if (sent > Stopwatch.GetElapsedTime(start).TotalSeconds * rate)
            {
                Thread.Sleep(1);
                continue;
            }

            for (var i = 0; i < Batch; i++, sent++)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), 0x0B000001u + ((uint)(sent & 0xFFFFF) << 4));
                try
                {
                    socket.SendTo(packet, remote);
                }
                catch (SocketException)
                {
                    // no room: not sent
                }
            }
        }

        return sent;
    }
}
