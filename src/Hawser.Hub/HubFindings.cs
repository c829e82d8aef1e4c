using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Net.Control;

namespace Hawser.Hub;

/// <summary>What <c>hub check</c> looks at, before and while a hub runs.</summary>
internal static class HubFindings
{
    private const long LowSpace = 1L << 30;
    private const double SlowSyncMs = 50;

    public static async IAsyncEnumerable<Finding> AllAsync(HubHost host, [EnumeratorCancellation] CancellationToken cancel)
    {
        yield return CryptoLibrary.IsAvailable
            ? new("libsodium", FindingLevel.Good, "is here", null, null)
            : new("libsodium", FindingLevel.Bad, "is missing", "no hub runs without it", "apt-get install libsodium23");
        yield return Disk(host);
        var identity = host.Store.Identity;
        if (host.Options.Online)
        {
            yield return new("http", FindingLevel.Good, $"listens on {identity.HttpListen}", null, null);
            yield return new("udp", FindingLevel.Good, $"listens on {identity.UdpListen}", null, null);
            yield return StunFinding(host);
        }
        else
        {
            yield return Port("http", identity.HttpListen, SocketType.Stream, ProtocolType.Tcp);
            yield return Port("udp", identity.UdpListen, SocketType.Dgram, ProtocolType.Udp);
        }

        if (host.Store.Federation is not { } genesis)
        {
            yield return new("federation", FindingLevel.Note, "this hub takes part in none yet", "it cannot be started", "hawser hub join FILE");
            yield break;
        }

        yield return Clock(genesis);
        if (host.Admin is { } admin)
        {
            foreach (var convicted in admin.Frozen)
                yield return new(convicted.ToString(), FindingLevel.Note, "was convicted of breaking the rules", "its log stands still, and it counts among those who may be down",
                    $"retire it by vote: hawser hub vote --retire {convicted}");
        }

        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = HubCard.MaxSize,
        };
        foreach (var member in (host.Admin?.Members ?? genesis.Founders).All)
        {
            var own = member.Key == host.Store.AdminKey.Public;
            if (own && !host.Options.Online) continue;
            yield return await ReachAsync(http, member, own, genesis, cancel).ConfigureAwait(false);
        }
    }

    private static Finding Disk(HubHost host)
    {
        var free = new DriveInfo(host.Home.Folder).AvailableFreeSpace;
        if (free < LowSpace)
            return new("disk", FindingLevel.Bad, $"only {free >> 20} MiB are free", "logs could not be kept", "free some space");
        var begun = Stopwatch.GetTimestamp();
        host.Store.SetMachineState("check", [1]);
        var ms = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        var found = string.Create(CultureInfo.InvariantCulture, $"{free >> 30} GiB free, a synced write takes {ms:0.#} ms");
        return ms > SlowSyncMs
            ? new("disk", FindingLevel.Note, found, "claims will be answered slowly", "put the home on a faster disk")
            : new("disk", FindingLevel.Good, found, null, null);
    }

    private static Finding StunFinding(HubHost host) => host.Stun switch
    {
        null => new("stun", FindingLevel.Note, "does not answer", "nodes cannot learn here how their network maps and filters", "hawser hub up --stun ADDR:PORT"),
        { CanDiscover: false } stun => new("stun", FindingLevel.Note, $"answers on {stun.Local}", "nodes learn their address here, but not how their network filters",
            "with a second address on this machine: hawser hub up --stun ADDR --stun SECOND"),
        { } stun => new("stun", FindingLevel.Good, $"answers on {stun.Local}, and on a second address and port", null, null),
    };

    private static Finding Port(string name, HostPort listen, SocketType type, ProtocolType protocol)
    {
        try
        {
            using var socket = new Socket(listen.ToEndPoint().AddressFamily, type, protocol);
            socket.Bind(listen.ToEndPoint());
            return new(name, FindingLevel.Good, $"{listen} is free", null, null);
        }
        catch (SocketException e)
        {
            return new(name, FindingLevel.Bad, $"{listen} cannot be used: {e.Message}", "the hub cannot listen there", "stop what listens there, or choose another port");
        }
    }

    private static Finding Clock(Genesis genesis)
    {
        var now = DateTimeOffset.UtcNow;
        if (!genesis.Clock.TryAt(now, out var tick))
            return new("clock", FindingLevel.Bad, $"{now:u}", "routing time has no tick for it", "set the clock");
        var rate = genesis.IsTest ? $"; a test federation, {genesis.ClockRate} times as fast" : "";
        return new("clock", FindingLevel.Good, $"{now:u}, tick {tick}{rate}", null, null);
    }

    private static async Task<Finding> ReachAsync(HttpClient http, Member member, bool own, Genesis genesis, CancellationToken cancel)
    {
        var name = own ? "own url" : member.Name;
        try
        {
            var bytes = await http.GetByteArrayAsync(member.Url + HubPaths.Card, cancel).ConfigureAwait(false);
            if (!HubCard.TryRead(bytes, out var card) || card.AdminKey != member.Key)
                return new(name, FindingLevel.Bad, $"{member.Url} shows another hub's card, or none", "votes do not arrive there", own ? "see the proxy's settings" : "tell its admin");
            return card.Genesis == genesis.Hash
                ? new(name, FindingLevel.Good, $"{member.Url} answers", null, null)
                : new(name, FindingLevel.Bad, $"{member.Url} takes part in another federation", "it does not vote with us", "tell its admin");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return new(name, own ? FindingLevel.Bad : FindingLevel.Note, $"{member.Url} does not answer",
                own ? "others cannot reach this hub" : "heights are certified without it, as long as enough others answer",
                own ? "see the proxy's settings, the firewall and the name's address" : "tell its admin");
        }
    }
}
