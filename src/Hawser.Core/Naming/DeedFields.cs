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

    /// <summary>May sign locators in the claim key's place, which can then be kept elsewhere; none: zero.</summary>
    public VerifyKey DelegateKey { get; init; }

    /// <summary>SHA-256 of a key that can undo a theft; none: zero.</summary>
    public Bytes32 RecoveryHash { get; init; }

    /// <summary>For meeting the owner by a ledger; none unless he wants that.</summary>
    public DeedLedgerKey LedgerKey { get; init; }

    /// <summary>What later records may say anew.</summary>
    public DeedContent Content => new()
    {
        Keyword = Keyword, OwnerName = OwnerName, ContactInfo = ContactInfo, Notes = Notes, ClaimKey = ClaimKey,
        ChannelKey = ChannelKey, Hubs = Hubs, At = At, DelegateKey = DelegateKey, RecoveryHash = RecoveryHash,
        LedgerKey = LedgerKey,
    };

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
        return text.Append(Content.KeyLines()).ToString();

        void Line(string line) => text.Append(line).Append('\n');
    }

    /// <summary>Reads the lines above the signature; null, or what is wrong.</summary>
    public static string? Read(ref LineReader reader, out DeedFields fields)
    {
        fields = null!;
        if (!reader.TryReadTitle("hawser/deed/1"u8, out var genesis)) return "the first line must be hawser/deed/1 and the federation";
        if (!reader.TryReadField("Timestamp"u8, out ReadOnlySpan<byte> value) || !RoutingTick.TryParse(value, out var timestamp))
            return "Timestamp: expected next, with the three characters of a tick";
        if (!DeedContent.TryReadPlain(ref reader, "Keyword"u8, out var keyword)) return DeedContent.PlainWanted("Keyword");
        if (!DeedContent.TryReadPlain(ref reader, "Owner-Name"u8, out var owner)) return DeedContent.PlainWanted("Owner-Name");
        if (!DeedContent.TryReadPlain(ref reader, "Contact-Info"u8, out var contact)) return DeedContent.PlainWanted("Contact-Info");
        if (!reader.TryReadField("Claim-Ticket"u8, out value) || value.Length != 2 * RoutingId.TextLength + 1
            || value[RoutingId.TextLength] != ' ' || !RoutingId.TryParseCanonical(value[..RoutingId.TextLength], out var issuer)
            || !RoutingId.TryParseCanonical(value[(RoutingId.TextLength + 1)..], out var number))
            return "Claim-Ticket: expected next, with the admin's ID and the ticket's number";
        if (number.Timestamp != timestamp) return "Claim-Ticket: is of another timestamp than the deed";
        if (!DeedContent.TryReadPlain(ref reader, "Notes"u8, out var notes)) return DeedContent.PlainWanted("Notes");
        if (DeedContent.ReadKeys(ref reader, out var keys) is { } wrong) return wrong;

        fields = new()
        {
            Genesis = genesis, Timestamp = timestamp, Keyword = keyword, OwnerName = owner, ContactInfo = contact,
            Notes = notes, TicketIssuer = issuer, TicketNumber = number, ClaimKey = keys.ClaimKey,
            ChannelKey = keys.ChannelKey, Hubs = keys.Hubs, At = keys.At, DelegateKey = keys.DelegateKey,
            RecoveryHash = keys.RecoveryHash, LedgerKey = keys.LedgerKey,
        };
        return null;
    }
}
