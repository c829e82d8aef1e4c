using System.Net;
using System.Net.Sockets;
using System.Text;
using Hawser.Federation;
using Hawser.Hub;
using Hawser.Hub.Store;
using Hawser.Net;

namespace Hawser.Tests.Hub;

/// <summary>A federation of real hubs in this process, on loopback; its ticks last a quarter of a second, or what was said.</summary>
internal sealed class HubFleet : IAsyncDisposable
{
    private static readonly string[] Files = ["hub.db-wal", "hub.db"]; // in this order: a checkpoint in between loses nothing

    private const int FirstPort = 20_000, Ports = 12_000; // none that the kernel would give to a connection
    private static int _lastPort = System.Security.Cryptography.RandomNumberGenerator.GetInt32(Ports); // of this process: other fleets start meanwhile

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hawser-hubs-");
    private readonly Dictionary<int, HubHost> _running = [];

    public HubFleet(int count, TimeSpan? tick = null)
    {
        List<string> cards = [];
        for (var i = 0; i < count; i++)
        {
            var http = FreePort();
            var udp = FreePort();
            var identity = new HubIdentity($"hub{i}", $"http://{http}", udp, udp, http);
            using var store = HubStore.Create(HomeOf(i), identity, SystemEntropy.Shared);
            cards.Add(Encoding.UTF8.GetString(HubContent.CardOf(store, null).Write()));
        }

        Genesis = Founding.Compose(cards, tick ?? TimeSpan.FromMilliseconds(250), DateTimeOffset.UtcNow);
        for (var i = 0; i < count; i++)
        {
            using var store = HubStore.Open(HomeOf(i));
            store.Federation = Genesis;
        }
    }

    public Genesis Genesis { get; }

    public Home HomeOf(int hub) => new(Path.Combine(_folder.FullName, $"hub{hub}"));

    public HubHost this[int hub] => _running[hub];

    public async Task StartAsync(int hub, Hawser.Net.Proving.StunListen? stun = null, bool keepsAll = true) =>
        _running[hub] = await HubHost.StartAsync(new() { Home = HomeOf(hub), Stun = stun, KeepsAll = keepsAll }, CancellationToken.None);

    public async Task StopAsync(int hub)
    {
        if (_running.Remove(hub, out var host)) await host.DisposeAsync();
    }

    /// <summary>What would be left of a running hub's store if the power failed now.</summary>
    public IReadOnlyList<(string Name, byte[] Bytes)> CrashImage(int hub) =>
    [
        .. from name in Files
           let path = Path.Combine(HomeOf(hub).Folder, name)
           where File.Exists(path)
           select (name, ReadShared(path)),
    ];

    public void Restore(int hub, IReadOnlyList<(string Name, byte[] Bytes)> image)
    {
        foreach (var left in Directory.GetFiles(HomeOf(hub).Folder, "hub.db*")) File.Delete(left);
        foreach (var (name, bytes) in image) File.WriteAllBytes(Path.Combine(HomeOf(hub).Folder, name), bytes);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _running.Keys.ToArray()) await StopAsync(hub);
        _folder.Delete(recursive: true);
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    // Free just now, and given to no other fleet.
    private static HostPort FreePort()
    {
        while (true)
        {
            using var stream = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var datagram = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var at = new IPEndPoint(IPAddress.Loopback, FirstPort + (Interlocked.Increment(ref _lastPort) % Ports));
            try
            {
                stream.Bind(at);
                datagram.Bind(at);
                return HostPort.From(at);
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
