using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// What an owner says of an ID, and may say anew in a record: words for people, keys, and where to be reached.
/// Spec: naming.md §4, records.md §4.
/// </summary>
internal sealed record DeedContent
{
    public string Keyword { get; init; } = "n/a";
    public string OwnerName { get; init; } = "Anonymous";
    public string ContactInfo { get; init; } = "n/a";
    public string Notes { get; init; } = "n/a";
    public VerifyKey ClaimKey { get; init; }
    public DhPublicKey ChannelKey { get; init; }
    public IReadOnlyList<RoutingId> Hubs { get; init; } = [];
    public IReadOnlyList<HostPort> At { get; init; } = [];
    public VerifyKey DelegateKey { get; init; }
    public Bytes32 RecoveryHash { get; init; }

    /// <summary>For meeting the owner by a ledger; none unless he wants that.</summary>
    public DeedLedgerKey LedgerKey { get; init; }

    /// <summary>The lines of a record.</summary>
    public string Lines() =>
        $"Keyword: {Keyword}\nOwner-Name: {OwnerName}\nContact-Info: {ContactInfo}\nNotes: {Notes}\n{KeyLines()}";

    /// <summary>The lines that a deed shares.</summary>
    public string KeyLines()
    {
        var text = new StringBuilder($"Claim-Key: {ClaimKey}\nChannel-Key: {ChannelKey}\nHubs: {string.Join(' ', Hubs)}\n");
        if (At.Count > 0) text.Append("At: ").AppendJoin(' ', At).Append('\n');
        if (!DelegateKey.Bytes.IsZero) text.Append("Delegate-Key: ").Append(DelegateKey).Append('\n');
        if (!RecoveryHash.IsZero) text.Append("Recovery-Hash: ").Append(RecoveryHash).Append('\n');
        if (!LedgerKey.IsNone) text.Append("Chain-Key: ").Append(LedgerKey).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads the lines of a record; null, or what is wrong.</summary>
    public static string? Read(ref LineReader reader, out DeedContent content)
    {
        content = null!;
        if (!TryReadPlain(ref reader, "Keyword"u8, out var keyword)) return PlainWanted("Keyword");
        if (!TryReadPlain(ref reader, "Owner-Name"u8, out var owner)) return PlainWanted("Owner-Name");
        if (!TryReadPlain(ref reader, "Contact-Info"u8, out var contact)) return PlainWanted("Contact-Info");
        if (!TryReadPlain(ref reader, "Notes"u8, out var notes)) return PlainWanted("Notes");
        if (ReadKeys(ref reader, out var keys) is { } wrong) return wrong;
        content = keys with { Keyword = keyword, OwnerName = owner, ContactInfo = contact, Notes = notes };
        return null;
    }

    /// <summary>Reads the lines that a deed shares; null, or what is wrong.</summary>
    public static string? ReadKeys(ref LineReader reader, out DeedContent keys)
    {
        keys = null!;
        if (!reader.TryReadField("Claim-Key"u8, out Bytes32 claimKey)) return KeyWanted("Claim-Key");
        if (!reader.TryReadField("Channel-Key"u8, out Bytes32 channelKey)) return KeyWanted("Channel-Key");
        if (!reader.TryReadField("Hubs"u8, out ReadOnlySpan<byte> value) || !TryReadHubs(value, Deed.MaxHubs, out var hubs))
            return $"Hubs: expected next, with 1 to {Deed.MaxHubs} different IDs of admins";
        List<HostPort> at = [];
        if (reader.TryReadField("At"u8, out value) && !TryReadAddresses(value, at))
            return $"At: takes 1 to {Deed.MaxAddresses} different addresses with ports, written in their usual form";
        if (reader.TryReadField("Delegate-Key"u8, out Bytes32 other) && other.IsZero) return "Delegate-Key: may not be zero";
        if (reader.TryReadField("Recovery-Hash"u8, out Bytes32 recovery) && recovery.IsZero)
            return "Recovery-Hash: may not be zero";
        var ledger = default(DeedLedgerKey);
        if (reader.TryReadField("Chain-Key"u8, out value) && !DeedLedgerKey.TryParse(value, out ledger))
            return "Chain-Key: takes 66 hexadecimal digits, a space, and 86 characters of base64url";
        keys = new()
        {
            ClaimKey = new(claimKey), ChannelKey = new(channelKey), Hubs = hubs, At = at, DelegateKey = new(other),
            RecoveryHash = recovery, LedgerKey = ledger,
        };
        return null;
    }

    public static bool TryReadPlain(ref LineReader reader, ReadOnlySpan<byte> name, out string value)
    {
        var plain = reader.TryReadField(name, out ReadOnlySpan<byte> bytes) && LineReader.IsPlain(bytes);
        value = plain ? Encoding.UTF8.GetString(bytes) : "";
        return plain;
    }

    public static string PlainWanted(string name) =>
        $"{name}: expected next, with 1 to {LineReader.MaxValue} bytes of UTF-8, no control characters, no space at the ends";

    public static bool TryReadHubs(ReadOnlySpan<byte> value, int most, out List<RoutingId> hubs)
    {
        hubs = [];
        foreach (var range in value.Split((byte)' '))
        {
            if (hubs.Count == most || !RoutingId.TryParseCanonical(value[range], out var hub) || hubs.Contains(hub))
                return false;
            hubs.Add(hub);
        }

        return true;
    }

    private static string KeyWanted(string name) => $"{name}: expected next, with 43 characters of base64url";

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
