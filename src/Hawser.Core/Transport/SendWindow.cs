using Hawser.Transport.Streams;

namespace Hawser.Transport;

/// <summary>What is known of a packet that was sent and has no verdict yet.</summary>
internal struct SentPacket
{
    public SentChunks Chunks;
    public Instant At;
    public int Size;
    public int Datagrams;
    public byte ChunkCount;
    public bool CarriesCredit;
    public bool CarriesStreamsCredit;
    public bool CarriesSpares;
    public bool HasArrived;

    // What the congestion controller notes: bytes that had arrived when this one was sent, when the last of them did, and
    // when that one had been sent.
    public long DeliveredBefore;
    public Instant DeliveredAt;
    public Instant NewestSentAt;
    public bool IsHeldBack;

    /// <summary>Narrow only: the verdicts that it told.</summary>
    public long AckTop;

    public readonly bool CarriesAnything => Datagrams > 0 || ChunkCount > 0 || CarriesCredit || CarriesStreamsCredit || CarriesSpares;

    public void Add(in SentChunk chunk) => Chunks[ChunkCount++] = chunk;
}

/// <summary>The packets that wait for their verdict, oldest first, in a ring that grows to what it has to hold.</summary>
internal sealed class SendWindow(long lastSequence)
{
    private SentPacket[] _packets = [];

    /// <summary>The oldest sequence without a verdict.</summary>
    public long First { get; private set; } = lastSequence + 1;

    /// <summary>The sequence of the next packet.</summary>
    public long Next { get; private set; } = lastSequence + 1;

    public int Count => (int)(Next - First);

    public ref SentPacket this[long sequence] => ref _packets[sequence & (_packets.Length - 1)];

    /// <summary>Opens a place for the next packet.</summary>
    public ref SentPacket Add()
    {
        if (Count == _packets.Length) Grow();
        ref var place = ref this[Next++];
        place = default;
        return ref place;
    }

    /// <summary>Takes the oldest out, whose verdict is told.</summary>
    public void RemoveFirst()
    {
        this[First] = default; // lets go of the streams
        First++;
    }

    /// <summary>Gives the memory back if it holds nothing.</summary>
    public void Rest()
    {
        if (Count == 0) _packets = [];
    }

    private void Grow()
    {
        var old = _packets;
        _packets = new SentPacket[Math.Max(16, old.Length * 2)];
        for (var s = First; s < Next; s++) this[s] = old[s & (old.Length - 1)];
    }
}
