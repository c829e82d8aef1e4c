using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>What the owner says in a deed, line by line. Spec: naming.md §4.</summary>
internal sealed record DeedFields
{
    public required Bytes32 Genesis { get; init; }
    public required RoutingTick Timestamp { get; init; }

    /// <summary>What it is called, in a word or a few: public for ever, like the next three.</summary>
    public required string Keyword { get; init; }

    public string OwnerName { get; init; } = "Anonymous";
    public string ContactInfo { get; init; } = "n/a";
    public string Notes { get; init; } = "n/a";

    /// <summary>Issuer and number of the ticket.</summary>
    public required RoutingId TicketIssuer { get; init; }

    public required RoutingId TicketNumber { get; init; }
    public required VerifyKey ClaimKey { get; init; }

    /// <summary>The self-signature is its certificate.</summary>
    public required DhPublicKey ChannelKey { get; init; }

    /// <summary>The admins whose hubs the holder keeps a line to, best first.</summary>
    public required IReadOnlyList<RoutingId> Hubs { get; init; }

    /// <summary>Fixed addresses, of who has them.</summary>
    public IReadOnlyList<HostPort> At { get; init; } = [];

    /// <summary>SHA-256 of a key that can undo a theft; none: zero.</summary>
    public Bytes32 RecoveryHash { get; init; }

    /// <summary>All lines above the signature.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        Line(Deed.TitleOf(Genesis));
        Line($"Timestamp: {Timestamp}");
        Line($"Keyword: {Keyword}");
        Line($"Owner-Name: {OwnerName}");
        Line($"Contact-Info: {ContactInfo}");
        Line($"Claim-Ticket: {TicketIssuer} {TicketNumber}");
        Line($"Notes: {Notes}");
        Line($"Claim-Key: {ClaimKey}");
        Line($"Channel-Key: {ChannelKey}");
        Line($"Hubs: {string.Join(' ', Hubs)}");
        if (At.Count > 0) Line($"At: {string.Join(' ', At)}");
        if (!RecoveryHash.IsZero) Line($"Recovery-Hash: {RecoveryHash}");
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');
    }

    /// <summary>Reads the lines above the signature; null, or what is wrong.</summary>
    public static string? Read(ref LineReader reader, out DeedFields fields)
    {
        fields = null!;
        if (!reader.TryReadTitle("hawser/deed/1"u8, out var genesis)) return "the first line must be hawser/deed/1 and the federation";
        if (!reader.TryReadField("Timestamp"u8, out ReadOnlySpan<byte> value) || !RoutingTick.TryParse(value, out var timestamp))
            return "Timestamp: expected next, with the three characters of a tick";
        if (!TryReadPlain(ref reader, "Keyword"u8, out var keyword)) return Plain("Keyword");
        if (!TryReadPlain(ref reader, "Owner-Name"u8, out var owner)) return Plain("Owner-Name");
        if (!TryReadPlain(ref reader, "Contact-Info"u8, out var contact)) return Plain("Contact-Info");
        if (!reader.TryReadField("Claim-Ticket"u8, out value) || value.Length != 2 * RoutingId.TextLength + 1
            || value[RoutingId.TextLength] != ' ' || !RoutingId.TryParseCanonical(value[..RoutingId.TextLength], out var issuer)
            || !RoutingId.TryParseCanonical(value[(RoutingId.TextLength + 1)..], out var number))
            return "Claim-Ticket: expected next, with the admin's ID and the ticket's number";
        if (number.Timestamp != timestamp) return "Claim-Ticket: is of another timestamp than the deed";
        if (!TryReadPlain(ref reader, "Notes"u8, out var notes)) return Plain("Notes");
        if (!reader.TryReadField("Claim-Key"u8, out Bytes32 claimKey)) return Key("Claim-Key");
        if (!reader.TryReadField("Channel-Key"u8, out Bytes32 channelKey)) return Key("Channel-Key");
        if (!reader.TryReadField("Hubs"u8, out value) || !TryReadHubs(value, out var hubs))
            return $"Hubs: expected next, with 1 to {Deed.MaxHubs} different IDs of admins";
        List<HostPort> at = [];
        if (reader.TryReadField("At"u8, out value) && !TryReadAddresses(value, at))
            return $"At: takes 1 to {Deed.MaxAddresses} different addresses with ports, written in their usual form";
        if (reader.TryReadField("Recovery-Hash"u8, out Bytes32 recovery) && recovery.IsZero)
            return "Recovery-Hash: may not be zero";

        fields = new()
        {
            Genesis = genesis, Timestamp = timestamp, Keyword = keyword, OwnerName = owner, ContactInfo = contact,
            Notes = notes, TicketIssuer = issuer, TicketNumber = number, ClaimKey = new(claimKey),
            ChannelKey = new(channelKey), Hubs = hubs, At = at, RecoveryHash = recovery,
        };
        return null;

        static string Plain(string name) =>
            $"{name}: expected next, with 1 to {LineReader.MaxValue} bytes of UTF-8, no control characters, no space at the ends";

        static string Key(string name) => $"{name}: expected next, with 43 characters of base64url";
    }

    private static bool TryReadPlain(ref LineReader reader, ReadOnlySpan<byte> name, out string value)
    {
        var plain = reader.TryReadField(name, out ReadOnlySpan<byte> bytes) && LineReader.IsPlain(bytes);
        value = plain ? Encoding.UTF8.GetString(bytes) : "";
        return plain;
    }

    private static bool TryReadHubs(ReadOnlySpan<byte> value, out List<RoutingId> hubs)
    {
        hubs = [];
        foreach (var range in value.Split((byte)' '))
        {
            if (hubs.Count == Deed.MaxHubs || !RoutingId.TryParseCanonical(value[range], out var hub) || hubs.Contains(hub))
                return false;
            hubs.Add(hub);
        }

        return true;
    }

    private static bool TryReadAddresses(ReadOnlySpan<byte> value, List<HostPort> at)
    {
        foreach (var range in value.Split((byte)' '))
        {
            var text = Encoding.UTF8.GetString(value[range]);
            if (at.Count == Deed.MaxAddresses || !HostPort.TryParse(text, out var address)
                || address.ToString() != text || at.Contains(address)) return false;
            at.Add(address);
        }

        return true;
    }
}
