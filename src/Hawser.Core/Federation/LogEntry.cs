namespace Hawser.Federation;

/// <summary>What a leaf of an admin's log is.</summary>
internal enum LogEntryKind
{
    Sealed,
    Reveal,

    /// <summary>A change of an ID that is somebody's.</summary>
    Record,

    /// <summary>An admin's vote on a change of the members.</summary>
    Vote,

    /// <summary>What convicts an admin.</summary>
    Evidence,

    /// <summary>A share of a reveal: nothing to the fold, but hubs put them together.</summary>
    Share,

    /// <summary>Nothing that these rules act on.</summary>
    Other,

    /// <summary>Not allowed in a log at all.</summary>
    TooLarge,
}

/// <summary>A leaf is the signed text itself; its first line says what it is. Spec: registry.md §4.</summary>
internal static class LogEntry
{
    public const int MaxSize = 8192; // registry.md §6

    /// <summary>Of a proof against an admin, which may hold two proposals.</summary>
    public const int MaxEvidence = 32 << 10; // registry.md §6

    public static LogEntryKind KindOf(ReadOnlySpan<byte> leaf) =>
        leaf.StartsWith("hawser/fraud/1 "u8) ? leaf.Length > MaxEvidence ? LogEntryKind.TooLarge : LogEntryKind.Evidence
        : leaf.Length > MaxSize ? LogEntryKind.TooLarge
        : leaf.StartsWith("hawser/sealed/1 "u8) ? LogEntryKind.Sealed
        : leaf.StartsWith("hawser/reveal/1 "u8) ? LogEntryKind.Reveal
        : leaf.StartsWith("hawser/record/1 "u8) ? LogEntryKind.Record
        : leaf.StartsWith("hawser/vote/1 "u8) ? LogEntryKind.Vote
        : leaf.StartsWith("hawser/share/1 "u8) ? LogEntryKind.Share
        : LogEntryKind.Other;
}
