using System.Globalization;
using Hawser.Crypto;

namespace Hawser.Net.Names;

/// <summary><c>PEER</c> or <c>PEER/SERVICE</c> as people type it: cli.md §1.</summary>
internal abstract record PeerReference
{
    private PeerReference()
    {
    }

    /// <summary>The service named after the slash; null without one.</summary>
    public abstract string? Service { get; init; }

    /// <summary>Understands the text, or says what is wrong with it.</summary>
    public static PeerReference Parse(string text)
    {
        if (text.StartsWith(HawserLink.Scheme, StringComparison.OrdinalIgnoreCase)) return ParseLink(text);
        var slash = text.IndexOf('/');
        var (peer, service) = slash < 0 ? (text, null) : (text[..slash], text[(slash + 1)..]);
        if (service is not null) RequireService(service, text);
        if (peer.Contains('#')) return ParseAddress(peer, service);
        if (IdText.TryParse(peer, out var id)) return new ById(id, service);
        if (LooksLikeId(peer)) throw Wrong($"{peer} has a wrong character: its check character does not fit", "compare it with the original");
        if (Petname.IsValid(peer)) return new ByPetname(peer, service);
        throw Wrong($"{text} names no peer",
            "write a routing ID, a contact's name, a hawser: link, or HOST:PORT#KEY; then /SERVICE if it needs one");
    }

    /// <summary>The same, but a service must be there.</summary>
    public static PeerReference ParseWithService(string text) => Parse(text) is { Service: not null } peer
        ? peer
        : throw Wrong($"{text} names no service", $"add one, as in {text}/ssh");

    private static ByLink ParseLink(string text)
    {
        if (!HawserLink.TryParse(text, out var link)) throw Wrong($"{text} is no hawser: link", "copy it again, whole");
        var slash = link.Body.IndexOf('/');
        if (slash < 0) return new(link, link.First("service"));
        var service = link.Body[(slash + 1)..];
        RequireService(service, text);
        return new(link with { Body = link.Body[..slash] }, service);
    }

    private static ByAddress ParseAddress(string peer, string? service)
    {
        var hash = peer.IndexOf('#');
        if (!DhPublicKey.TryParse(peer.AsSpan(hash + 1), out var key))
            throw Wrong($"{peer[(hash + 1)..]} is no key", "a key has 43 characters; copy it again, whole");
        var (host, port) = HostAndPort.Parse(peer[..hash]);
        return new(host, port, key, service);
    }

    private static bool LooksLikeId(string text) =>
        text.Length is IdText.Length + 3 && text[3] == '-' && text[^2] == '-' && text.Count(c => c == '-') == 2
        && text.All(c => c == '-' || Wire.Base36.ValueOf(c) >= 0);

    private static void RequireService(string service, string text)
    {
        if (!ServiceWord.IsValid(service))
            throw Wrong($"the service in {text} has no proper name", ServiceWord.Rule);
    }

    private static HawserException Wrong(string message, string remedy) => new(Reason.Usage, message, remedy);

    /// <summary>By routing ID.</summary>
    /// <param name="Id">Ten characters, lower case.</param>
    public sealed record ById(string Id, string? Service) : PeerReference
    {
        public override string? Service { get; init; } = Service;

        public override string ToString() => IdText.Show(Id) + Suffix;
    }

    /// <summary>By the name that this user gave.</summary>
    public sealed record ByPetname(string Name, string? Service) : PeerReference
    {
        public override string? Service { get; init; } = Service;

        public override string ToString() => Name + Suffix;
    }

    /// <summary>By a link that somebody sent.</summary>
    public sealed record ByLink(HawserLink Link, string? Service) : PeerReference
    {
        public override string? Service { get; init; } = Service;

        public override string ToString() => Link.ToString();
    }

    /// <summary>By an address and the key that must answer there.</summary>
    public sealed record ByAddress(string Host, ushort Port, DhPublicKey Key, string? Service) : PeerReference
    {
        public override string? Service { get; init; } = Service;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{HostAndPort.Join(Host, Port)}#{Key}{Suffix}");
    }

    private string Suffix => Service is null ? "" : "/" + Service;
}
