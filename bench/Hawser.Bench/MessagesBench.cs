using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Hawser.Net;
using Hawser.Net.Relations;
using Hawser.Net.Store;

namespace Hawser.Bench;

/// <summary>
/// Typed messages from one node to another over UDP on loopback: each kept in SQLite on both sides, confirmed when it is
/// synced there. Both nodes are in this process, so the machine does the work of two.
/// </summary>
internal static class MessagesBench
{
    private const int Count = 49 * Batch;
    private const int Batch = 4_096; // queued before we wait for the disk
    private static readonly byte[] Json = Encoding.ASCII.GetBytes($"\"{new string('m', 198)}\""); // 200 bytes

    public static async Task<Report> RunAsync(int runs)
    {
        List<double> rates = [], disk = [], work = [];
        for (var run = 0; run < runs; run++)
        {
            var folder = Directory.CreateTempSubdirectory("hawser-bench-");
            try
            {
                disk.Add(Insert(Path.Combine(folder.FullName, "yardstick.db")));
                var (rate, cpu) = await SendAsync(folder.FullName);
                rates.Add(rate);
                work.Add(cpu);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        return new("messages", Machine.Description, [Figure.Of("messages_per_s", "1/s", rates, new("one SQLite file alone, rows/s", Figure.Median(disk))) with { Method = "from the call that sends to the peer's word that it is synced; both nodes in one process" },
            Figure.Of("cpu_per_message_both_sides", "µs", work)]);
    }

    private static async Task<(double Rate, double Micros)> SendAsync(string folder)
    {
        await using var there = HawserNode.Start(new() { Secret = RandomNumberGenerator.GetBytes(32), Book = Path.Combine(folder, "there.db") });
        await using var here = HawserNode.Start(new() { Secret = RandomNumberGenerator.GetBytes(32), Book = Path.Combine(folder, "here.db") });
        var coming = there.BefriendAsync(here.Key);
        await here.BefriendAsync(there.Key, HostPort.Read([127, 0, 0, 1], there.Local.Port));
        await coming;

        var (delivered, wanted, done) = (0, 0, new TaskCompletionSource());
        here.MessageDelivered = _ =>
        {
            if (Interlocked.Increment(ref delivered) == wanted) done.SetResult();
        };
        var texts = new byte[Batch][];
        Array.Fill(texts, Json);
        await RunAsync(Count / 2); // what is compiled in the first seconds is no price of a message
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        await RunAsync(Count);
        return (Count / watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Count);

        async Task RunAsync(int count)
        {
            (delivered, wanted, done) = (0, count / Batch * Batch, new(TaskCreationOptions.RunContinuationsAsynchronously));
            for (var sent = 0; sent < wanted; sent += Batch) await here.SendMessagesAsync(there.Key, "bench", texts);
            await done.Task;
        }
    }

    // What the disk and its library can do at most, with the rows of one side and nothing else.
    private static double Insert(string path)
    {
        using var store = NodeStore.OpenFile(path);
        var rows = new BookedMessage[4096];
        var watch = Stopwatch.StartNew();
        for (var seq = 0; seq < Count; seq += rows.Length)
        {
            for (var i = 0; i < rows.Length; i++) rows[i] = new(seq + i + 1, 1, true, 1, (ulong)(seq + i + 1), 1, 1, "bench"u8.ToArray(), Json);
            store.Atomically(() => store.Book(rows));
        }

        return Count / watch.Elapsed.TotalSeconds;
    }
}
