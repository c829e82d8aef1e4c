using System.Diagnostics;
using System.Text;
using Hawser.Crypto;
using Hawser.Hub;
using Hawser.Hub.Store;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Net.Proving;
using Hawser.Net.Sockets;
using Hawser.Proof;
using Hawser.Tests.Proof;

namespace Hawser.Bench;

/// <summary>Round trips of a proof by reflection: hub and web servers are 100 ms away, there and back; packets go over a wire in this process.</summary>
internal static class ReflectionTrips
{
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(50);
    private static readonly Reflector Alice = new(HostPort.Read([127, 0, 0, 7], 80), "reflect.example.org", "alice"), Bob = new(HostPort.Read([127, 0, 0, 8], 80), "reflect.example.net", "bob");

    public static async Task<double> OfAsync()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var folder = Directory.CreateTempSubdirectory("hawser-proof-");
        var home = new Home(folder.FullName);
        var wire = new MemoryWire();
        SimWebServer[] servers = [new(Alice.At), new(Bob.At)];
        var gate = new Lock();
        wire.Sent += packet => _ = CarryAsync(packet);
        HubHost? host = null;
        try
        {
            var (udp, http) = (HostPort.Read([127, 0, 0, 1], ProofTrips.FreePort()), HostPort.Read([127, 0, 0, 1], ProofTrips.FreePort()));
            string card;
            using (var store = HubStore.Create(home, new("bench", $"http://{http}", udp, udp, http), SystemEntropy.Shared)) card = Encoding.UTF8.GetString(HubContent.CardOf(store, null).Write());
            using (var store = HubStore.Open(home)) store.Federation = Founding.Compose([card], TimeSpan.FromSeconds(4), DateTimeOffset.UtcNow);
            host = await HubHost.StartAsync(new() { Home = home, AnswersStun = false, Reflectors = [Alice, Bob], OpenRaw = wire.Open }, cancel.Token);
            await using var tcp = new SlowTcp(http, OneWay);
            using var client = new HubClient();
            var near = await ProvingPlace.FindAsync($"http://{http}", null, new ReflectionMethod(), client, cancel.Token);
            var wish = new ProvingWish { Place = near, Key = SigningKey.Generate(SystemEntropy.Shared), Audience = default };
            await ProveAsync(wire, new(wish, client, _ => { }), 40_000, cancel.Token); // compiled by now
            using var fresh = new HubClient();
            var watch = Stopwatch.StartNew();
            await ProveAsync(wire, new(wish with { Place = near with { Url = $"http://{tcp.Local}" } }, fresh, _ => { }), 40_001, cancel.Token);
            return watch.Elapsed / (2 * OneWay);
        }
        finally
        {
            if (host is not null) await host.DisposeAsync();
            folder.Delete(recursive: true);
        }

        async Task CarryAsync(byte[] packet)
        {
            await Task.Delay(OneWay);
            List<byte[]> answers = [];
            lock (gate)
                foreach (var server in servers) answers.AddRange(server.Receive(packet));
            if (answers.Count == 0) return;
            await Task.Delay(OneWay);
            foreach (var answer in answers) wire.Put(answer);
        }
    }

    private static async Task ProveAsync(MemoryWire wire, ProvingSession session, ushort port, CancellationToken cancel)
    {
        using var raw = wire.Open();
        using var tap = wire.Tap(HostPort.Read([127, 0, 0, 9], port));
        await new ReflectionMethod().ProveAsync(session, raw, tap, Alice, Bob, cancel);
    }
}
