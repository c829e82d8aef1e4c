using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hawser.Net;
using Hawser.Net.Sockets;
using Hawser.Proof;

namespace Hawser.Bench;

/// <summary>A client that asks a STUN server as fast as it answers, never with more than so many requests under way.</summary>
internal sealed class StunLoad : IDisposable
{
    private const int Slots = 64;
    private readonly DatagramBatch _socket = new(HostPort.Read([127, 0, 0, 1], 0), Slots, 512);
    private readonly HostPort _server;
    private readonly int _window;
    private readonly byte[] _request = StunQuery.Make(StunId.Draw(SystemEntropy.Shared), default);

    public StunLoad(HostPort server, int window) => (_server, _window) = (server, window);

    /// <summary>How many answers came in that time.</summary>
    public long Run(TimeSpan time)
    {
        for (var sent = 0; sent < _window; sent++) Ask(sent % Slots == Slots - 1);
        var answers = 0L;
        var ended = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            while (_socket.Receive() is var count and >= 0)
            {
                for (var i = 0; i < count; i++) Ask(false);
                _socket.Flush();
                Interlocked.Add(ref answers, count);
            }

            ended.Set();
        }) { IsBackground = true };
        thread.Start();
        Thread.Sleep(time);
        var all = Interlocked.Read(ref answers);
        _socket.Dispose();
        ended.Wait();
        return all;
    }

    public void Dispose() => _socket.Free();

    private void Ask(bool flush)
    {
        _request.CopyTo(_socket.NextAnswer);
        _socket.Add(_request.Length, _server);
        if (flush) _socket.Flush();
    }
}

/// <summary>CPU time of threads, as the kernel counts it.</summary>
internal static class ThreadClock
{
    /// <summary>Seconds of this process's threads whose name begins so.</summary>
    public static double OfThreadsNamed(string start) => Sum("self", name => name.StartsWith(start, StringComparison.Ordinal));

    /// <summary>Seconds of all threads of a process.</summary>
    public static double OfProcess(int id) => Sum(id.ToString(CultureInfo.InvariantCulture), _ => true);

    private static double Sum(string process, Func<string, bool> counts)
    {
        var nanoseconds = 0.0;
        foreach (var task in Directory.GetDirectories($"/proc/{process}/task"))
        {
            try
            {
                if (counts(File.ReadAllText($"{task}/comm")))
                    nanoseconds += double.Parse(File.ReadAllText($"{task}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // it has just ended
            }
        }

        return nanoseconds / 1e9;
    }
}

/// <summary>Debian's coturn as a STUN server on loopback.</summary>
internal sealed class Coturn : IDisposable
{
    private const string Program = "/usr/bin/turnserver";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hawser-coturn-");
    private readonly Process _process;

    public Coturn()
    {
        var port = FreePort();
        At = HostPort.Read([127, 0, 0, 1], port);
        _process = Process.Start(new ProcessStartInfo(Program,
        [
            "-n", "--stun-only", "--no-cli", "--no-tls", "--no-dtls", "--no-stdout-log", "--log-file", Path.Combine(_folder.FullName, "log"), "--pidfile", Path.Combine(_folder.FullName, "pid"),
            "--listening-port", port.ToString(CultureInfo.InvariantCulture), "-L", "127.0.0.1", "-m", "1",
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    public static bool IsThere => File.Exists(Program);

    public HostPort At { get; }

    /// <summary>Seconds of CPU that it used so far.</summary>
    public double Used => ThreadClock.OfProcess(_process.Id);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static ushort FreePort()
    {
        while (true)
        {
            var port = (ushort)System.Security.Cryptography.RandomNumberGenerator.GetInt32(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // another one
            }
        }
    }
}
