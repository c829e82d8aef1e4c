namespace Hawser.Transport.Streams;

/// <summary>What a connection knows of its streams: made for the first one, since most connections have none.</summary>
internal sealed class StreamTable
{
    public const long ReceiveWindow = 32 << 20; // transport.md §6
    public const uint OpenStreams = 128; // transport.md §6

    public Dictionary<uint, ByteStream>? All { get; set; }

    /// <summary>Those that have something to send, in turn.</summary>
    public Queue<ByteStream>? Sendable { get; set; }

    /// <summary>Resets, and credits of streams.</summary>
    public Queue<SentChunk>? Owed { get; set; }

    public uint OpenedByPeer { get; set; }

    public uint OpenedHere { get; set; }

    /// <summary>Streams that the peer may open, and as many as it was told.</summary>
    public uint Allowed { get; set; } = OpenStreams;

    /// <inheritdoc cref="Allowed"/>
    public uint Told { get; set; } = OpenStreams;

    /// <summary>Streams that we may open.</summary>
    public uint AllowedHere { get; set; } = OpenStreams;

    public long BytesCame { get; set; }

    public long BytesRead { get; set; }

    /// <summary>Bytes that the peer may send.</summary>
    public long BytesAllowed { get; set; } = ReceiveWindow;

    public long BytesSent { get; set; }

    /// <summary>Bytes that we may send.</summary>
    public long BytesAllowedHere { get; set; } = ReceiveWindow;

    public bool IsCreditDue { get; set; }

    public bool IsStreamsCreditDue { get; set; }

    /// <summary>Whether there is something to tell besides bytes.</summary>
    public bool IsAnythingDue => IsCreditDue || IsStreamsCreditDue || Owed is { Count: > 0 };

    /// <summary>Gives back what holds nothing.</summary>
    public void Rest()
    {
        if (Sendable is { Count: 0 }) Sendable = null;
        if (Owed is { Count: 0 }) Owed = null;
        if (All is { Count: 0 }) All = null;
    }
}
