using Hawser.Wire;

namespace Hawser.Handshake;

/// <summary>
/// All that was said in clear before the handshake, in the form that a host without state can build again from packet
/// 3 and its epoch. Spec: handshake.md §4.
/// </summary>
internal readonly ref struct DatagramPrologue
{
    private const int FixedSize = 12 + 1 + Bytes32.Size + 1 + PlainId.Size + 8 + 8 + 4 + 4 + (2 * Bytes32.Size);

    public required byte Version { get; init; }

    public required Bytes32 Genesis { get; init; }

    public required HandshakeLetter Letter { get; init; }

    public required PlainId DialledId { get; init; }

    public required ulong NonceI { get; init; }

    public required ulong NonceH { get; init; }

    public required uint Ic { get; init; }

    public required uint Difficulty { get; init; }

    /// <summary>SHA-256 of the host's key and its response data.</summary>
    public required Bytes32 HostHash { get; init; }

    /// <summary>The initiator's, with the length byte, as they stand in packet 3.</summary>
    public required ReadOnlySpan<byte> Settings { get; init; }

    /// <inheritdoc cref="Settings"/>
    public required ReadOnlySpan<byte> CidI { get; init; }

    /// <summary>SHA-256 of the introduced secret, or zeros.</summary>
    public required Bytes32 IntroducedHash { get; init; }

    public byte[] ToArray()
    {
        var bytes = new byte[FixedSize + Settings.Length + CidI.Length];
        var writer = new SpanWriter(bytes);
        writer.Write("hawser/udp/1"u8);
        writer.WriteU8(Version);
        writer.Write(Genesis);
        writer.WriteU8((byte)Letter);
        DialledId.CopyTo(writer.Take(PlainId.Size));
        writer.WriteU64(NonceI);
        writer.WriteU64(NonceH);
        writer.WriteU32(Ic);
        writer.WriteU32(Difficulty);
        writer.Write(HostHash);
        writer.Write(Settings);
        writer.Write(CidI);
        writer.Write(IntroducedHash);
        return bytes;
    }
}
