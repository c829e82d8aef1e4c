using System.Diagnostics;
using System.Net;
using Hawser.Net.Datagrams;

namespace Hawser.Bench.Transport;

/// <summary>One datagram there and back, again and again.</summary>
internal static class EchoLoad
{
    private const int WarmUp = 5_000;
    private const int Measured = 20_000;

    public static async Task<string> DriveAsync(DatagramEndpoint endpoint, IPEndPoint remote, string key, int size)
    {
        var player = new Player(size);
        await using var connection = await endpoint.ConnectAsync(remote, key, handler: player);
        connection.Send(new byte[size]);
        await player.Done.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return Percentiles.Line(player.Micros);
    }

    public sealed class Server : ConnectionHandler
    {
        public override void Received(Connection connection, ulong sequence, ReadOnlySpan<byte> bytes) => connection.Send(bytes);
    }

    private sealed class Player(int size) : ConnectionHandler
    {
        private readonly byte[] _ball = new byte[size];
        private readonly double[] _micros = new double[Measured];
        private int _round;
        private long _sent = Stopwatch.GetTimestamp();

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public double[] Micros => _micros;

        public override void Received(Connection connection, ulong sequence, ReadOnlySpan<byte> bytes)
        {
            if (_round >= WarmUp) _micros[_round - WarmUp] = Stopwatch.GetElapsedTime(_sent).TotalMicroseconds;
            if (++_round == WarmUp + Measured)
            {
                Done.TrySetResult();
                return;
            }

            _sent = Stopwatch.GetTimestamp();
            connection.Send(_ball);
        }
    }
}

internal static class Percentiles
{
    public static string Line(double[] micros)
    {
        Array.Sort(micros);
        return Pair.Line(("p50", micros[micros.Length / 2]), ("p99", micros[micros.Length * 99 / 100]));
    }
}
