using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// What is said in text frames on a sender's or a destination's line: JSON with the names and numbers of SP³.
/// Spec: sp3.md §4.
/// </summary>
internal abstract record SenderMessage
{
    public const int MaxSize = 8_192; // sp3.md §6
    public const int MaxOptions = 512; // sp3.md §6: as for a certificate
    public const int MaxChallenge = 4_096; // sp3.md §6

    private SenderMessage() { }

    /// <summary>Sender: I want to send there, and this is how it may be asked. The address has no port; the options have.</summary>
    public sealed record Hello(UInt128 Destination, int Method, byte[] Options) : SenderMessage
    {
        /// <summary>Of whole packets; null: payloads, from the hub's own address. Spec: raw.md §4.</summary>
        public HostPort? Source { get; init; }
    }

    /// <summary>Sender: here is what the destination has given me.</summary>
    public sealed record Authorization(UInt128 Destination, string Challenge) : SenderMessage;

    /// <summary>
    /// Hub. To a sender: how it is, and at first his session; or a token that the destination handed in for him. To a
    /// destination: a challenge by method 0, or by which digest it knows the challenge that went to its port for whom.
    /// </summary>
    public sealed record Server(SenderStatus Status) : SenderMessage
    {
        public string? Challenge { get; init; }

        public Token16? Session { get; init; }

        public ulong? Digest { get; init; }

        /// <summary>Where the hub sees this line come from.</summary>
        public HostPort? Observed { get; init; }
    }

    /// <summary>Destination: I am there, and may be asked, for so many seconds; 0 takes that back, and all leases with it.</summary>
    public sealed record Consent(HostPort Client, int Ttl) : SenderMessage;

    /// <summary>Destination: give this to the sender of that session.</summary>
    public sealed record Token(Token16 Session, Token16 Challenge) : SenderMessage;

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SenderMessage? message)
    {
        message = null;
        if (text.Length > MaxSize || !JsonFields.TryRead(text, out var fields)) return false;
        message = fields.Names switch
        {
            "AuthenticationMethod,AuthenticationOptions,DestinationAddress" or "AuthenticationMethod,DestinationAddress"
                or "AuthenticationMethod,AuthenticationOptions,DestinationAddress,SourceIP,SourcePort" => ReadHello(fields),
            "Challenge,DestinationAddress" => fields.TryAddress("DestinationAddress", out var to) && fields.TryText("Challenge", MaxChallenge, out var challenge)
                ? new Authorization(to, challenge) : null,
            "ClientIP,ClientPort,Ttl" => fields.TryPlace("Client", out var client) && fields.TryNumber("Ttl", 86_400, out var ttl) ? new Consent(client, (int)ttl) : null,
            "Challenge,Session" => fields.TryToken("Session", out var session) && fields.TryText("Challenge", 22, out var token) && TryReadToken(token, out var given)
                ? new Token(session, given) : null,
            _ => fields.Has("Status") ? ReadServer(fields) : null,
        };
        return message is not null;
    }

    public byte[] Write() => Encoding.UTF8.GetBytes(this switch
    {
        Hello hello => $"{{\"DestinationAddress\":\"{Text(hello.Destination)}\",\"AuthenticationMethod\":{Number(hello.Method)}"
            + (hello.Options.Length == 0 ? "" : $",\"AuthenticationOptions\":\"{Convert.ToBase64String(hello.Options)}\"")
            + (hello.Source is { } source ? $",\"SourceIP\":\"{Text(source.Address)}\",\"SourcePort\":{Number(source.Port)}}}" : "}"),
        Authorization authorization => $"{{\"DestinationAddress\":\"{Text(authorization.Destination)}\",\"Challenge\":\"{JsonFields.Escape(authorization.Challenge)}\"}}",
        Consent consent => $"{{\"ClientIP\":\"{Text(consent.Client.Address)}\",\"ClientPort\":{Number(consent.Client.Port)},\"Ttl\":{Number(consent.Ttl)}}}",
        Token token => $"{{\"Session\":\"{Text(token.Session)}\",\"Challenge\":\"{Text(token.Challenge)}\"}}",
        Server server => $"{{\"Status\":{Number((int)server.Status)}"
            + (server.Challenge is { } challenge ? $",\"Challenge\":\"{JsonFields.Escape(challenge)}\"" : "")
            + (server.Session is { } session ? $",\"Session\":\"{Text(session)}\"" : "")
            + (server.Digest is { } digest ? $",\"Digest\":\"{digest.ToString("x16", CultureInfo.InvariantCulture)}\"" : "")
            + (server.Observed is { } observed ? $",\"Observed\":\"{observed}\"" : "") + "}",
        _ => throw new InvalidOperationException(GetType().Name), // no other can be derived
    });

    /// <summary>As tokens and sessions are written: base64url without padding.</summary>
    public static string Text(in Token16 token) => Base64Url.EncodeToString(token.ToArray());

    public static bool TryReadToken(string text, out Token16 token)
    {
        token = default;
        if (text.Length != 22 || !CanonicalBase64.TryDecode(Encoding.UTF8.GetBytes(text), out var bytes) || bytes.Length != Token16.Size) return false;
        token = Token16.Read(bytes);
        return true;
    }

    /// <summary>As a challenge of 12 bytes is written: 16 characters.</summary>
    public static string Text(StunId challenge)
    {
        var drawn = new byte[StunId.DrawnSize];
        challenge.CopyDrawnTo(drawn);
        return Base64Url.EncodeToString(drawn);
    }

    public static bool TryReadChallenge(string text, out StunId challenge)
    {
        challenge = default;
        if (!CanonicalBase64.TryDecode(Encoding.UTF8.GetBytes(text), out var bytes) || bytes.Length != StunId.DrawnSize) return false;
        challenge = StunId.Of(bytes);
        return true;
    }

    /// <summary>An address in the one way that it is written.</summary>
    public static string Text(UInt128 address) => new HostPort(address, 0).ToEndPoint().Address.ToString();

    private static Hello? ReadHello(JsonFields fields)
    {
        byte[] options = [];
        HostPort source = default;
        return fields.TryAddress("DestinationAddress", out var to) && fields.TryNumber("AuthenticationMethod", byte.MaxValue, out var method)
            && (!fields.Has("AuthenticationOptions") || fields.TryBase64("AuthenticationOptions", MaxOptions, out options))
            && (!fields.Has("SourceIP") || fields.TryPlace("Source", out source))
            ? new(to, (int)method, options) { Source = fields.Has("SourceIP") ? source : null } : null;
    }

    private static Server? ReadServer(JsonFields fields)
    {
        if (!fields.TryNumber("Status", 3, out var status)) return null;
        var (challenge, session, digest, observed, read) = ((string?)null, (Token16?)null, (ulong?)null, (HostPort?)null, 1);
        if (fields.Has("Challenge"))
        {
            if (!fields.TryText("Challenge", MaxChallenge, out var text)) return null;
            (challenge, read) = (text, read + 1);
        }

        if (fields.Has("Session"))
        {
            if (!fields.TryToken("Session", out var token)) return null;
            (session, read) = (token, read + 1);
        }

        if (fields.Has("Digest"))
        {
            if (!fields.TryText("Digest", 16, out var text) || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                || value.ToString("x16", CultureInfo.InvariantCulture) != text) return null;
            (digest, read) = (value, read + 1);
        }

        if (fields.Has("Observed"))
        {
            if (!fields.TryText("Observed", 64, out var text) || !HostPort.TryParse(text, out var at)) return null;
            (observed, read) = (at, read + 1);
        }

        return read == fields.Count ? new((SenderStatus)status) { Challenge = challenge, Session = session, Digest = digest, Observed = observed } : null;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a sender says about the socket behind an address, for method 1. Spec: sp3.md §4.2.</summary>
/// <param name="Client">The socket.</param>
/// <param name="Source">Whose challenge it takes; null: the hub's own.</param>
internal readonly record struct ListeningOptions(HostPort Client, HostPort? Source)
{
    public static bool TryRead(ReadOnlySpan<byte> json, out ListeningOptions options)
    {
        options = default;
        if (json.Length > SenderMessage.MaxOptions || !JsonFields.TryRead(json, out var fields)
            || fields.Names is not ("ClientIP,ClientPort" or "ClientIP,ClientPort,SourceIP,SourcePort") || !fields.TryPlace("Client", out var client)) return false;
        HostPort? source = null;
        if (fields.Has("SourceIP"))
        {
            if (!fields.TryPlace("Source", out var place)) return false;
            source = place;
        }

        options = new(client, source);
        return true;
    }

    public byte[] Write() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{{\"ClientIP\":\"{SenderMessage.Text(Client.Address)}\",\"ClientPort\":{Client.Port}")
        + (Source is { } source ? string.Create(CultureInfo.InvariantCulture, $",\"SourceIP\":\"{SenderMessage.Text(source.Address)}\",\"SourcePort\":{source.Port}}}") : "}"));
}
