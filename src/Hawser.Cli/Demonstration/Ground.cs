using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Hawser.Cli.Lab;

namespace Hawser.Cli.Demonstration;

/// <summary>Where processes of a demonstration run, and under which addresses they reach each other.</summary>
internal abstract class Ground : IDisposable
{
    /// <summary>namespaces or loopback.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, and why, in a sentence.</summary>
    public abstract string Description { get; }

    /// <summary>Makes room for a hub; returns where its HTTP and its UDP are.</summary>
    public abstract (string Http, string Udp) AddHub(string name);

    /// <summary>Makes room for a node.</summary>
    public abstract void AddNode(string name);

    /// <summary>The words before a command line that is to run there.</summary>
    public abstract IReadOnlyList<string> Prefix(string name);

    /// <summary>Lets it outlive this process; returns the lines of a shell script that undo it.</summary>
    public abstract IReadOnlyList<string> Leave();

    public abstract void Dispose();

    /// <summary>Namespaces where they can be had; else loopback.</summary>
    public static Ground Choose(bool outlives) =>
        Namespaces.WhyNot() is { } reason ? new LoopbackGround(reason) : new NamespaceGround(outlives);
}

/// <summary>Two NATs with a node behind each, and hubs on the network between them.</summary>
internal sealed class NamespaceGround(bool outlives) : Ground
{
    private readonly Namespaces _net = new(outlives);

    public override string Name => "namespaces";

    public override string Description => "network namespaces: each node is behind a NAT of its own (port-restricted cone)";

    public override (string Http, string Udp) AddHub(string name)
    {
        var address = _net.AddHost(name);
        return ($"{address}:8430", $"{address}:65430");
    }

    public override void AddNode(string name) => _net.AddHostBehind(name, NatKind.PortRestrictedCone);

    public override IReadOnlyList<string> Prefix(string name) => ["ip", "netns", "exec", _net[name]];

    public override IReadOnlyList<string> Leave() =>
    [
        .. _net.Leave().SelectMany(name => new[] { $"ip netns pids {name} 2>/dev/null | xargs -r kill 2>/dev/null", $"ip netns del {name}" }),
    ];

    public override void Dispose() => _net.Dispose();
}

/// <summary>This machine alone: no NAT is to be passed.</summary>
internal sealed class LoopbackGround(string reason) : Ground
{
    private readonly HashSet<int> _given = [];

    public override string Name => "loopback";

    public override string Description => $"loopback, without NATs: {reason}";

    public override (string Http, string Udp) AddHub(string name)
    {
        return (Free(), Free()); // a hub listens for TCP on both
    }

    public override void AddNode(string name)
    {
    }

    public override IReadOnlyList<string> Prefix(string name) => [];

    public override IReadOnlyList<string> Leave() => [];

    public override void Dispose()
    {
    }

    // Free for both kinds just now, and none that a connection would be given for its own end; somebody may be faster,
    // and then the hub says so.
    private string Free()
    {
        while (true)
        {
            var at = new IPEndPoint(IPAddress.Loopback, RandomNumberGenerator.GetInt32(20_000, 32_000));
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                tcp.Bind(at);
                udp.Bind(at);
                if (_given.Add(at.Port)) return at.ToString();
            }
            catch (SocketException)
            {
                // Another one, then.
            }
        }
    }
}
