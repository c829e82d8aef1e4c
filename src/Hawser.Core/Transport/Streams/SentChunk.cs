using System.Runtime.CompilerServices;

namespace Hawser.Transport.Streams;

/// <summary>Something that a packet carried for a stream and that has to be sent again if it is lost.</summary>
internal readonly record struct SentChunk(ByteStream Stream, ChunkKind Kind, long Offset, int Length);

internal enum ChunkKind : byte { Bytes, BytesAndEnd, Credit, Reset }

/// <summary>What fits in one packet.</summary>
[InlineArray(Max)]
internal struct SentChunks
{
    public const int Max = 4;
    private SentChunk _first;
}
