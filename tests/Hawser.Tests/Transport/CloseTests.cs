using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

public class CloseTests
{
    private static readonly CloseReason Mine = CloseReason.Application + 3;

    [Fact]
    public void Both_sides_hear_of_a_close_once()
    {
        var pair = new ConnectionPair().Opened();
        pair.I.Connection.Close(pair.Now, Mine);
        pair.Run(1_000);
        Assert.Equal(new(pair.I.Connection.Id, Mine), Assert.Single(pair.I.All<EndpointEvent.Closed>()));
        Assert.Equal(new(pair.H.Connection.Id, Mine), Assert.Single(pair.H.All<EndpointEvent.Closed>()));
        Assert.Equal(ConnectionState.Gone, pair.I.Connection.State);
        Assert.Equal(ConnectionState.Gone, pair.H.Connection.State);
        Assert.Equal(SendStatus.NotConnected, pair.I.Connection.Send([1]).Status);
    }

    [Fact]
    public void A_close_is_sent_three_times_and_each_time_the_same_bytes()
    {
        var pair = new ConnectionPair().Opened();
        List<string> seen = [];
        pair.H.Filter = bytes =>
        {
            if (bytes[0] == ClosePacket.Kind) seen.Add(Convert.ToHexString(bytes));
            return false;
        };
        pair.I.Connection.Close(pair.Now, Mine);
        pair.Run(1_000);
        Assert.Equal(3, seen.Count);
        Assert.Single(seen.Distinct());
        Assert.Equal(ConnectionState.Gone, pair.I.Connection.State);
    }

    [Fact]
    public void Both_may_close_at_once()
    {
        var pair = new ConnectionPair().Opened();
        pair.I.Connection.Close(pair.Now, Mine);
        pair.H.Connection.Close(pair.Now, CloseReason.Shutdown);
        pair.Run(500);
        Assert.Equal(Mine, Assert.Single(pair.I.All<EndpointEvent.Closed>()).Reason);
        Assert.Equal(CloseReason.Shutdown, Assert.Single(pair.H.All<EndpointEvent.Closed>()).Reason);
        Assert.Equal(ConnectionState.Gone, pair.H.Connection.State);
    }

    [Fact]
    public void A_forged_close_ends_nothing()
    {
        var pair = new ConnectionPair().Opened();
        var forged = new byte[ClosePacket.Size];
        new ClosePacket(ConnectionPair.NonceI, ConnectionPair.NonceH, 0, 1).Write(forged);
        pair.H.Receive(pair.Now, Route.Udp(ConnectionPair.AddressI), forged);
        Assert.Equal(ConnectionState.Open, pair.H.Connection.State);
        Assert.Equal(1, pair.H.Connection.Dropped[DropReason.NotOpened]);
    }

    [Fact]
    public void Silence_is_asked_five_times_and_then_ends_it()
    {
        var pair = new ConnectionPair().Opened();
        pair.H.Filter = pair.I.Filter = _ => false;
        var before = pair.I.Connection.PacketsOut;
        pair.Run(28_000);
        Assert.Equal(ConnectionState.Open, pair.I.Connection.State);
        Assert.Equal(5, pair.I.Connection.PacketsOut - before);
        pair.Run(2_000);
        Assert.Equal(CloseReason.Timeout, Assert.Single(pair.I.All<EndpointEvent.Closed>()).Reason);
    }

    [Fact]
    public void An_idle_connection_stays_open()
    {
        var pair = new ConnectionPair(4, new(TimeSpan.FromMilliseconds(20), TimeSpan.Zero, Loss: 0.2)).Opened();
        pair.Run(600_000);
        Assert.Equal(ConnectionState.Open, pair.I.Connection.State);
        Assert.Equal(ConnectionState.Open, pair.H.Connection.State);
    }

    [Fact]
    public void A_host_that_hears_nothing_gives_up_after_five_seconds()
    {
        var pair = new ConnectionPair();
        pair.H.Filter = _ => false;
        pair.Run(4_900);
        Assert.Equal(ConnectionState.HalfOpen, pair.H.Connection.State);
        Assert.Empty(pair.H.All<EndpointEvent.Established>());
        pair.Run(200);
        Assert.Equal(CloseReason.Timeout, Assert.Single(pair.H.All<EndpointEvent.Closed>()).Reason);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_connection_follows_its_peer_to_another_address(bool told)
    {
        var pair = new ConnectionPair().Opened();
        var elsewhere = ConnectionPair.At("203.0.113.9:4000");
        pair.I.IsMuted = true;
        pair.Network.Add(elsewhere, null, new Elsewhere(pair.I.Connection));
        if (told) pair.I.Connection.Move();
        for (var i = 0; i < 30; i++)
        {
            pair.I.Connection.Send([1]);
            pair.Run(100);
        }

        Assert.Equal(Route.Udp(elsewhere), pair.H.Connection.Route);
        Assert.Equal(ConnectionState.Open, pair.H.Connection.State);
    }

    [Fact]
    public void A_copy_from_elsewhere_steers_nothing()
    {
        var pair = new ConnectionPair().Opened();
        var copier = Route.Udp(ConnectionPair.At("203.0.113.9:4000"));
        pair.H.Filter = bytes =>
        {
            pair.H.Connection.Receive(pair.Now, copier, bytes);
            return false;
        };
        pair.I.Connection.Send([1]);
        pair.Run(30);
        pair.H.Filter = null;
        pair.Run(5_000);
        Assert.Equal(Route.Udp(ConnectionPair.AddressI), pair.H.Connection.Route);
        Assert.Single(pair.H.All<EndpointEvent.DatagramReceived>());
    }

    private sealed class Elsewhere(Connection connection) : IDatagramMachine
    {
        public Instant NextWakeup => connection.NextWakeup;

        public void Tick(Moment now) => connection.Tick(now);

        public void Receive(Moment now, in Route from, Span<byte> datagram) => connection.Receive(now, from, datagram);

        public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit) =>
            connection.TryTransmit(now, buffer, out transmit);
    }
}
