using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Bench;

/// <summary>Looking for messages on a ledger, and meeting by it through a real node.</summary>
internal static class ChainBench
{
    private const int BlockOutputs = 5_000, Blocks = 400, Contacts = 1_000, Matches = 1_000_000;

    public static async Task<Report> RunAsync(int runs)
    {
        runs = Math.Max(runs, 3);
        List<double> outputs = [], bytes = [], match = [], library = [], meet = [];
        var client = MakeClient(Contacts);
        var foreign = Block(i => i % 3 == 0
            ? [0x6a, 4, (byte)(i & 0xFF), 2, 3, 4, 20, .. new byte[20], 32, .. new byte[32]] // somebody's message
            : SegwitAddress.ScriptOf(Bytes20.Read(Sha256.Hash(BitConverter.GetBytes(i)).ToArray().AsSpan(0, 20))));
        var candidates = Block(i => new Announcement(MessageProfile.Compact, Sha256.Hash(BitConverter.GetBytes(i)).ToArray().AsSpan(0, 20), new byte[31]).Write());
        Scan(client, foreign, 50); // compiled, and compiled again
        for (var run = 0; run < runs; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            outputs.Add(BlockOutputs * Blocks / Scan(client, foreign, Blocks));
            bytes.Add((double)(GC.GetAllocatedBytesForCurrentThread() - before) / ((long)BlockOutputs * Blocks));
            match.Add(Scan(client, candidates, 1) * 1e6 / ((double)BlockOutputs * Contacts));
            library.Add(LibraryHash());
        }

        var figures = new List<Figure>
        {
            Figure.Of("foreign_outputs_per_s", "1/s", outputs),
            Figure.Of("allocated_per_foreign_output", "B", bytes),
            Figure.Of("match_us_per_contact", "µs", match, new("HMACSHA256 of the class library", Figure.Median(library))),
        };
        for (var run = 0; run < Math.Min(runs, 3); run++)
        {
            if (await MeetAsync() is not { } seconds) break;
            meet.Add(seconds);
        }

        if (meet.Count > 0) figures.Add(Figure.Of("invite_to_accept_s", "s", meet));
        return new("chain", Machine.Description, figures);
    }

    private static double Scan(LedgerClient client, byte[] block, int times)
    {
        var now = new Moment(new(0), DateTimeOffset.UnixEpoch);
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
            if (!client.Receive(now, 1, block)) throw new BenchException("a block was not read");
        return Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static double LibraryHash()
    {
        Span<byte> mac = stackalloc byte[32];
        Span<byte> key = stackalloc byte[32];
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < Matches; i++) HMACSHA256.HashData(key, mac, mac);
        return Stopwatch.GetElapsedTime(since).TotalSeconds * 1e6 / Matches;
    }

    private static LedgerClient MakeClient(int contacts)
    {
        var own = new LedgerKeyPair(Sha256.Hash("own"u8));
        var client = new LedgerClient(new(new(0), DateTimeOffset.UnixEpoch), new NoEntropy(), new()
        {
            Network = LedgerNetwork.Regtest, Own = own, Channel = default, OwnAddress = static () => null, MayDial = static _ => false,
        }, new OwnCoins(Sha256.Hash("coins"u8), 0, []), []);
        client.SetContacts(Enumerable.Range(0, contacts).Select(i => Sha256.Hash(BitConverter.GetBytes(i)))
            .Select(seed => new LedgerContact(new(seed), [new(0, own, new LedgerKeyPair(seed).Public, default, true)])));
        return client;
    }

    private static byte[] Block(Func<int, byte[]> script)
    {
        const int each = 50;
        var transactions = Enumerable.Range(0, BlockOutputs / each).Select(t => new LedgerTransaction
        {
            Inputs = [new(new(Sha256.Hash(BitConverter.GetBytes(t)), 0), [], 0, [new byte[72], new byte[33]])],
            Outputs = [.. Enumerable.Range(t * each, each).Select(i => new LedgerOutput(1_000, script(i)))],
        }.Write()).ToArray();
        return [.. new byte[80], (byte)transactions.Length, .. transactions.SelectMany(bytes => bytes)];
    }

    // From the invitation's being sent to the inviter's reading the answer, without a block: bcoin on regtest, two nodes.
    private static async Task<double?> MeetAsync()
    {
        var root = Environment.GetEnvironmentVariable("HAWSER_REPOSITORY");
        if (root is null || Environment.GetEnvironmentVariable("HAWSER_BCOIN") is null) return null;
        using var demo = Process.Start(new ProcessStartInfo(Path.Combine(root, "hawser"), ["demo", "--via", "chain", "--json"]) { RedirectStandardOutput = true })!;
        double? seconds = null;
        while (await demo.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("stage", out var stage) && stage.GetString() == "meet") seconds = Between(json.RootElement.GetProperty("detail").GetString()!);
        }

        await demo.WaitForExitAsync();
        return demo.ExitCode == 0 && seconds is { } measured ? measured : throw new BenchException("the demonstration by the chain failed");
    }

    // "invitation sent after 70 ms, answered after 900 ms, …": all of it is counted, the making of the invitation too.
    private static double Between(string detail)
    {
        var words = detail.Split(' ');
        return double.Parse(words[Array.IndexOf(words, "answered") + 2], System.Globalization.CultureInfo.InvariantCulture) / 1000;
    }

    private sealed class NoEntropy : IEntropy
    {
        public void Fill(Span<byte> bytes) => bytes.Clear();
    }
}
