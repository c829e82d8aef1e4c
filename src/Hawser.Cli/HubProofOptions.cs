using System.CommandLine;
using Hawser.Hub;
using Hawser.Net;
using Hawser.Proof;

namespace Hawser.Cli;

/// <summary>What <c>hub up</c> takes about notaries, proxies, reflection and whole packets.</summary>
internal static class HubProofOptions
{
    private static readonly Option<string?> Only = new("--only") { HelpName = "ROLE,…", Description = "be a notary or a STUN server alone, which takes no federation: notary, stun" };
    private static readonly Option<string[]> Proxy = new("--trust-proxy") { HelpName = "NETWORK", Description = "a proxy in front, or its network: what it says of who asks is believed" };
    private static readonly Option<string[]> Notary = new("--trust-notary") { HelpName = "NAME=URL#KEY", Description = "a notary to believe, and who runs it; the admins of the federation are believed anyway" };
    private static readonly Option<int?> Needed = new("--notaries") { HelpName = "COUNT", Description = "how many of them must say the same, each run by another; otherwise one more than may be hostile" };
    private static readonly Option<string[]> Reflector = new("--reflector") { HelpName = "OPERATOR=HOST@ADDR:PORT", Description = "a web server to reflect requests by; two operators are needed, and CAP_NET_RAW" };
    private static readonly Option<bool> Raw = new("--allow-raw") { Description = "deliver whole packets with a foreign source to who consents to just that source; needs CAP_NET_RAW" };

    public static Symbol[] All { get; } = [Only, Proxy, Notary, Needed, Reflector, Raw];

    public static HubOptions Apply(VerbCall call, HubOptions options)
    {
        if (call.Get(Needed) is < 1 or > NotaryPanel.MaxStatements)
            throw new HawserException(Reason.Usage, $"--notaries takes a number from 1 to {NotaryPanel.MaxStatements}", null);
        var reflectors = (call.Get(Reflector) ?? []).Select(ParseReflector).ToArray();
        if (reflectors.Length > 0 && reflectors.Select(one => one.Operator).Distinct().Count() < 2)
            throw new HawserException(Reason.Usage, "one operator's reflectors prove nothing: he would know all that a challenge is", "name another's too: --reflector OPERATOR=HOST@ADDR:PORT");
        return options with
        {
            Roles = RolesOf(call.Get(Only)),
            Proxies = new([.. (call.Get(Proxy) ?? []).Select(ParseNetwork)]),
            Notaries = [.. (call.Get(Notary) ?? []).Select(KnownNotary.Parse)],
            NotariesNeeded = call.Get(Needed),
            Reflectors = reflectors,
            AllowsRaw = call.Get(Raw),
        };
    }

    /// <summary>The same again, for who starts the hub at boot.</summary>
    public static IEnumerable<string> Again(VerbCall call)
    {
        if (call.Get(Only) is { } only) yield return $"--only={only}";
        foreach (var (name, values) in new[] { ("--trust-proxy", call.Get(Proxy)), ("--trust-notary", call.Get(Notary)), ("--reflector", call.Get(Reflector)) })
            foreach (var value in values ?? []) yield return $"{name}={value}";
        if (call.Get(Needed) is { } needed) yield return $"--notaries={needed}";
        if (call.Get(Raw)) yield return "--allow-raw";
    }

    private static HubRoles RolesOf(string? only)
    {
        if (only is null) return HubRoles.All;
        var roles = HubRoles.None;
        foreach (var word in only.Split(','))
        {
            roles |= word switch
            {
                "notary" => HubRoles.Notary,
                "stun" => HubRoles.Stun,
                _ => throw new HawserException(Reason.Usage, $"a hub cannot be {word} alone", "--only takes notary, stun, or notary,stun"),
            };
        }

        return roles;
    }

    private static AddressNetwork ParseNetwork(string text) => AddressNetwork.TryParse(text, out var network) ? network
        : throw new HawserException(Reason.Usage, $"{text} is no network", "write it as in 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32, with no bits beyond its length");

    private static Reflector ParseReflector(string text)
    {
        var (equals, at) = (text.IndexOf('=', StringComparison.Ordinal), text.LastIndexOf('@'));
        if (equals > 0 && at > equals && NotaryList.IsOperator(text.AsSpan(0, equals)) && Proof.Reflector.IsHost(text.AsSpan(equals + 1, at - equals - 1))
            && HostPort.TryParse(text[(at + 1)..], out var place) && place.Port != 0)
            return new(place, text[(equals + 1)..at], text[..equals]);
        throw new HawserException(Reason.Usage, $"{text} names no reflector", "write it as in --reflector harbour=reflect.example.org@203.0.113.7:80");
    }
}
