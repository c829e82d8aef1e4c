using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>How large packets may be is found out by trying: transport.md §5.7.</summary>
public class PathSizeTests
{
    [Theory]
    [InlineData(1_200, 1_200)]
    [InlineData(1_279, 1_252)]
    [InlineData(1_400, 1_392)]
    [InlineData(1_464, 1_452)]
    [InlineData(1_472, 1_472)]
    [InlineData(9_000, 8_952)]
    public void The_largest_size_that_goes_through_is_used(int mtu, int expected)
    {
        var (pair, id, atHost) = Connected(mtu);
        Bulk(pair, id, atHost, 3_500_000);
        Assert.Equal(expected, LargestSent(pair));
        Assert.Equal(expected - (1 + 8 + 4 + 7) - 16, pair.I.Describe(id)!.MaxDatagram);
    }

    [Fact]
    public void A_path_that_becomes_smaller_is_noticed()
    {
        var (pair, id, atHost) = Connected(1_472);
        Bulk(pair, id, atHost, 500_000);
        Assert.Equal(1_472, LargestSent(pair));
        pair.Network.Mtu = 1_300;
        Bulk(pair, id, atHost, 3_500_000);
        Assert.Equal(1_200, pair.I.Describe(id)!.MaxDatagram + 36);
    }

    [Fact]
    public void A_quiet_connection_sends_no_probes()
    {
        var (pair, id, _) = Connected(9_000);
        for (var i = 0; i < 200; i++)
        {
            pair.I.Send(pair.Now, id, new byte[100]);
            pair.Run(10);
        }

        Assert.InRange(LargestSent(pair), 100, 1_200);
    }

    [Fact]
    public void Another_path_is_measured_anew()
    {
        var nat = new SimNat(
            new(9), ConnectionPair.At("192.0.2.7:0").Address, Dependence.EndpointIndependent, Dependence.EndpointIndependent,
            TimeSpan.FromDays(1));
        var (pair, id, atHost) = Connected(1_472, nat);
        Bulk(pair, id, atHost, 500_000);
        pair.Network.Mtu = 1_260;
        nat.Rebind();
        pair.I.Move(pair.Now);
        Assert.Equal(1_200, pair.I.Describe(id)!.MaxDatagram + 36);
        Bulk(pair, id, atHost, 3_500_000);
        Assert.Equal(1_252, pair.I.Describe(id)!.MaxDatagram + 36);
    }

    private static (EndpointPair Pair, ConnectionId AtInitiator, ConnectionId AtHost) Connected(int mtu, SimNat? nat = null)
    {
        var pair = new EndpointPair(1, new(TimeSpan.FromMilliseconds(5), TimeSpan.Zero, Rate: 1, Queue: TimeSpan.FromMilliseconds(50), Mtu: mtu), nat);
        var id = pair.Connect(HandshakeLetter.N);
        pair.Run(200);
        return (pair, id, Assert.Single(pair.All<EndpointEvent.Established>(pair.H)).Connection);
    }

    private static void Bulk(EndpointPair pair, ConnectionId id, ConnectionId atHost, int bytes)
    {
        var (target, chunk) = (new byte[1 << 20], new byte[100_000]);
        var (read, written) = (0, 0);
        for (var waits = 0; read < bytes && waits < 30_000; waits++)
        {
            if (written < bytes) written += pair.I.Write(pair.Now, id, 0, chunk.AsSpan(0, Math.Min(chunk.Length, bytes - written)));
            pair.Run(2);
            read += pair.H.Read(pair.Now, atHost, 0, target);
        }

        Assert.Equal(bytes, read);
    }

    private static int LargestSent(EndpointPair pair) =>
        pair.Network.Trace.Where(line => Convert.ToByte(line.Split(' ')[^1][..2], 16) >= 0x80).Max(line => line.Split(' ')[^1].Length / 2);
}
