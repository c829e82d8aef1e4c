using System.Diagnostics;
using System.Net;
using Hawser.Net.Datagrams;

namespace Hawser.Bench.Transport;

/// <summary>As many datagrams of one size as go through; what counts is what the peer was told to have.</summary>
internal static class DatagramLoad
{
    private const int BatchBytes = 54 * 1200;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(700);

    public static async Task<string> DriveAsync(DatagramEndpoint endpoint, IPEndPoint remote, string key, double seconds, int size)
    {
        var counter = new Counter();
        await using var connection = await endpoint.ConnectAsync(remote, key, handler: counter);
        var most = connection.GetStatistics()!.MaxDatagram;
        size = Math.Min(size, most);
        var batch = new byte[Math.Max(BatchBytes / (size + 36), 1) * size];
        var figures = "";
        var sender = new Thread(() =>
        {
            Send(connection, counter, batch, size, WarmUp);
            var (before, lost) = (counter.Delivered, counter.Lost);
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var took = Send(connection, counter, batch, size, TimeSpan.FromSeconds(seconds));
            cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            var (delivered, gone) = (counter.Delivered - before, counter.Lost - lost);
            figures = Pair.Line(
                ("gbits", delivered * size * 8.0 / took.TotalSeconds / 1e9), ("rate", delivered / took.TotalSeconds),
                ("loss", gone / (double)Math.Max(delivered + gone, 1)), ("size", size), ("ns", cpu.TotalNanoseconds / Math.Max(delivered, 1)));
        });
        sender.Start();
        sender.Join();
        return figures;
    }

    private static TimeSpan Send(Connection connection, Counter counter, byte[] batch, int size, TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            var result = connection.Send(batch, size);
            if (result.Status is SendStatus.NotConnected) throw new BenchException("the connection ended");
            if (result.Taken == 0) counter.WaitForRoom();
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Receives and forgets.</summary>
    public sealed class Sink : ConnectionHandler
    {
        private long _bytes;

        public override void Received(Connection connection, ulong sequence, ReadOnlySpan<byte> bytes) => _bytes += bytes.Length;
    }

    private sealed class Counter : ConnectionHandler
    {
        private readonly object _room = new();
        private bool _hasRoom;
        private long _delivered, _lost;

        public long Delivered => Volatile.Read(ref _delivered);

        public long Lost => Volatile.Read(ref _lost);

        public void WaitForRoom()
        {
            lock (_room)
            {
                if (!_hasRoom) Monitor.Wait(_room, 100);
                _hasRoom = false;
            }
        }

        public override void Notified(Connection connection, ulong first, int count, bool delivered)
        {
            if (delivered) Volatile.Write(ref _delivered, _delivered + count);
            else Volatile.Write(ref _lost, _lost + count);
            lock (_room)
            {
                _hasRoom = true;
                Monitor.Pulse(_room);
            }
        }
    }
}
