using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>How far a title has come.</summary>
internal enum TitleStatus : byte
{
    /// <summary>Revealed, but a claim certified earlier may still be revealed: good for dialling.</summary>
    Provisional = 1,

    /// <summary>Nothing can take it any more.</summary>
    Final = 2,

    /// <summary>Two deeds of one height claimed it: nobody's, for good.</summary>
    Void = 3,

    /// <summary>Given up by its holder: nobody's, for good.</summary>
    Cancelled = 4,

    /// <summary>Run out, and not renewed in its grace: nobody's, for good.</summary>
    Lapsed = 5,
}

/// <summary>What the federation says of one ID: all that a dialler needs. Spec: registry.md §4.</summary>
/// <remarks><code>
/// | ver=1 (1) | status (1) | flags (1) | id (10) | record (4) | final height (4) | expiry (3) |
/// | claim key (32) | channel key (32) | hubs (1 + 10k) | H(text) (32) | H(recovery key) (32 if flag 2) |
/// | height (4 if flag 4) | H(record that waits) (32 if flag 4) |
/// </code></remarks>
internal sealed record Title
{
    public const byte Version = 1;
    public const byte HasRecovery = 2; // flag 1 means nothing: a chain key stands in the text, beside its own signature
    public const byte HasChange = 4;
    public const int MaxSize = 24 + 3 * Bytes32.Size + 1 + Deed.MaxHubs * RoutingId.Size + Bytes32.Size + 4 + Bytes32.Size;

    public required TitleStatus Status { get; init; }
    public required RoutingId Id { get; init; }

    /// <summary>n: 0 for the deed itself, one more for every record since.</summary>
    public uint Record { get; init; }

    /// <summary>The height that made or will make it final.</summary>
    public required uint FinalHeight { get; init; }

    /// <summary>The first tick at which it has run out; <c>000</c> until it is final.</summary>
    public RoutingTick Expiry { get; init; }

    public VerifyKey ClaimKey { get; init; }
    public DhPublicKey ChannelKey { get; init; }
    public IReadOnlyList<RoutingId> Hubs { get; init; } = [];

    /// <summary>SHA-256 of the newest text in force: the deed's, or the last record's.</summary>
    public Bytes32 DeedHash { get; init; }

    public Bytes32 RecoveryHash { get; init; }

    /// <summary>The height at which a record takes effect that waits for the recovery key's word; 0: none waits.</summary>
    public uint ChangeHeight { get; init; }

    /// <summary>SHA-256 of that record's text.</summary>
    public Bytes32 ChangeHash { get; init; }

    /// <summary>Whether it is somebody's: provisional or final, run out or not.</summary>
    public bool IsSomebodys => Status is TitleStatus.Provisional or TitleStatus.Final;

    public Bytes32 Hash => Sha256.Hash(Write().AsSpan());

    public static Title Provisional(Deed deed, uint finalHeight) => new()
    {
        Status = TitleStatus.Provisional, Id = deed.Id, FinalHeight = finalHeight, ClaimKey = deed.Fields.ClaimKey,
        ChannelKey = deed.Fields.ChannelKey, Hubs = deed.Fields.Hubs, DeedHash = deed.TextHash,
        RecoveryHash = deed.Fields.RecoveryHash,
    };

    /// <summary>A void title holds nobody's key.</summary>
    public static Title Voided(RoutingId id, uint finalHeight) =>
        new() { Status = TitleStatus.Void, Id = id, FinalHeight = finalHeight };

    /// <summary>The same ID, nobody's any more.</summary>
    public Title Ended(TitleStatus how, uint record, in Bytes32 text) => new()
    {
        Status = how, Id = Id, Record = record, FinalHeight = FinalHeight, Expiry = Expiry, DeedHash = text,
    };

    /// <summary>With what a record says of its content.</summary>
    public Title With(DeedRecord record)
    {
        var content = record.Content ?? throw new ArgumentException("a cancellation", nameof(record));
        return this with
        {
            Record = record.Number, DeedHash = record.TextHash, ClaimKey = content.ClaimKey, ChannelKey = content.ChannelKey,
            Hubs = content.Hubs, RecoveryHash = content.RecoveryHash, ChangeHeight = 0, ChangeHash = default,
        };
    }

    /// <summary>Whether it has run out at a tick.</summary>
    public bool IsExpiredAt(RoutingTick tick) => Status == TitleStatus.Final && tick >= Expiry;

    public byte[] Write()
    {
        var bytes = new byte[MaxSize];
        var writer = new SpanWriter(bytes);
        writer.WriteU8(Version);
        writer.WriteU8((byte)Status);
        writer.WriteU8((byte)((RecoveryHash.IsZero ? 0 : HasRecovery) | (ChangeHeight == 0 ? 0 : HasChange)));
        Id.CopyTo(writer.Take(RoutingId.Size));
        writer.WriteU32(Record);
        writer.WriteU32(FinalHeight);
        Expiry.CopyTo(writer.Take(RoutingTick.TextLength));
        writer.Write(ClaimKey.Bytes);
        writer.Write(ChannelKey.Bytes);
        writer.WriteU8((byte)Hubs.Count);
        foreach (var hub in Hubs) hub.CopyTo(writer.Take(RoutingId.Size));
        writer.Write(DeedHash);
        if (!RecoveryHash.IsZero) writer.Write(RecoveryHash);
        if (ChangeHeight != 0)
        {
            writer.WriteU32(ChangeHeight);
            writer.Write(ChangeHash);
        }

        return bytes[..writer.Written];
    }

    /// <summary>Reads a title from the front of what is left.</summary>
    public static bool TryRead(ref SpanReader reader, out Title title)
    {
        title = null!;
        if (!reader.TryReadU8(out var version) || version != Version || !reader.TryReadU8(out var status)
            || !reader.TryReadU8(out var flags) || (flags & ~(HasRecovery | HasChange)) != 0
            || !reader.TryTake(RoutingId.Size, out var name) || !RoutingId.TryRead(name, out var id)
            || !reader.TryReadU32(out var record) || !reader.TryReadU32(out var finalHeight)
            || !reader.TryTake(RoutingTick.TextLength, out var tick) || !RoutingTick.TryParse(tick, out var expiry)
            || !reader.TryReadBytes32(out var claimKey) || !reader.TryReadBytes32(out var channelKey)
            || !reader.TryReadU8(out var count) || count > Deed.MaxHubs) return false;
        var hubs = new RoutingId[count];
        for (var i = 0; i < count; i++)
            if (!reader.TryTake(RoutingId.Size, out var hub) || !RoutingId.TryRead(hub, out hubs[i])) return false;
        if (!reader.TryReadBytes32(out var deedHash)) return false;
        var recovery = default(Bytes32);
        if ((flags & HasRecovery) != 0 && (!reader.TryReadBytes32(out recovery) || recovery.IsZero)) return false;
        var (changeHeight, change) = (0u, default(Bytes32));
        if ((flags & HasChange) != 0 && (!reader.TryReadU32(out changeHeight) || changeHeight == 0
            || !reader.TryReadBytes32(out change))) return false;
        if ((TitleStatus)status is < TitleStatus.Provisional or > TitleStatus.Lapsed) return false;
        title = new()
        {
            Status = (TitleStatus)status, Id = id, Record = record, FinalHeight = finalHeight, Expiry = expiry,
            ClaimKey = new(claimKey), ChannelKey = new(channelKey), Hubs = hubs, DeedHash = deedHash,
            RecoveryHash = recovery, ChangeHeight = changeHeight, ChangeHash = change,
        };
        return true;
    }
}
