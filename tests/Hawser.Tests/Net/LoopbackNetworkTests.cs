using Hawser.Net.Sockets;
using Xunit;

namespace Hawser.Tests.Net;

public class LoopbackNetworkTests
{
    private readonly byte[] _buffer = new byte[IDatagramSocket.MaxBatch];

    [Fact]
    public void Batches_arrive_with_their_sender()
    {
        var network = new LoopbackNetwork();
        using IDatagramSocket a = network.Bind(), b = network.Bind();
        a.Send(new byte[250], 100, b.Local);
        Assert.Equal(250, b.Receive(_buffer, out var from, out var segment));
        Assert.Equal((a.Local, 100), (from, segment));
        a.Send(new byte[1], 1, HostPort.Read([192, 0, 2, 1], 99));
        Assert.Equal(1, network.Lost);
    }

    [Fact]
    public void The_same_seed_loses_the_same()
    {
        Assert.Equal(Survivors(1), Survivors(1));
        Assert.NotEqual(Survivors(1), Survivors(2));
        Assert.InRange(Survivors(1).Length, 50, 100);
    }

    [Fact]
    public async Task Disposal_ends_a_receive()
    {
        var socket = new LoopbackNetwork().Bind();
        var receiving = Task.Run(() => socket.Receive(_buffer, out _, out _));
        socket.Dispose();
        Assert.Equal(-1, await receiving);
    }

    [Fact]
    public void The_simulator_drops_what_it_was_told_to()
    {
        var network = new LoopbackNetwork();
        using var b = network.Bind();
        using var a = new LinkSimulator(network.Bind(), TimeProvider.System);
        for (byte i = 1; i <= 20; i++)
        {
            if (i == 7) a.DropNext(atLeast: 2);
            a.Send([0], 1, b.Local); // too small to be meant
            a.Send([i, i], 2, b.Local);
        }

        var got = new List<byte>();
        for (var i = 0; i < 39; i++)
            if (b.Receive(_buffer, out _, out _) == 2) got.Add(_buffer[0]);
        Assert.Equal([1, 2, 3, 4, 5, 6, .. Enumerable.Range(8, 13).Select(n => (byte)n)], got);
        Assert.Equal(1, a.Dropped);
    }

    [Fact]
    public void The_simulator_delays_and_keeps_the_order()
    {
        var clock = new ManualTimeProvider();
        var sent = new List<int>();
        var inner = new ScriptedSocket { Sending = batch => sent.Add(batch.Length) };
        using var a = new LinkSimulator(inner, clock) { Delay = TimeSpan.FromMilliseconds(50) };
        a.Send(new byte[1], 1, ScriptedSocket.Peer);
        clock.Advance(TimeSpan.FromMilliseconds(30));
        a.Send(new byte[2], 2, ScriptedSocket.Peer);
        Assert.Empty(sent);
        clock.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal([1], sent);
        clock.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal([1, 2], sent);
    }

    private byte[] Survivors(int seed)
    {
        var network = new LoopbackNetwork(loss: 0.25, seed);
        using IDatagramSocket a = network.Bind(), b = network.Bind();
        a.Send([.. Enumerable.Range(0, 100).Select(n => (byte)n)], 1, b.Local);
        return _buffer[..b.Receive(_buffer, out _, out _)];
    }
}
