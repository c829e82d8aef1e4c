using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Naming;
using Hawser.Net.Store;
using Hawser.Wire;

namespace Hawser.Net.Hubs;

/// <summary>
/// An ID of this user's as the store keeps it: its present text, and a record of it that is on its way. Spec: records.md §7.
/// </summary>
/// <remarks><code>
/// | ver=2 (1) | genesis (32) | expiry (3) | key | said | text | outgoing | accepted: u16 length each | mark (8) |
/// </code></remarks>
internal sealed record Holding
{
    public const string Held = "held", Accepted = "accepted", Passed = "passed", Cancelled = "cancelled", Lapsed = "lapsed",
        Taken = "taken";

    private const byte Unmarked = 1, Version = 2;
    private const string OfflinePrefix = "offline:";

    public required RoutingId Id { get; init; }
    public required Bytes32 Genesis { get; init; }
    public required string Stage { get; init; }

    /// <summary>Which of the store's keys is its claim key; or that it is kept elsewhere, and its public half.</summary>
    public string Key { get; init; } = "claim";

    /// <summary>The claim key, if it is kept elsewhere.</summary>
    public VerifyKey? OfflineKey =>
        Key.StartsWith(OfflinePrefix, StringComparison.Ordinal) && VerifyKey.TryParse(Key.AsSpan(OfflinePrefix.Length), out var key) ? key : null;

    public static string KeyKeptElsewhere(in VerifyKey key) => $"{OfflinePrefix}{key}";

    public RoutingTick Expiry { get; init; }

    /// <summary>The text in force: deed or record; empty while it is another's.</summary>
    public byte[] Text { get; init; } = [];

    /// <summary>The record that is to be certified; empty if none is.</summary>
    public byte[] Outgoing { get; init; } = [];

    /// <summary>What was signed under another's offer.</summary>
    public byte[] Acceptance { get; init; } = [];

    /// <summary>What its owner should know: a sentence.</summary>
    public string Said { get; init; } = "";

    /// <summary>Whether there is anything to watch over.</summary>
    public bool IsOpen => Stage is Held or Accepted;

    public DeedContent? Content => DeedRecord.ContentOf(Text);

    public PlainId Plain => PlainId.TryRead(Id.ToArray(), out var plain) ? plain : throw new InvalidOperationException("digits that do not read");

    public DeedRecord? Record => DeedRecord.TryRead(Outgoing, out var record) ? record : null;

    /// <summary>The ID that this user is known by now: the last that is held, else the last that was claimed; null if none.</summary>
    public static string? IdOf(NodeStore store)
    {
        var holdings = store.Holdings();
        return holdings.LastOrDefault(h => h.Stage == Held)?.RoutingId
            ?? store.Claims().LastOrDefault(c => ClaimFile.IsOwned(c.Stage) && holdings.All(h => h.RoutingId != c.RoutingId))?.RoutingId;
    }

    public StoredHolding ToRow(DateTimeOffset now) => new(Encoding.ASCII.GetString(Id.ToArray()), Stage, Write(), now);

    public static bool TryRead(StoredHolding row, [NotNullWhen(true)] out Holding? holding)
    {
        holding = null;
        var bytes = row.State;
        if (bytes is [Version, ..] && !RowMark.TryTakeOff(bytes, out bytes)) return false;
        var reader = new SpanReader(bytes);
        if (!RoutingId.TryRead(Encoding.ASCII.GetBytes(row.RoutingId), out var id) || !reader.TryReadU8(out var version)
            || version is not (Version or Unmarked) || !reader.TryReadBytes32(out var genesis)
            || !reader.TryTake(RoutingTick.TextLength, out var label) || !RoutingTick.TryParse(label, out var expiry)
            || !reader.TryTakeBlob16(out var key) || !reader.TryTakeBlob16(out var said) || !reader.TryTakeBlob16(out var text)
            || !reader.TryTakeBlob16(out var outgoing) || !reader.TryTakeBlob16(out var accepted) || !reader.AtEnd) return false;
        holding = new()
        {
            Id = id, Genesis = genesis, Stage = row.Stage, Expiry = expiry, Key = Encoding.UTF8.GetString(key),
            Said = Encoding.UTF8.GetString(said), Text = text.ToArray(), Outgoing = outgoing.ToArray(), Acceptance = accepted.ToArray(),
        };
        return true;
    }

    private byte[] Write()
    {
        byte[][] parts = [Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(Said), Text, Outgoing, Acceptance];
        var bytes = new byte[1 + Bytes32.Size + RoutingTick.TextLength + parts.Sum(part => 2 + part.Length)];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Version);
        writer.Write(Genesis);
        Expiry.CopyTo(writer.Take(RoutingTick.TextLength));
        foreach (var part in parts) writer.WriteBlob16(part);
        return RowMark.Add(bytes);
    }
}
