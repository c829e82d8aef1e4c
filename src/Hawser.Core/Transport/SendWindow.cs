using Hawser.Transport.Streams;

namespace Hawser.Transport;

/// <summary>What is known of a packet that was sent and has no verdict yet.</summary>
internal struct SentPacket
{
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
}

/// <summary>The packets that wait for their verdict, oldest first, in a ring that grows to what it has to hold.</summary>
internal sealed class SendWindow(long lastSequence)
{
    private SentPacket[] _packets = [];
    private SentChunks[] _chunks = []; // of the same packets, from the first one that carries any

    /// <summary>The oldest sequence without a verdict.</summary>
    public long First { get; private set; } = lastSequence + 1;

    /// <summary>The sequence of the next packet.</summary>
    public long Next { get; private set; } = lastSequence + 1;

    public int Count => (int)(Next - First);

    public ref SentPacket this[long sequence] => ref _packets[sequence & (_packets.Length - 1)];

    /// <summary>What the packet carries of streams.</summary>
    public Span<SentChunk> ChunksOf(long sequence) => this[sequence].ChunkCount is > 0 and var count
        ? ((Span<SentChunk>)_chunks[sequence & (_packets.Length - 1)])[..count]
        : [];

    /// <summary>An empty place for the next packet, which is in the window once it is added.</summary>
    public ref SentPacket Prepare()
    {
        if (Count == _packets.Length) Grow();
        ref var place = ref this[Next];
        place = default;
        return ref place;
    }

    /// <summary>Notes what the packet in the prepared place carries.</summary>
    public void Note(ref SentPacket prepared, in SentChunk chunk)
    {
        if (_chunks.Length < _packets.Length) Resize(ref _chunks, _packets.Length);
        _chunks[Next & (_packets.Length - 1)][prepared.ChunkCount++] = chunk;
    }

    public void Add() => Next++;

    /// <summary>Takes the oldest out, whose verdict is told.</summary>
    public void RemoveFirst()
    {
        ChunksOf(First).Clear(); // lets go of the streams
        First++;
    }

    /// <summary>Gives the memory back if it holds nothing.</summary>
    public void Rest()
    {
        if (Count == 0) (_packets, _chunks) = ([], []);
    }

    private void Grow()
    {
        var length = Math.Max(16, _packets.Length * 2);
        if (_chunks.Length > 0) Resize(ref _chunks, length);
        Resize(ref _packets, length);
    }

    private void Resize<T>(ref T[] ring, int length)
    {
        var old = ring;
        ring = new T[length];
        if (old.Length == 0) return;
        for (var s = First; s < Next; s++) ring[s & (length - 1)] = old[s & (old.Length - 1)];
    }
}
