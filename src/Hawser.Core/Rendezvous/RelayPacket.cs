using System.Buffers.Binary;

namespace Hawser.Rendezvous;

/// <summary>Wraps a packet on its way to or from a relay. Spec: relay.md §4.</summary>
/// <remarks><code>
///  0        1               9
/// +--------+---------------+----------- - - -
/// | code=9 | allocation (8)| packet (1 or more)
/// +--------+---------------+----------- - - -
/// </code></remarks>
internal readonly record struct RelayPacket(ulong Allocation)
{
    public const byte Code = 9;
    public const int HeaderSize = 1 + 8;

    /// <summary>Reads the header; the packet is what follows it. A relayed relay packet is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out RelayPacket header)
    {
        header = default;
        if (datagram.Length <= HeaderSize || datagram[0] != Code || datagram[HeaderSize] == Code) return false;
        header = new(BinaryPrimitives.ReadUInt64BigEndian(datagram[1..]));
        return header.Allocation != 0;
    }

    /// <summary>Writes the header; the caller puts the packet behind it.</summary>
    public int Write(Span<byte> target)
    {
        target[0] = Code;
        BinaryPrimitives.WriteUInt64BigEndian(target[1..], Allocation);
        return HeaderSize;
    }
}
