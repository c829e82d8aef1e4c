using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>All that a user needs to sign on to a hub and to check what it says later. Spec: links.md §4.1.</summary>
internal sealed record HubCard
{
    public const int MaxName = 63; // links.md §6
    public const int MaxUrl = 200;
    public const int MaxUrls = 3;
    public const int MaxAddresses = 4;

    /// <summary>The hash of the genesis text: which federation.</summary>
    public required Bytes32 Genesis { get; init; }

    public required VerifyKey AdminKey { get; init; }

    public required DhPublicKey ChannelKey { get; init; }

    /// <summary>1–63 printable ASCII characters.</summary>
    public required string Name { get; init; }

    /// <summary>Where its HTTP is, without a slash at the end.</summary>
    public required string[] Urls { get; init; }

    /// <summary>Where its UDP is.</summary>
    public required HostPort[] Addresses { get; init; }
}

/// <summary>A card as one word to paste: <c>hawser:hub/</c> and base64url. Spec: links.md §4.1.</summary>
/// <remarks><code>
/// | version=1 (1) | genesis 32 | admin key 32 | channel key 32 | name 1+n | urls (1) { 1+n } | addresses (1) { 16 + 2 } | check 4 |
/// </code>The check is the start of SHA-256 over all before it: it finds a slip of the hand, nothing else.</remarks>
internal static class HubLink
{
    public const string Prefix = "hawser:hub/";
    private const byte Version = 1;
    private const int CheckSize = 4;
    private const int MaxSize = 1 + 3 * Bytes32.Size + 1 + HubCard.MaxName + 1 + HubCard.MaxUrls * (1 + HubCard.MaxUrl)
        + 1 + HubCard.MaxAddresses * 18 + CheckSize;

    public static string Write(HubCard card)
    {
        Span<byte> bytes = stackalloc byte[MaxSize];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Version);
        writer.Write(card.Genesis);
        writer.Write(card.AdminKey.Bytes);
        writer.Write(card.ChannelKey.Bytes);
        writer.WriteBlob8(Encoding.ASCII.GetBytes(card.Name));
        writer.WriteU8((byte)card.Urls.Length);
        foreach (var url in card.Urls) writer.WriteBlob8(Encoding.ASCII.GetBytes(url));
        LinkParts.WriteAddresses(ref writer, card.Addresses);
        LinkParts.WriteCheck(ref writer, bytes);
        var link = Prefix + Base64Url.EncodeToString(bytes[..writer.Written]);
        return TryParse(link, out _) ? link : throw new ArgumentException("a card that no one could read", nameof(card));
    }

    /// <summary>Reads the one text that <see cref="Write"/> writes for a card; not a character more.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out HubCard? card)
    {
        card = null;
        if (!LinkParts.TryDecode(text, Prefix, MaxSize, out var bytes)) return false;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var version) || version != Version
            || !reader.TryReadBytes32(out var genesis) || !reader.TryReadBytes32(out var admin)
            || !reader.TryReadBytes32(out var channel)
            || !LinkParts.TryReadText(ref reader, 1, HubCard.MaxName, out var name)
            || !reader.TryReadU8(out var count) || count > HubCard.MaxUrls) return false;
        var urls = new string[count];
        foreach (ref var url in urls.AsSpan())
        {
            if (!LinkParts.TryReadText(ref reader, 1, HubCard.MaxUrl, out url) || !IsUrl(url)) return false;
        }

        if (!LinkParts.TryReadAddresses(ref reader, HubCard.MaxAddresses, out var addresses) || !reader.AtEnd
            || urls.Length + addresses.Length == 0) return false;
        card = new()
        {
            Genesis = genesis,
            AdminKey = new(admin),
            ChannelKey = new(channel),
            Name = name,
            Urls = urls,
            Addresses = addresses,
        };
        return true;
    }

    private static bool IsUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && uri is { UserInfo: "", Query: "", Fragment: "" } && !text.EndsWith('/') && !text.Contains(' ');
}
