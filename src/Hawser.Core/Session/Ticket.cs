using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>
/// An invitation to one node: whoever shows its token first is let in, and from then on only that key.
/// Its long form is a link, its short form a square of dots. Spec: tickets.md §4.1.
/// </summary>
internal sealed record Ticket
{
    public const int MaxService = 63; // tickets.md §6
    public const int MaxName = 32;
    public const int MaxAddresses = 4;

    /// <summary>The channel key of the node that invites.</summary>
    public required DhPublicKey Host { get; init; }

    /// <summary>The secret. The host keeps its hash only.</summary>
    public required Token16 Token { get; init; }

    /// <summary>In whole seconds.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>A hub at which the host is present; null if it is to be reached at its addresses only.</summary>
    public DhPublicKey? Hub { get; init; }

    /// <summary>The federation of that hub. In the long form only: who knows the hub knows its federation.</summary>
    public Bytes32 Genesis { get; init; }

    /// <summary>Where the hub's UDP is, for a joiner that does not know it. In the long form only.</summary>
    public HostPort[] HubAddresses { get; init; } = [];

    /// <summary>Where the host says it is. In the long form only.</summary>
    public HostPort[] HostAddresses { get; init; } = [];

    /// <summary>What the host calls itself; may be empty. In the long form only.</summary>
    public string HostName { get; init; } = "";

    /// <summary>What it opens: the name of a service, or empty for the acquaintance alone. In the long form only.</summary>
    public string Service { get; init; } = "";

    /// <summary>What it is for.</summary>
    public TicketPurpose Purpose { get; init; } = TicketPurpose.Join;

    /// <summary>The host's routing ID; none if it owns none. In the long form only, and no more than its maker's word.</summary>
    public PlainId Id { get; init; }

    /// <summary>The only channel key that may redeem it; null: whoever comes first. In the long form only.</summary>
    public DhPublicKey? Only { get; init; }

    /// <summary>The user who invites, and who signed the link; zero in the short form.</summary>
    public VerifyKey User { get; init; }

    /// <summary>What the host finds the ticket by.</summary>
    public Bytes32 TokenHash => Hash(Token);

    public static Bytes32 Hash(in Token16 token)
    {
        Span<byte> bytes = stackalloc byte[Token16.Size];
        token.CopyTo(bytes);
        return Sha256.Hash(bytes);
    }
}

/// <summary>A ticket as a link: <c>hawser:join/</c> and base64url. Spec: tickets.md §4.1.</summary>
/// <remarks><code>
/// | version=2 (1) | purpose (1) | host 32 | token 16 | expires u32 | hubs=0 or 1 (1) { hub 32 | genesis 32 | addresses (1) { 18 } } |
/// | host's addresses (1) { 18 } | host's name 1+n | service 1+n | IDs=0 or 1 (1) { 10 } | keys=0 or 1 (1) { 32 } |
/// | user 32 | user's signature over all before 64 | check 4 |
/// </code></remarks>
internal static class TicketLink
{
    public const string Prefix = "hawser:join/";
    private const byte Version = 2;
    private const int MaxSize = 5 + 5 * Bytes32.Size + PlainId.Size + SigningKey.SignatureSize + Token16.Size + 4 + 2 * (1 + Ticket.MaxAddresses * LinkParts.AddressSize)
        + 1 + Ticket.MaxName + 1 + Ticket.MaxService + 4;

    /// <param name="ticket">Its user is that of the key.</param>
    /// <param name="user">Signs it, so that a link which was altered on its way is known for it.</param>
    public static string Write(Ticket ticket, SigningKey user)
    {
        Span<byte> bytes = stackalloc byte[MaxSize];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Version);
        writer.WriteU8((byte)ticket.Purpose);
        writer.Write(ticket.Host.Bytes);
        ticket.Token.CopyTo(writer.Take(Token16.Size));
        writer.WriteU32((uint)ticket.Expires.ToUnixTimeSeconds());
        writer.WriteU8(ticket.Hub is null ? (byte)0 : (byte)1);
        if (ticket.Hub is { } hub)
        {
            writer.Write(hub.Bytes);
            writer.Write(ticket.Genesis);
            LinkParts.WriteAddresses(ref writer, ticket.HubAddresses);
        }

        LinkParts.WriteAddresses(ref writer, ticket.HostAddresses);
        LinkParts.WriteText(ref writer, ticket.HostName);
        LinkParts.WriteText(ref writer, ticket.Service);
        writer.WriteU8(ticket.Id.IsNone ? (byte)0 : (byte)1);
        if (!ticket.Id.IsNone) ticket.Id.CopyTo(writer.Take(PlainId.Size));
        writer.WriteU8(ticket.Only is null ? (byte)0 : (byte)1);
        if (ticket.Only is { } only) writer.Write(only.Bytes);
        writer.Write(user.Public.Bytes);
        var signature = user.Sign(Signed(bytes[..writer.Written]));
        writer.Write(signature);
        LinkParts.WriteCheck(ref writer, bytes);
        var link = Prefix + Base64Url.EncodeToString(bytes[..writer.Written]);
        return TryParse(link, out _) ? link : throw new ArgumentException("a ticket that no one could read", nameof(ticket));
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out Ticket? ticket)
    {
        ticket = null;
        if (!LinkParts.TryDecode(text, Prefix, MaxSize, out var bytes)) return false;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var version) || version != Version
            || !reader.TryReadU8(out var purpose) || (TicketPurpose)purpose is not (TicketPurpose.Join or TicketPurpose.Receive)
            || !reader.TryReadBytes32(out var host)
            || !reader.TryTake(Token16.Size, out var token) || !reader.TryReadU32(out var expires)
            || !reader.TryReadU8(out var hubs) || hubs > 1) return false;
        Bytes32 hub = default, genesis = default;
        HostPort[] hubAddresses = [];
        if ((hubs == 1 && (!reader.TryReadBytes32(out hub) || hub.IsZero || !reader.TryReadBytes32(out genesis) || genesis.IsZero
                || !LinkParts.TryReadAddresses(ref reader, Ticket.MaxAddresses, out hubAddresses)))
            || !LinkParts.TryReadAddresses(ref reader, Ticket.MaxAddresses, out var hostAddresses)
            || !LinkParts.TryReadText(ref reader, 0, Ticket.MaxName, out var hostName)
            || !LinkParts.TryReadText(ref reader, 0, Ticket.MaxService, out var service)
            || !TryReadId(ref reader, out var id) || !TryReadOnly(ref reader, out var only)
            || !reader.TryReadBytes32(out var user)) return false;
        var signed = bytes.AsSpan(0, bytes.Length - reader.Rest.Length);
        if (!reader.TryTake(SigningKey.SignatureSize, out var signature) || !reader.AtEnd
            || host.IsZero || !Ed25519.Verify(new(user), Signed(signed), signature)) return false;
        ticket = new()
        {
            Host = new(host),
            Token = Token16.Read(token),
            Expires = DateTimeOffset.FromUnixTimeSeconds(expires),
            Hub = hub.IsZero ? null : new(hub),
            Genesis = genesis,
            HubAddresses = hubAddresses,
            HostAddresses = hostAddresses,
            HostName = hostName,
            Service = service,
            Purpose = (TicketPurpose)purpose,
            Id = id,
            Only = only,
            User = new(user),
        };
        return true;
    }

    private static byte[] Signed(ReadOnlySpan<byte> bytes) => [.. "hawser/invite/1\n"u8, .. bytes];

    private static bool TryReadId(ref SpanReader reader, out PlainId id)
    {
        id = default;
        return reader.TryReadU8(out var count) && count <= 1
            && (count == 0 || (reader.TryTake(PlainId.Size, out var digits) && PlainId.TryRead(digits, out id)));
    }

    private static bool TryReadOnly(ref SpanReader reader, out DhPublicKey? only)
    {
        only = null;
        if (!reader.TryReadU8(out var count) || count > 1) return false;
        if (count == 0) return true;
        if (!reader.TryReadBytes32(out var key) || key.IsZero) return false;
        only = new(key);
        return true;
    }
}
