using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net;
using Hawser.Session;
using Hawser.Wire;

namespace Hawser.Lab;

/// <summary>
/// A thousand keys show one ticket to a real node over TCP at once, while the node is killed -9 and started again: one key gets
/// in, and only it gets in again.
/// </summary>
internal static class TicketExperiment
{
    private const int Keys = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public static async Task<bool> RunAsync(int kills, int seed)
    {
        var random = new Random(seed);
        var home = Directory.CreateTempSubdirectory("hawser-tickets-").FullName;
        var keys = Enumerable.Range(0, Keys).Select(_ => DhKeyPair.Generate(SystemEntropy.Shared)).ToArray();
        var node = await StartAsync(home);
        try
        {
            var link = (await HawserAsync(home, "--quiet", "invite")).Split('\n')[0];
            if (!TicketLink.TryParse(link, out var ticket)) return Fail($"no link: {link}");
            var port = ticket.HostAddresses[0].Port;
            var answered = new HashSet<int>();
            for (var round = 0; round <= kills; round++)
            {
                var killing = round == kills ? Task.CompletedTask : KillSoonAsync(node, random.Next(20, 400));
                var results = await Task.WhenAll(keys.Select((key, i) => ShowAsync(i, key, ticket, port)));
                for (var i = 0; i < Keys; i++)
                    if (results[i]) answered.Add(i);
                await killing;
                if (answered.Count > 1) return Fail($"{answered.Count} keys were let in");
                if (round < kills) node = await StartAsync(home);
            }

            if (answered.Count != 1) return Fail("nobody was let in");
            var winner = answered.Single();
            if (!await ShowAsync(winner, keys[winner], ticket, port)) return Fail("the winner may not come again");
            var contacts = (await HawserAsync(home, "--json", "peer", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("channelKey").GetString()).ToArray();
            if (contacts is not [var only] || only != keys[winner].Public.ToString()) return Fail($"{contacts.Length} contacts");
            Console.WriteLine($"pass tickets-{Keys}-keys-{kills}-kills");
            return true;
        }
        finally
        {
            node.Kill();
            await node.WaitForExitAsync();
            Directory.Delete(home, recursive: true);
        }
    }

    private static bool Fail(string why)
    {
        Console.WriteLine($"fail tickets: {why}");
        return false;
    }

    // Each from a network of its own, as people do; true if it was answered.
    private static async Task<bool> ShowAsync(int number, DhKeyPair key, Ticket ticket, ushort port)
    {
        var letter = InitiatorExchange.WithTicket(SystemEntropy.Shared, key, ticket.Host, StreamPrologue.Of((byte)'I', default, default),
            new TicketShown { Token = ticket.Token, Name = string.Create(CultureInfo.InvariantCulture, $"k{number}") }.Write())!;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            socket.Bind(new IPEndPoint(new IPAddress([127, (byte)(1 + number / 250), (byte)(number % 250), 9]), 0));
            await socket.ConnectAsync(IPAddress.Loopback, port, patience.Token);
            var frame = new byte[5 + letter.First.Length];
            var writer = new SpanWriter(frame);
            writer.WriteU32((uint)(1 + letter.First.Length));
            writer.WriteU8((byte)'I');
            writer.Write(letter.First);
            await socket.SendAsync(frame, patience.Token);
            var answer = new byte[5 + 48];
            var got = 0;
            while (got < answer.Length && await socket.ReceiveAsync(answer.AsMemory(got), patience.Token) is var more and > 0) got += more;
            return got == answer.Length && letter.TryReadAnswer(answer.AsSpan(5), out _, out _);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task KillSoonAsync(Process node, int ms)
    {
        await Task.Delay(ms);
        node.Kill(); // SIGKILL
        await node.WaitForExitAsync();
    }

    private static async Task<Process> StartAsync(string home)
    {
        // A verb that finds no node opens the home itself, and would be in the way of the one that starts.
        var socket = Path.Combine(home, "control.sock");
        File.Delete(socket);
        var process = Process.Start(new ProcessStartInfo(Hawser, ["--home", home, "--quiet", "up"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var tries = 0; tries < 600; tries++)
        {
            if (File.Exists(socket) && (await HawserAsync(home, "--json", "status")).Contains($"\"pid\":{process.Id},\"online\":true", StringComparison.Ordinal)) return process;
            await Task.Delay(50);
        }

        throw new InvalidOperationException("the node does not start");
    }

    // The program itself, not the script: its process is the one to kill.
    private static string Hawser => Path.Combine(Environment.GetEnvironmentVariable("HAWSER_REPOSITORY")!, "artifacts/ready/cli/hawser");

    private static async Task<string> HawserAsync(string home, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(Hawser, ["--home", home, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
