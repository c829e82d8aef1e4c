using Hawser.Crypto;
using Hawser.Transport;
using Hawser.Wire;

namespace Hawser.Fuzz;

/// <summary>What reads as a header writes back the same bytes.</summary>
internal sealed class PacketHeaderTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        Convert.FromHexString("80aaaaaaaaaaaaaaaa00000001"),
        Convert.FromHexString("81aaaaaaaaaaaaaaaa0000000100000002"),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!PacketHeader.TryRead(input, 8, out var header)) return;
        Span<byte> again = stackalloc byte[PacketHeader.MaxSize];
        if (!again[..header.Write(again)].SequenceEqual(input[..header.Size]))
            throw new InvalidDataException("not canonical");
    }
}

/// <summary>What reads as a narrow header writes back the same bytes.</summary>
internal sealed class NarrowHeaderTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        Convert.FromHexString("844001aaaaaaaa0105"),
        Convert.FromHexString("814001aaaaaaaa000000070405ff00ff"),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!NarrowHeader.TryRead(input, 4, out var header)) return;
        Span<byte> again = stackalloc byte[NarrowHeader.MaxSize];
        if (!again[..header.Write(again)].SequenceEqual(input[..header.Size])) throw new InvalidDataException("not canonical");
    }
}

/// <summary>What reads as the clear part of packet 5 writes back the same bytes.</summary>
internal sealed class ClosePacketTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [[5, .. new byte[41]]];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!ClosePacket.TryRead(input, out var header)) return;
        Span<byte> again = stackalloc byte[ClosePacket.HeaderSize];
        header.Write(again);
        if (!again.SequenceEqual(input[..ClosePacket.HeaderSize])) throw new InvalidDataException("not canonical");
    }
}

/// <summary>Frames that read write back the same bytes.</summary>
internal sealed class FrameTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        Convert.FromHexString("01000000010003616263"),
        Convert.FromHexString("020000000200000000000000050003616263"),
        Convert.FromHexString("08000000010000000900100200000003000200010900000001"),
        Convert.FromHexString("0400000002000000000000000a05000000020000000000000fff06000000000000ffff07000000800c"),
        Convert.FromHexString("0a000102030405060708090a0b0c0d0e0f"),
        Convert.FromHexString("0d0000000108a1a2a3a4a5a6a7a80e000000"),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var reader = new SpanReader(input);
        Span<byte> again = new byte[input.Length];
        while (true)
        {
            var before = reader.Rest;
            if (!Frame.TryRead(ref reader, out var frame)) return;
            var writer = new SpanWriter(again);
            frame.Write(ref writer);
            if (!again[..writer.Written].SequenceEqual(before[..^reader.Rest.Length]))
                throw new InvalidDataException("not canonical");
        }
    }
}

/// <summary>The body of an acknowledgement alone.</summary>
internal sealed class AckFrameTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [Convert.FromHexString("0000000100000009001002000000030002000100")];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var reader = new SpanReader(input);
        if (!AckFrame.TryRead(ref reader, out var frame)) return;
        if (frame.Ranges.Length > AckFrame.MaxRanges * AckFrame.RangeSize) throw new InvalidDataException("too many");
    }
}

/// <summary>
/// Frames of a peer that holds the key and keeps no rule: they are sealed and received one after the other, a byte of
/// length before each. Nothing throws, and what is sent back stays small.
/// </summary>
internal sealed class ConnectionTarget : IFuzzTarget
{
    private static readonly Route Peer = Route.Udp(HostPort.Read([192, 0, 2, 1], 7));
    private static readonly Moment Start = new(new(0), DateTimeOffset.UnixEpoch);

    public static byte[][] Seeds { get; } = [.. FrameTarget.Seeds.Select(seed => (byte[])[(byte)seed.Length, .. seed, 0x83, 9, 0, 0])];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        Fuzz(input, isWide: true);
        Fuzz(input, isWide: false);
    }

    private static void Fuzz(ReadOnlySpan<byte> input, bool isWide)
    {
        Bytes32 toUs = default, toPeer = default;
        toUs[0] = toPeer[1] = 1;
        var events = new EventQueue();
        using var connection = new Connection(
            Start,
            new()
            {
                Id = new(1), IsInitiator = true, Route = Peer, Aead = Aead.Aes256Gcm, SendSecret = toPeer,
                ReceiveSecret = toUs, IsWide = isWide, LocalCid = new(1, 8), PeerCid = new(2, 8), NonceI = 3, NonceH = 4,
                Announcement = new(new(1), Peer, default, []),
            },
            new Hawser.Tests.Sim.SimRandom(1),
            events);
        using var keys = new SealingKeys(Aead.Aes256Gcm, toUs, 0);
        connection.Write(0, new byte[5_000]);
        connection.Send(new byte[10]);
        var own = connection.OpenStream();
        connection.Write(own, new byte[3_000]);

        var buffer = new byte[65_536];
        var (at, number, sent) = (0, 0L, 0);
        for (var now = Start; at < input.Length && number < 100; now = now with { Mono = now.Mono + TimeSpan.FromMilliseconds(3) })
        {
            var isControl = input[at] >= 0x80;
            var length = Math.Min(input[at++] & 0x7F, input.Length - at);
            number++;
            var packet = new byte[NarrowHeader.MaxSize + length + PacketCipher.TagSize];
            var mask = length > 0 ? input[at] : (byte)0;
            var header = isWide
                ? PacketHeader.Write(packet, isControl ? PacketKind.Ping : PacketKind.Data, new(1, 8), (uint)number, (uint)number)
                : new NarrowHeader(
                    isControl ? PacketKind.Ack : mask % 2 == 0 ? PacketKind.Framed : PacketKind.Data, new(1, 8), (uint)(number & 2047),
                    (uint)(mask >> 4), (uint)number, mask, 1).Write(packet);
            input.Slice(at, length).CopyTo(packet.AsSpan(header));
            at += length;
            keys.For(number).Seal(
                isControl ? NonceDomain.Control : NonceDomain.Data, number, packet.AsSpan(0, header),
                packet.AsSpan(header, length), packet.AsSpan(header + length, PacketCipher.TagSize));
            connection.Receive(now, Peer, packet.AsSpan(0, header + length + PacketCipher.TagSize));
            connection.Tick(now);
            while (connection.TryTransmit(now, buffer, out var transmit)) sent += transmit.Length;
            if (connection.NextWakeup <= now.Mono) throw new InvalidDataException("would never sleep");
            connection.Read(0, buffer);
            while (events.TryTake(out _)) { }
        }

        if (sent > 100_000) throw new InvalidDataException($"{sent} bytes out");
    }
}
