using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hawser.Net.Control;
using Hawser.Proof;
using Hawser.Rendezvous;

namespace Hawser.Net.Proving;

/// <summary>Says in words what a survey found, and what each thing means for being reached.</summary>
internal static class NatFindings
{
    public static IEnumerable<Finding> Of(NatReport report, HostPort server)
    {
        if (report.Mapped is not { } mapped)
        {
            yield return new("stun", FindingLevel.Note, $"{server} does not answer", "UDP is blocked on the way, or no STUN server is there; where UDP is blocked only hubs' lines over TCP get through",
                "ask another: hawser doctor --stun HOST");
            yield break;
        }

        yield return new("public address", FindingLevel.Good, mapped.ToString(), report.Mapping is NatMapping.NoNat
            ? "it is this machine's own: peers reach it directly if no firewall is between"
            : "this is where others see you; it is the router's, and shared", null);
        yield return report.Mapping switch
        {
            NatMapping.NoNat => new("nat", FindingLevel.Good, "none", "nothing translates your address", null),
            NatMapping.EndpointIndependent => new("nat", FindingLevel.Good, "one outside port for all", "punching works with everybody but those behind a NAT with another port for each, and often with those too", null),
            NatMapping.AddressDependent => new("nat", FindingLevel.Note, "another outside port for each address", "peers cannot know the port in advance; punching works only towards open ones, else a hub relays", "forward a UDP port on the router, and name it with: hawser up --port PORT"),
            NatMapping.AddressAndPortDependent => new("nat", FindingLevel.Note, "another outside port for each address and port", "peers cannot know the port in advance; punching works only towards open ones, else a hub relays", "forward a UDP port on the router, and name it with: hawser up --port PORT"),
            NatMapping.Unknown => new("nat", FindingLevel.Note, "there is one; whether it maps alike for all was not seen", "whether peers can be told your port is not known", "ask a server with two addresses, or name two servers: hawser doctor --stun A --stun B"),
            _ => throw new InvalidOperationException(),
        };
        yield return report.Filtering switch
        {
            NatFiltering.EndpointIndependent => new("filtering", FindingLevel.Good, "anyone may send to an open port", "even peers behind the strictest NATs get through to you", null),
            NatFiltering.AddressDependent => new("filtering", FindingLevel.Good, "only addresses that were sent to get in, from any of their ports", "punching opens the way; a peer whose port is not known in advance still gets in", null),
            NatFiltering.AddressAndPortDependent => new("filtering", FindingLevel.Good, "only who was sent to gets in, from that very port", "punching opens the way, unless the peer's NAT takes another port for you: then a hub relays", null),
            NatFiltering.Unknown => new("filtering", FindingLevel.Note, "was not seen", "the server has no second address to send from", "ask one that has: hawser doctor --stun HOST"),
            _ => throw new InvalidOperationException(),
        };
        yield return report.Ports switch
        {
            NatPorts.Preserved => new("outside ports", FindingLevel.Good, "are those inside", "a fixed port here is the same outside, while nobody else behind this NAT has it", null),
            NatPorts.Sequential => new("outside ports", FindingLevel.Good, "follow each other", "the next one could be guessed where it is not told", null),
            NatPorts.Random => new("outside ports", FindingLevel.Good, "show no pattern", "a port cannot be guessed; it has to be told", null),
            NatPorts.Unknown => new("outside ports", FindingLevel.Note, "were not all seen", "some questions were lost", null),
            _ => throw new InvalidOperationException(),
        };
        if (report.Hairpin is { } hairpin)
        {
            yield return hairpin
                ? new("hairpin", FindingLevel.Good, "works", "peers behind the same router reach you by your public address too", null)
                : new("hairpin", FindingLevel.Note, "does not work", "peers behind the same router reach you only by your private address, which hubs tell them", null);
        }

        yield return Lifetime(report);
    }

    public static IEnumerable<Finding> Of(RouterAnswers router)
    {
        if (router.Gateway is null)
        {
            yield return new("router", FindingLevel.Note, "no IPv4 default route was found", "there is no router to ask for a port", null);
            yield break;
        }

        string[] ways = [.. new (string Name, bool Works)[] { ("NAT-PMP", router.NatPmp), ("PCP", router.Pcp), ("UPnP", router.Upnp) }.Where(way => way.Works).Select(way => way.Name)];
        yield return ways.Length > 0
            ? new("router", FindingLevel.Good, $"answers {string.Join(", ", ways)}", "a port could be had from it without anybody's hands", null)
            : new("router", FindingLevel.Note, "answers neither NAT-PMP, PCP nor UPnP", "a port that is always open has to be forwarded by hand; punching needs none", null);
    }

    public static Finding OfIPv6(IEnumerable<IPAddress> own)
    {
        var mine = own.FirstOrDefault(address => address.AddressFamily is AddressFamily.InterNetworkV6
            && AddressPolicy.KindOf(HostPort.From(new(address, 0)).Address) is AddressKind.Public);
        return mine is not null
            ? new("ipv6", FindingLevel.Good, $"{mine}", "no NAT is needed with peers that have it too; a firewall may still want to be punched", null)
            : new("ipv6", FindingLevel.Note, "no public address", "peers that have IPv6 only are reached through a hub", null);
    }

    private static Finding Lifetime(NatReport report)
    {
        const string name = "mapping lifetime";
        var atLeast = report.LivesAtLeast is { } lived ? Seconds(lived) : "0 s";
        return report switch
        {
            { LivesAtLeast: null, DiedBefore: null } => new(name, FindingLevel.Note, "was not seen", "the server cannot answer to another port than asked from", "ask a hub's: hawser doctor --stun HOST"),
            { DiedBefore: { } died } when died <= LineClient.KeepAliveInterval => new(name, FindingLevel.Note, $"between {atLeast} and {Seconds(died)}", "an idle line to a hub dies before it is kept alive: calls may miss you", "set the router's UDP timeout to 30 s or more"),
            { DiedBefore: { } died } => new(name, FindingLevel.Good, $"between {atLeast} and {Seconds(died)}", "lines to hubs are kept alive more often than that", null),
            _ => new(name, FindingLevel.Good, $"at least {atLeast}", "none was lost in the time watched", null),
        };
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
