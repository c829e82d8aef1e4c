using Hawser.Proof;

namespace Hawser.Fuzz;

internal static class RawSeeds
{
    public static readonly HostPort Source = HostPort.Read([192, 0, 2, 9], 80), Destination = HostPort.Read([203, 0, 113, 7], 40_000);

    public static byte[] Tcp(ReadOnlySpan<byte> body)
    {
        var packet = new byte[200];
        return packet[..new TcpSegment(Source, Destination, 1, 2, TcpFlags.Acknowledge).Write(body, packet)];
    }
}

/// <summary>Whatever passes is one whole packet of that transport from there to there, however it is looked at.</summary>
internal sealed class RawPacketTarget : IFuzzTarget
{
    private static readonly RawGuard Guard = new(RawSeeds.Source, new(RawSeeds.Destination, AddressTransport.Tcp));

    public static byte[][] Seeds { get; } =
    [
        RawSeeds.Tcp("hello"u8), RawSeeds.Tcp([]),
        Convert.FromHexString("4500002914c800004011d00c0a00071c80d00404d798041d0015322f48656c6c6f20576f726c64210a"),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (RawPacket.TryRead(input, out var read) && (read.Header >= read.Body || read.Body > input.Length)) throw new InvalidDataException("beyond its end");
        if (Guard.FaultOf(input) is not RawFault.None) return;
        // The same things read by hand, where the kernels on the way will look for them.
        var isRight = input[0] == 0x45 && ((input[2] << 8) | input[3]) == input.Length && (input[6] & 0xBF) == 0 && input[7] == 0 && input[9] == 6
            && input[12..16].SequenceEqual((byte[])[192, 0, 2, 9]) && input[16..20].SequenceEqual((byte[])[203, 0, 113, 7])
            && ((input[20] << 8) | input[21]) == 80 && ((input[22] << 8) | input[23]) == 40_000;
        if (!isRight) throw new InvalidDataException("another packet than was leased passed");
    }
}

internal sealed class TcpSegmentTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [RawSeeds.Tcp("HTTP/1.1 404 Not Found\r\n\r\nsp3.AAECAwQFBgcICQoLDA0ODw/ "u8), RawSeeds.Tcp([])];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!TcpSegment.TryRead(input, out _, out var body)) return;
        if (body.Length > input.Length - 40) throw new InvalidDataException("beyond its end");
        ReflectionToken.TryFind(body, out _);
    }
}

internal sealed class LeakedConnectionsTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new LeakedConnections(new(RawSeeds.Source, RawSeeds.Destination, 1, 2), new(RawSeeds.Destination, RawSeeds.Source, 3, 4)).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!LeakedConnections.TryRead(input, out var read)) return;
        if (!LeakedConnections.TryRead(read.Write(), out var again) || again != read) throw new InvalidDataException("not what was read");
    }
}

internal sealed class ReflectorListTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new ReflectorList([new(RawSeeds.Source, "reflect.example.org", "alice")]).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ReflectorList.TryRead(input, out var read)) AddressSeeds.Same(input, read.Write());
    }
}
