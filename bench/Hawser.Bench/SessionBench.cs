using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Session;
using Hawser.Transport;

namespace Hawser.Bench;

/// <summary>Sessions over TCP on loopback: handshakes per core of the host, messages on one channel, memory of idle ones.</summary>
internal static class SessionBench
{
    private const int Handshakes = 12_000, Turns = 6, AtOnce = 64, Messages = 1_000_000, MessageSize = 200, Idle = 10_000;

    public static async Task<Report> RunAsync(int runs)
    {
        List<double> handshakes = [], limits = [], messages = [], memory = [];
        for (var run = 0; run < runs; run++)
        {
            using (var host = new Host())
            {
                var (shaken, limit) = await ShakeAsync(host);
                handshakes.Add(shaken);
                limits.Add(limit);
            }

            using (var host = new Host()) messages.Add(await TalkAsync(host));
            using (var host = new Host()) memory.Add(await RestAsync(host));
        }

        return new("session", Machine.Description,
        [
            Figure.Of("kk_handshakes_per_core", "1/s", handshakes, new("libsodium alone, five DH and one key", Figure.Median(limits))) with
            {
                Method = "TCP connections from accept to FIN, each with N, K, A and the first T, over the CPU seconds, kernel included, "
                    + "that the host's process spent on them; compiling is over by then; all come from one peer, whose static–static secret is remembered",
            },
            Figure.Of("messages_per_s", "1/s", messages, new("goal", 100_000)) with { Method = "one channel, nothing above it" },
            Figure.Of("idle_channel_bytes", "B", memory, new("goal", 8_192)),
        ]);
    }

    // N and K, A, and the first T; then the next. Counted is the CPU time of the host's process, kernel included.
    // In turns with the limit, as others use the machine too.
    private static async Task<(double Handshakes, double Limit)> ShakeAsync(Host host)
    {
        using var rig = new TcpRig(null);
        await WarmAsync(rig, host);
        var (used, limits) = (0.0, new List<double>());
        for (var turn = 0; turn < Turns; turn++)
        {
            limits.Add(await LimitAsync(host));
            var before = await host.AskAsync("cpu");
            await OpenAsync(rig, host, Handshakes / Turns, AtOnce, close: true);
            used += await host.AskAsync("cpu") - before;
        }

        return (Handshakes / (used / 1e6), limits.Count / limits.Sum(limit => 1 / limit));
    }

    // While this process is as busy as it is with handshakes: two threads of one core are not two cores.
    private static async Task<double> LimitAsync(Host host)
    {
        var limit = host.AskAsync("limit");
        var (own, other) = (DhKeyPair.Generate(SystemEntropy.Shared), DhKeyPair.Generate(SystemEntropy.Shared).Public);
        await Task.Run(() =>
        {
            while (!limit.IsCompleted) own.TryAgree(other, out _);
        });
        return await limit;
    }

    // A host runs for months: what its compiler does in the first seconds is not the price of a handshake.
    private static async Task WarmAsync(TcpRig rig, Host host)
    {
        var quiet = 0;
        for (var round = 0; round < 20 && quiet < 2; round++)
        {
            var before = await host.AskAsync("jit");
            await OpenAsync(rig, host, 500, AtOnce, close: true);
            quiet = await host.AskAsync("jit") - before <= 2 ? quiet + 1 : 0; // the question itself may be one
        }
    }

    private static async Task<double> TalkAsync(Host host)
    {
        using var rig = new TcpRig(null);
        await OpenAsync(rig, host, 1, 1, close: false);
        var id = new ConnectionId((1UL << 63) + 1);
        var block = new byte[1_000 * (ControlFrames.HeaderSize + MessageSize)];
        for (var at = 0; at < block.Length; at += ControlFrames.HeaderSize + MessageSize)
        {
            BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(at), MessageSize);
            block[at + ControlFrames.HeaderSize] = 64;
        }

        var room = new SemaphoreSlim(0);
        rig.Happened = (_, happened) =>
        {
            if (happened is EndpointEvent.StreamWritable) room.Release();
        };
        var watch = Stopwatch.StartNew();
        for (var left = (long)Messages / 1_000 * block.Length; left > 0;)
        {
            var start = (int)(((long)Messages / 1_000 * block.Length - left) % block.Length);
            var taken = 0;
            rig.Feed(0, (channels, now, _) => taken = channels.Write(now, id, 0, block.AsSpan(start)));
            left -= taken;
            if (taken < block.Length - start) await room.WaitAsync();
        }

        while (await host.AskAsync("messages") < Messages) await Task.Delay(1);
        return Messages / watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> RestAsync(Host host)
    {
        using var rig = new TcpRig(null);
        await OpenAsync(rig, host, 300, AtOnce, close: false);
        var before = await host.AskAsync("memory");
        await OpenAsync(rig, host, Idle, AtOnce, close: false);
        while (await host.AskAsync("open") < Idle + 300) await Task.Delay(10);
        return (await host.AskAsync("memory") - before) / Idle;
    }

    private static async Task OpenAsync(TcpRig rig, Host host, int count, int atOnce, bool close)
    {
        var (left, done) = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var waiting = count;
        rig.Happened = (now, happened) =>
        {
            if (happened is EndpointEvent.Established up)
            {
                if (close) rig.Channels.Close(now, up.Connection, CloseReason.SelfDisconnect);
                if (--waiting == 0) done.TrySetResult();
                if (left-- > 0) rig.Channels.Connect(now, rig.RequestTo(host.At, host.Key));
            }
            else if (happened is EndpointEvent.Closed { Reason: not CloseReason.SelfDisconnect } closed)
            {
                done.TrySetException(new BenchException($"a channel ended: {closed.Reason}"));
            }
        };
        rig.Feed(0, (channels, now, _) =>
        {
            for (var i = 0; i < atOnce && left-- > 0; i++) channels.Connect(now, rig.RequestTo(host.At, host.Key));
        });
        await done.Task.WaitAsync(TimeSpan.FromMinutes(3));
    }

    private sealed class Host : IDisposable
    {
        private readonly Process _process;

        public Host()
        {
            _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [SessionHost.Name])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true,
            })!;
            var words = (_process.StandardOutput.ReadLine() ?? throw new BenchException("the host did not start")).Split(' ');
            At = HostPort.Read([127, 0, 0, 1], ushort.Parse(words[0], CultureInfo.InvariantCulture));
            Key = DhPublicKey.TryParse(words[1], out var key) ? key : throw new BenchException("the host has no key");
        }

        public HostPort At { get; }

        public DhPublicKey Key { get; }

        public async Task<double> AskAsync(string question)
        {
            await _process.StandardInput.WriteLineAsync(question);
            return double.Parse(await _process.StandardOutput.ReadLineAsync() ?? throw new BenchException("the host died"), CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
