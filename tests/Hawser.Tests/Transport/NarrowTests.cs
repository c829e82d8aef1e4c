using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>The narrow profile: the seed's header, transport.md §4.2 and §5.3.</summary>
public class NarrowTests
{
    private static readonly SimLink Good = new(TimeSpan.FromMilliseconds(10), TimeSpan.Zero);
    private static readonly SimLink Bad = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(8), Loss: 0.1, Duplication: 0.1);
    private static readonly Settings Narrow = Settings.Default with { Wide = false, WindowBits = 5 };

    [Theory]
    [InlineData(8, 8)]
    [InlineData(0, 0)]
    [InlineData(1, 4)]
    [InlineData(4, 0)]
    public void Two_endpoints_agree_on_it_with_identifiers_of_any_length(int cidI, int cidH)
    {
        var pair = new EndpointPair(1, Bad, settings: Narrow, cidI: cidI, cidH: cidH);
        var id = pair.Connect(HandshakeLetter.N);
        pair.Run(6_000);
        var atHost = Assert.Single(pair.All<EndpointEvent.Established>(pair.H)).Connection;
        for (var i = 0; i < 300; i++)
        {
            pair.I.Send(pair.Now, id, BitConverter.GetBytes(i));
            pair.Run(3);
        }

        pair.Run(8_000);
        Assert.InRange(pair.All<EndpointEvent.DatagramReceived>(pair.H).Count(), 150, 299);
        Assert.InRange(pair.All<EndpointEvent.DeliveryNotified>(pair.I).Count(), 200, 300);
        Assert.NotNull(pair.I.Describe(id));
        Assert.Equal(1_200 - (3 + cidH + 1 + 4) - 16, pair.I.Describe(id)!.MaxDatagram);

        var stream = pair.I.OpenStream(pair.Now, id);
        pair.I.Write(pair.Now, id, stream, new byte[40_000]);
        pair.I.Finish(pair.Now, id, stream);
        pair.Run(40_000);
        Assert.Equal(40_000, pair.H.Read(pair.Now, atHost, stream, new byte[50_000]));
        Assert.True(pair.H.IsAtEnd(atHost, stream));
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, 8)]
    public void A_datagram_costs_four_bytes_beside_identifier_and_tag(int cid, int overhead)
    {
        var pair = new EndpointPair(2, Good, settings: Narrow, cidI: cid, cidH: cid);
        var id = pair.Connect(HandshakeLetter.N);
        pair.Run(1_500);
        var before = pair.I.Describe(id)!.BytesOut;
        pair.I.Send(pair.Now, id, new byte[100]);
        pair.Run(1);
        Assert.Equal(overhead + 100 + 16 + (cid == 0 ? 0 : 1), pair.I.Describe(id)!.BytesOut - before); // a mask byte: spares came
    }

    [Fact]
    public void Thirty_packets_may_be_without_a_verdict()
    {
        var pair = new ConnectionPair(3, Good, window: 32, isWide: false).Opened();
        for (var i = 1; i <= 30; i++) Assert.Equal(new(SendStatus.Sent, (ulong)i), pair.I.Connection.Send("x"u8));
        Assert.Equal(SendStatus.WindowFull, pair.I.Connection.Send("x"u8).Status);
        pair.Run(100);
        Assert.Equal(30, pair.I.All<EndpointEvent.DeliveryNotified>().Count(verdict => verdict.Delivered));
        Assert.Equal(SendStatus.Sent, pair.I.Connection.Send("x"u8).Status);
    }

    [Fact]
    public void What_comes_after_a_later_packet_is_lost_and_says_so()
    {
        var pair = new ConnectionPair(4, Good, window: 32, isWide: false).Opened();
        byte[]? held = null;
        pair.H.Filter = bytes => (bytes[0] & 3) != 0 || held is not null || (held = bytes) is null;
        pair.I.Connection.Send("first"u8);
        pair.Run(1);
        pair.I.Connection.Send("second"u8);
        pair.Run(30);
        pair.H.Receive(pair.Now, Route.Udp(ConnectionPair.AddressI), held);
        pair.Run(500);
        Assert.Equal("second"u8.ToArray(), Assert.Single(pair.H.All<EndpointEvent.DatagramReceived>()).Bytes);
        Assert.Equal([(1UL, false), (2UL, true)], pair.I.All<EndpointEvent.DeliveryNotified>().Select(v => (v.Sequence, v.Delivered)));
        Assert.Equal(1, pair.H.Connection.Dropped[DropReason.Late]);
    }

    [Fact]
    public void Sequences_go_on_beyond_the_bits_of_the_header_and_the_key_of_an_epoch()
    {
        var pair = new ConnectionPair(5, Good, lastI: (1 << 20) - 3_000, window: 32, isWide: false).Opened();
        var sent = 0;
        while (sent < 6_000)
        {
            while (pair.I.Connection.Send(BitConverter.GetBytes(sent)).Status is SendStatus.Sent) sent++;
            pair.Run(25);
        }

        pair.Run(100);
        Assert.Equal(Enumerable.Range(0, sent), pair.H.All<EndpointEvent.DatagramReceived>().Select(d => BitConverter.ToInt32(d.Bytes)));
        Assert.Equal(sent, pair.I.All<EndpointEvent.DeliveryNotified>().Count(v => v.Delivered));
    }

    [Fact]
    public void A_mask_of_what_was_never_sent_ends_it()
    {
        var pair = new ConnectionPair(6, Good, window: 32, isWide: false).Opened();
        var forged = new byte[100];
        var header = new NarrowHeader(PacketKind.Ack, new(0xAAAAAAAAAAAAAAAA, 8), 0, 5, 1_000, 31, 1).Write(forged);
        using var keys = new SealingKeys(pair.H.Connection.Setup.Aead, pair.H.Connection.Setup.SendSecret, 0);
        keys.For(0).Seal(NonceDomain.Control, 1_000, forged.AsSpan(0, header), default, forged.AsSpan(header, 16));
        pair.I.Receive(pair.Now, Route.Udp(ConnectionPair.AddressH), forged.AsSpan(0, header + 16));
        Assert.Equal(CloseReason.ProtocolError, Assert.Single(pair.I.All<EndpointEvent.Closed>()).Reason);
    }
}
