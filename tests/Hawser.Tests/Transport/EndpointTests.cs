using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

public class EndpointTests
{
    private static readonly SimLink Good = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(1));
    private static readonly SimLink Bad = new(
        TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10), Loss: 0.1, Duplication: 0.1);

    [Theory]
    [InlineData('N', 1)]
    [InlineData('I', 2)]
    [InlineData('N', 3)]
    public void Two_endpoints_connect_through_a_nat_and_talk(char letter, int seed)
    {
        var nat = new SimNat(
            new((ulong)seed), ConnectionPair.At("192.0.2.7:0").Address, Dependence.AddressAndPortDependent,
            Dependence.AddressAndPortDependent, TimeSpan.FromSeconds(30));
        var pair = new EndpointPair((ulong)seed, Bad, nat);
        var id = pair.Connect((HandshakeLetter)letter);
        pair.Run(8_000);
        var atInitiator = Assert.Single(pair.All<EndpointEvent.Established>(pair.I));
        var atHost = Assert.Single(pair.All<EndpointEvent.Established>(pair.H));
        Assert.Equal((id, pair.KeyH.Public), (atInitiator.Connection, atInitiator.PeerKey));
        Assert.Equal(pair.KeyI.Public, atHost.PeerKey);
        Assert.Equal("welcome"u8.ToArray(), atInitiator.AcceptData);
        Assert.Equal(pair.I.Describe(id)!.Exporter, pair.H.Describe(atHost.Connection)!.Exporter);

        Assert.Equal(new(SendStatus.Sent, 1), pair.I.Send(pair.Now, id, "ping"u8));
        var stream = pair.I.OpenStream(pair.Now, id);
        pair.I.Write(pair.Now, id, stream, "over a stream"u8);
        pair.I.Finish(pair.Now, id, stream);
        pair.Run(60_000); // a NAT would forget an idle binding: pings keep it
        Assert.Equal(stream, Assert.Single(pair.All<EndpointEvent.StreamOpened>(pair.H)).Stream);
        var target = new byte[100];
        Assert.Equal(13, pair.H.Read(pair.Now, atHost.Connection, stream, target));
        Assert.True(pair.H.IsAtEnd(atHost.Connection, stream));
        Assert.Single(pair.All<EndpointEvent.DeliveryNotified>(pair.I));

        pair.H.Close(pair.Now, atHost.Connection, CloseReason.Shutdown);
        pair.Run(2_000);
        Assert.Equal(CloseReason.Shutdown, Assert.Single(pair.All<EndpointEvent.Closed>(pair.I)).Reason);
        Assert.Null(pair.I.Describe(id));
    }

    [Fact]
    public void An_initiator_knows_the_round_trip_from_the_handshake()
    {
        var pair = new EndpointPair(5, Good);
        var id = pair.Connect(HandshakeLetter.N);
        for (var i = 0; i < 1_000 && !pair.All<EndpointEvent.Established>(pair.I).Any(); i++) pair.Run(1);
        Assert.InRange(pair.I.Describe(id)!.Rtt, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(24));
    }

    [Fact]
    public void Many_connections_share_an_endpoint()
    {
        var pair = new EndpointPair(4, Good);
        var ids = Enumerable.Range(0, 20).Select(_ => pair.Connect(HandshakeLetter.I)).ToArray();
        pair.Run(1_000);
        Assert.Equal(20, pair.All<EndpointEvent.Established>(pair.H).Count());
        foreach (var id in ids) pair.I.Write(pair.Now, id, 0, new byte[50_000]);
        pair.Run(2_000);
        var target = new byte[100_000];
        foreach (var open in pair.All<EndpointEvent.Established>(pair.H).ToArray())
            Assert.Equal(50_000, pair.H.Read(pair.Now, open.Connection, 0, target));
    }

    [Fact]
    public void A_refusal_is_heard()
    {
        var pair = new EndpointPair(5, Good) { RefuseAll = true };
        var id = pair.Connect(HandshakeLetter.I);
        pair.Run(500);
        Assert.Equal(new EndpointEvent.Closed(id, CloseReason.Refused), Assert.Single(pair.All<EndpointEvent.Closed>(pair.I)));
    }

    [Fact]
    public void An_attempt_can_be_given_up()
    {
        var pair = new EndpointPair(6, Good);
        var id = pair.Connect(HandshakeLetter.I);
        pair.I.Close(pair.Now, id, CloseReason.DisconnectCall);
        pair.Run(20_000);
        Assert.Single(pair.All<EndpointEvent.Closed>(pair.I));
        Assert.Empty(pair.All<EndpointEvent.Established>(pair.I));
    }

    [Fact]
    public void A_bulk_stream_allocates_nothing_per_packet()
    {
        var pair = new EndpointPair(7, Good with { Mtu = 1_200 });
        var id = pair.Connect(HandshakeLetter.I);
        pair.Run(1_000);
        var bulk = new BulkTransfer(pair.I, id, pair.H, Assert.Single(pair.All<EndpointEvent.Established>(pair.H)).Connection);
        bulk.Run(30_000_000); // warms up: rings grow
        var packets = pair.I.Describe(id)!.PacketsOut;
        var before = GC.GetAllocatedBytesForCurrentThread();
        bulk.Run(30_000_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        packets = pair.I.Describe(id)!.PacketsOut - packets;
        Assert.InRange(packets, 25_000, 40_000);
        Assert.InRange(allocated, 0, packets); // below a byte each: an event now and then
    }

    [Fact]
    public void Bytes_from_anyone_never_throw()
    {
        var pair = new EndpointPair(8, Good);
        var random = new SimRandom(8);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(100)];
            random.Fill(bytes);
            if (bytes.Length > 0 && random.Chance(0.5)) bytes[0] = (byte)(random.Chance(0.5) ? random.Next(6) : 0x80 + random.Next(3));
            pair.H.Receive(pair.Now, Route.Udp(ConnectionPair.AddressI), bytes);
        }

        Assert.False(pair.H.TryTake(out _));
    }
}
