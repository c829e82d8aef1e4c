namespace Hawser.Transport;

/// <summary>Why a packet was thrown away.</summary>
internal enum DropReason
{
    Malformed,
    UnknownConnection,

    /// <summary>A copy, or too late: its verdict is told.</summary>
    Late,

    /// <summary>Altered, or sealed with another key.</summary>
    NotOpened,

    /// <summary>Its datagram would come after a later one.</summary>
    OutOfOrder,

    /// <summary>The owner does not take its datagrams, or too many gaps are open.</summary>
    Overrun,
}

/// <summary>A count for each reason.</summary>
internal sealed class DropCounts
{
    private long[]? _counts; // from the first on

    public long this[DropReason reason] => _counts?[(int)reason] ?? 0;

    /// <summary>The counts of now.</summary>
    public DropCounts Clone() => new() { _counts = _counts?.ToArray() };

    public void Add(DropReason reason) => (_counts ??= new long[(int)DropReason.Overrun + 1])[(int)reason]++;
}
