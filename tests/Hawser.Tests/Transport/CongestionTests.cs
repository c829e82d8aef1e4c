using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>What the choice of a controller rests on. Decision: docs/decisions/congestion.md.</summary>
public class CongestionTests
{
    private const double Rate = 2.5; // bytes in a microsecond: 20 Mbit/s

    private static SimLink Bottleneck(double loss, int queueMs = 60) =>
        new(TimeSpan.FromMilliseconds(20), TimeSpan.Zero, loss, Rate: Rate, Queue: TimeSpan.FromMilliseconds(queueMs));

    [Fact]
    public void The_model_fills_a_lossy_bottleneck_and_cubic_does_not()
    {
        Assert.InRange(Share(Bottleneck(0.01), CongestionKind.Model), 0.8, 1);
        Assert.InRange(Share(Bottleneck(0.01), CongestionKind.Cubic), 0, 0.5);
    }

    [Fact]
    public void Both_fill_a_clean_bottleneck()
    {
        Assert.InRange(Share(Bottleneck(0), CongestionKind.Model), 0.85, 1);
        Assert.InRange(Share(Bottleneck(0), CongestionKind.Cubic), 0.85, 1);
    }

    [Fact]
    public void A_shallow_queue_is_not_flooded()
    {
        var pair = new ConnectionPair(3, Bottleneck(0, queueMs: 10)).Opened();
        Pour(pair, 6_000);
        Assert.InRange(pair.I.Connection.PacketsLost / (double)pair.I.Connection.PacketsOut, 0, 0.12);
    }

    // What a reader got of the line in ten seconds.
    private static double Share(SimLink link, CongestionKind kind)
    {
        var pair = new ConnectionPair(2, link, congestion: kind).Opened();
        Pour(pair, 1_500);
        return Pour(pair, 10_000) / (Rate * 10_000_000);
    }

    private static long Pour(ConnectionPair pair, int milliseconds)
    {
        var (block, total) = (new byte[65_536], 0L);
        for (var i = 0; i < milliseconds; i++)
        {
            while (pair.I.Connection.Write(0, block) == block.Length) { }
            pair.Run(1);
            while (pair.H.Connection.Read(0, block) is > 0 and var count) total += count;
        }

        return total;
    }
}
