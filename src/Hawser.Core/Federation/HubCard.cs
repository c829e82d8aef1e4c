using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// What a hub says of itself: founders exchange it, and users are given it as a link. The admin key signs it.
/// Spec: hub-http.md §4.
/// </summary>
internal sealed record HubCard
{
    public const int MaxSize = 1_024; // hub-http.md §6
    public const string LinkStart = "hawser:hub/";
    private const string NoFederation = "none";

    public required string Name { get; init; }

    /// <summary>Where it answers HTTP, without a slash at the end.</summary>
    public required string Url { get; init; }

    /// <summary>Where it listens on UDP.</summary>
    public required HostPort At { get; init; }

    public required VerifyKey AdminKey { get; init; }
    public required DhPublicKey ChannelKey { get; init; }

    /// <summary>Hash of the federation that it takes part in; null before it does.</summary>
    public Bytes32? Genesis { get; init; }

    public Bytes64 Signature { get; private init; }

    /// <summary>As a link for users; the same bytes.</summary>
    public string Link => LinkStart + Base64Url.EncodeToString(Write());

    /// <summary>The admin as a founder at this place of the list.</summary>
    public Member ToFounder(int place) => new(Member.FounderId(place), AdminKey, ChannelKey, At, Url, Name);

    public HubCard SignWith(SigningKey adminKey) =>
        this with { Signature = Bytes64.Read(adminKey.Sign(Encoding.UTF8.GetBytes(Front()))) };

    public byte[] Write() => Encoding.UTF8.GetBytes($"{Front()}Signature: {Signature}\n");

    /// <summary>Reads the text, or the link.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out HubCard? card)
    {
        card = null;
        if (text.Length > 2 * MaxSize) return false;
        if (!text.StartsWith(LinkStart, StringComparison.Ordinal)) return TryRead(Encoding.UTF8.GetBytes(text), out card);
        var link = text.AsSpan(LinkStart.Length);
        var bytes = new byte[Base64Url.GetMaxDecodedLength(link.Length)];
        return Base64Url.IsValid(link) && Base64Url.TryDecodeFromChars(link, bytes, out var length)
            && TryRead(bytes.AsSpan(0, length), out card);
    }

    /// <summary>Reads a card whose signature holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out HubCard? card)
    {
        card = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadLine(out var title) || !title.SequenceEqual("hawser/hub/1"u8)
            || !reader.TryReadField("Name"u8, out ReadOnlySpan<byte> name)
            || !reader.TryReadField("Url"u8, out ReadOnlySpan<byte> url)
            || !reader.TryReadField("At"u8, out ReadOnlySpan<byte> at)
            || !reader.TryReadField("Admin-Key"u8, out Bytes32 admin)
            || !reader.TryReadField("Channel-Key"u8, out Bytes32 channel)
            || !reader.TryReadField("Federation"u8, out ReadOnlySpan<byte> federation)
            || !TryReadFederation(federation, out var genesis)
            || !LineReader.IsPlain(name) || !HostPort.TryParse(Encoding.UTF8.GetString(at), out var address)) return false;
        var signed = text[..reader.Position];
        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        var (nameText, urlText) = (Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(url));
        if (!Member.IsName(nameText) || !Member.IsUrl(urlText)
            || !Ed25519.Verify(new(admin), signed, signature.ToArray())) return false;
        card = new()
        {
            Name = nameText, Url = urlText, At = address, AdminKey = new(admin), ChannelKey = new(channel),
            Genesis = genesis, Signature = signature,
        };
        return true;
    }

    private string Front() =>
        $"hawser/hub/1\nName: {Name}\nUrl: {Url}\nAt: {At}\nAdmin-Key: {AdminKey}\nChannel-Key: {ChannelKey}\n" +
        $"Federation: {Genesis?.ToString() ?? NoFederation}\n";

    private static bool TryReadFederation(ReadOnlySpan<byte> text, out Bytes32? genesis)
    {
        genesis = null;
        if (text.SequenceEqual("none"u8)) return true;
        if (!LineReader.TryParse32(text, out var hash)) return false;
        genesis = hash;
        return true;
    }
}
