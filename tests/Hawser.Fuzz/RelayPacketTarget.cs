using Hawser.Rendezvous;
using Hawser.Tests.Sim;

namespace Hawser.Fuzz;

/// <summary>What a relay passes on is as long as what came, and goes to the other side only.</summary>
internal sealed class RelayPacketTarget : IFuzzTarget
{
    private static readonly Moment Now = new(new(0), DateTimeOffset.UnixEpoch);
    private static readonly HostPort A = HostPort.Read([192, 0, 2, 1], 7), B = HostPort.Read([192, 0, 2, 2], 7);

    public static byte[][] Seeds { get; } = [Packet(1), [.. Packet(1), .. Packet(1)], Packet(20)];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var relay = Make(out _);
        var batch = input.ToArray();
        if (batch.Length > 0 && relay.TryForward(Now, A, batch, Math.Min(batch.Length, 10), out var to)
            && (to != B || relay.BytesForwarded != input.Length)) throw new InvalidDataException("misdirected");
        if (RelayPacket.TryRead(input, out var header))
        {
            header.Write(batch = input.ToArray());
            if (!input.SequenceEqual(batch)) throw new InvalidDataException("not canonical");
        }
    }

    private static Relay Make(out ulong number)
    {
        var relay = new Relay(new SimRandom(1), new());
        relay.TryAllocate(Now, new(1), RelayEnd.At(A), new(2), RelayEnd.At(B), out number, out _);
        return relay;
    }

    private static byte[] Packet(int length)
    {
        Make(out var number);
        var bytes = new byte[RelayPacket.HeaderSize + length];
        new RelayPacket(number).Write(bytes);
        return bytes;
    }
}
