using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Hawser.Net.Datagrams;

namespace Hawser.Bench.Transport;

/// <summary>One reliable stream, one way; the reader answers with what it has read.</summary>
internal static class StreamLoad
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(700);

    public static async Task<string> DriveAsync(DatagramEndpoint endpoint, IPEndPoint remote, string key, double seconds, int size)
    {
        await using var connection = await endpoint.ConnectAsync(remote, key);
        await WriteAsync(connection, WarmUp, size);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var (bytes, took) = await WriteAsync(connection, TimeSpan.FromSeconds(seconds), size);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var statistics = connection.GetStatistics()!;
        return Pair.Line(
            ("gbits", bytes * 8.0 / took.TotalSeconds / 1e9), ("loss", statistics.PacketsLost / (double)statistics.PacketsOut),
            ("cpu", cpu.TotalSeconds / took.TotalSeconds), ("rttUs", statistics.Rtt.TotalMicroseconds), ("cwnd", statistics.CongestionWindow));
    }

    public static async Task ServeAsync(DatagramEndpoint endpoint)
    {
        var connection = await endpoint.AcceptAsync();
        while (true)
        {
            var stream = await connection.AcceptStreamAsync();
            _ = Task.Run(async () =>
            {
                var buffer = new byte[256 * 1024];
                var total = 0L;
                while (await stream.ReadAsync(buffer) is > 0 and var count) total += count;
                BinaryPrimitives.WriteInt64BigEndian(buffer, total);
                await stream.WriteAsync(buffer.AsMemory(0, 8));
                await stream.CompleteWritesAsync();
            });
        }
    }

    private static async Task<(long Bytes, TimeSpan Took)> WriteAsync(Connection connection, TimeSpan duration, int size)
    {
        await using var stream = await connection.OpenStreamAsync();
        var buffer = new byte[size];
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration) await stream.WriteAsync(buffer);
        await stream.CompleteWritesAsync();
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 8));
        return (BinaryPrimitives.ReadInt64BigEndian(buffer), Stopwatch.GetElapsedTime(start));
    }
}
