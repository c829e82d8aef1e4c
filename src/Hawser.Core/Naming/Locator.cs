using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>
/// Where an ID is reached now, within a minute and without a certificate: the deed's hubs may be down. Any hub keeps
/// and serves it; the higher sequence wins. Good until a Unix time in seconds, which is at most <see cref="MaxLife"/>
/// ahead; signed by the claim key, or the delegate key that the present deed names. Spec: records.md §4.
/// </summary>
internal sealed record Locator(
    Bytes32 Genesis, RoutingId Id, ulong Sequence, IReadOnlyList<RoutingId> Hubs, ulong Until, VerifyKey Key, Bytes64 Signature)
{
    public const int MaxSize = 512; // records.md §6
    public const int MaxHubs = 3; // records.md §6
    public static readonly TimeSpan MaxLife = TimeSpan.FromHours(48); // records.md §6
    private const string Title = "hawser/locator/1";

    public static Locator Sign(
        in Bytes32 genesis, RoutingId id, ulong sequence, IReadOnlyList<RoutingId> hubs, ulong until, SigningKey key) =>
        new(genesis, id, sequence, hubs, until, key.Public,
            Bytes64.Read(key.Sign(Encoding.ASCII.GetBytes(Above(genesis, id, sequence, hubs, until, key.Public)))));

    /// <summary>Whether it can be believed of who holds these keys now.</summary>
    public bool IsGood(DateTimeOffset now, in VerifyKey claimKey, in VerifyKey delegateKey) =>
        (Key == claimKey || !delegateKey.Bytes.IsZero && Key == delegateKey)
        && now.ToUnixTimeSeconds() is var seconds and >= 0 && (ulong)seconds < Until
        && Until - (ulong)seconds <= (ulong)MaxLife.TotalSeconds;

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Above(Genesis, Id, Sequence, Hubs, Until, Key)}Signature: {Signature}\n");

    /// <summary>Reads a locator whose signature holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Locator? locator)
    {
        locator = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/locator/1"u8, out var genesis)
            || !reader.TryReadField("ID"u8, out ReadOnlySpan<byte> value) || !RoutingId.TryParseCanonical(value, out var id)
            || !reader.TryReadField("Sequence"u8, out ulong sequence)
            || !reader.TryReadField("Hubs"u8, out value) || !DeedContent.TryReadHubs(value, MaxHubs, out var hubs)
            || !reader.TryReadField("Until"u8, out ulong until)
            || !reader.TryReadField("Key"u8, out Bytes32 key)) return false;
        var signed = reader.Position;
        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd
            || !Ed25519.Verify(new(key), text[..signed], signature.ToArray())) return false;
        locator = new(genesis, id, sequence, hubs, until, new(key), signature);
        return true;
    }

    private static string Above(
        in Bytes32 genesis, RoutingId id, ulong sequence, IReadOnlyList<RoutingId> hubs, ulong until, in VerifyKey key) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Title} {genesis}\nID: {id}\nSequence: {sequence}\nHubs: {string.Join(' ', hubs)}\nUntil: {until}\nKey: {key}\n");
}
