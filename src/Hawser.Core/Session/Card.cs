using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>
/// What a user says of itself: its key, the site that speaks for it, its name, where that site may be found. Signed by
/// the user; that the site is its own is shown by the channel that the card comes on. Spec: tally.md §4.1.
/// </summary>
internal sealed record Card
{
    public const int MaxSize = 2048; // tally.md §6
    public const int MaxHubs = 5; // tally.md §6
    public const int MaxAddresses = 4; // tally.md §6
    public const int MaxName = 32; // tally.md §4.1

    public required Bytes32 Genesis { get; init; }

    /// <summary>The claim key.</summary>
    public required VerifyKey User { get; init; }

    /// <summary>The channel key.</summary>
    public required DhPublicKey Site { get; init; }

    /// <summary>Unix seconds; of two cards the later holds.</summary>
    public required ulong Made { get; init; }

    /// <summary>What the user calls itself; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>The routing ID that it owns; none if it owns none.</summary>
    public PlainId Id { get; init; }

    public IReadOnlyList<HostPort> At { get; init; } = [];

    public IReadOnlyList<CardHub> Hubs { get; init; } = [];

    /// <summary>The exact bytes, signature and all; empty before it is signed.</summary>
    public byte[] Text { get; private init; } = [];

    public static Card Sign(Card card, SigningKey user)
    {
        if (user.Public != card.User) throw new ArgumentException("not the card's user", nameof(user));
        var front = Encoding.UTF8.GetBytes(card.Front());
        byte[] text = [.. front, .. Encoding.ASCII.GetBytes($"Signature: {Bytes64.Read(user.Sign(front))}\n")];
        return TryRead(text, out var signed) ? signed : throw new ArgumentException("a card that no one could read", nameof(card));
    }

    /// <summary>Reads a card whose signature holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Card? card)
    {
        card = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/card/1"u8, out var genesis)
            || !reader.TryReadField("User"u8, out Bytes32 user) || !reader.TryReadField("Site"u8, out Bytes32 site) || site.IsZero
            || !reader.TryReadField("Made"u8, out ulong made)) return false;
        if (reader.TryReadField("Name"u8, out ReadOnlySpan<byte> name) && (name.Length > MaxName || !LineReader.IsPlain(name))) return false;
        var id = default(PlainId);
        if (reader.TryReadField("Id"u8, out ReadOnlySpan<byte> digits) && !PlainId.TryRead(digits, out id)) return false;
        List<HostPort> at = [];
        if (reader.TryReadField("At"u8, out ReadOnlySpan<byte> list) && !TryReadAddresses(list, at)) return false;
        List<CardHub> hubs = [];
        while (reader.TryReadField("Hub"u8, out ReadOnlySpan<byte> line))
            if (hubs.Count == MaxHubs || !TryReadHub(line, hubs)) return false;
        var signed = text[..reader.Position];
        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd
            || !Ed25519.Verify(new(user), signed, signature.ToArray())) return false;
        card = new()
        {
            Genesis = genesis, User = new(user), Site = new(site), Made = made, Name = Encoding.UTF8.GetString(name), Id = id,
            At = at, Hubs = hubs, Text = text.ToArray(),
        };
        return true;
    }

    private string Front()
    {
        var text = new StringBuilder();
        Line($"hawser/card/1 {Genesis}");
        Line($"User: {User}");
        Line($"Site: {Site}");
        Line(string.Create(CultureInfo.InvariantCulture, $"Made: {Made}"));
        if (Name.Length > 0) Line($"Name: {Name}");
        if (!Id.IsNone) Line($"Id: {Id}");
        if (At.Count > 0) Line($"At: {string.Join(' ', At)}");
        foreach (var hub in Hubs) Line($"Hub: {hub.Key} {string.Join(' ', hub.Addresses)}");
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');
    }

    private static bool TryReadHub(ReadOnlySpan<byte> line, List<CardHub> hubs)
    {
        if (line.Length < Bytes32.TextLength + 1 || line[Bytes32.TextLength] != ' '
            || !LineReader.TryParse32(line[..Bytes32.TextLength], out var bytes) || bytes.IsZero) return false;
        var key = new DhPublicKey(bytes);
        List<HostPort> addresses = [];
        if (hubs.Exists(hub => hub.Key == key) || !TryReadAddresses(line[(Bytes32.TextLength + 1)..], addresses)) return false;
        hubs.Add(new(key, addresses));
        return true;
    }

    private static bool TryReadAddresses(ReadOnlySpan<byte> list, List<HostPort> addresses)
    {
        foreach (var range in list.Split((byte)' '))
        {
            if (addresses.Count == MaxAddresses || !HostPort.TryParse(Encoding.ASCII.GetString(list[range]), out var address)
                || address.Port == 0 || addresses.Contains(address)) return false;
            addresses.Add(address);
        }

        return true;
    }
}

/// <summary>A hub that a user's site keeps a line to.</summary>
/// <param name="Key">Its channel key.</param>
/// <param name="Addresses">Where its UDP is: one to four.</param>
internal sealed record CardHub(DhPublicKey Key, IReadOnlyList<HostPort> Addresses);
