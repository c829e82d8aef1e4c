using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

public class DatagramTests
{
    private static readonly SimLink Bad = new(
        TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(30), Loss: 0.3, Duplication: 0.3);

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 60)];

    [Theory, MemberData(nameof(Seeds))]
    public void Every_datagram_gets_one_verdict_in_order_and_it_is_true(int seed)
    {
        var pair = new ConnectionPair((ulong)seed, Bad, seed % 2 == 0 ? Aead.Aes256Gcm : Aead.ChaCha20Poly1305).Opened();
        Assert.Equal(ConnectionState.Open, pair.H.Connection.State);
        for (var i = 1; i <= 300; i++)
        {
            Assert.Equal(new(SendStatus.Sent, (ulong)i), pair.I.Connection.Send(BitConverter.GetBytes(i)));
            if (i % 3 == 0) Assert.Equal(SendStatus.Sent, pair.H.Connection.Send(BitConverter.GetBytes(i)).Status);
            pair.Run(2);
        }

        pair.Run(5_000);
        Check(pair.I, pair.H, 300);
        Check(pair.H, pair.I, 100);
    }

    [Theory, InlineData(3), InlineData(4)]
    public void At_the_end_what_has_no_verdict_counts_as_lost(int seed)
    {
        var pair = new ConnectionPair((ulong)seed, Bad).Opened();
        for (var i = 1; i <= 50; i++)
        {
            pair.I.Connection.Send(BitConverter.GetBytes(i));
            pair.Run(1);
        }

        pair.I.Connection.Close(pair.Now, CloseReason.DisconnectCall);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (ulong)i), pair.I.All<EndpointEvent.DeliveryNotified>().Select(n => n.Sequence));
        Assert.IsType<EndpointEvent.Closed>(pair.I.Told[^1]);
    }

    [Fact]
    public void A_window_is_full_until_verdicts_come()
    {
        var pair = new ConnectionPair(window: 32).Opened();
        for (var i = 0; i < 32; i++) Assert.Equal(SendStatus.Sent, pair.I.Connection.Send([1]).Status);
        Assert.Equal(SendStatus.WindowFull, pair.I.Connection.Send([1]).Status);
        pair.Run(100);
        Assert.Equal(SendStatus.Sent, pair.I.Connection.Send([1]).Status);
    }

    [Fact]
    public void A_datagram_may_fill_a_packet_and_not_more()
    {
        var pair = new ConnectionPair().Opened();
        var largest = pair.I.Connection.MaxDatagram;
        Assert.Equal(1_164, largest);
        Assert.Equal(SendStatus.TooLarge, pair.I.Connection.Send(new byte[largest + 1]).Status);
        Assert.Equal(SendStatus.Sent, pair.I.Connection.Send(new byte[largest]).Status);
        Assert.Equal(SendStatus.Sent, pair.I.Connection.Send([]).Status);
        pair.Run(100);
        Assert.Equal([largest, 0], pair.H.All<EndpointEvent.DatagramReceived>().Select(d => d.Bytes.Length));
    }

    [Theory]
    [InlineData((1L << 20) - 20)]
    [InlineData((3L << 20) - 20)]
    [InlineData((1L << 32) - 20)]
    public void Keys_change_and_low_bits_wrap_unnoticed(long last)
    {
        var link = new SimLink(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(3), Loss: 0.1, Duplication: 0.1);
        var pair = new ConnectionPair(5, link, lastI: last, lastH: last).Opened();
        for (var i = 1; i <= 100; i++)
        {
            pair.I.Connection.Send(BitConverter.GetBytes(i));
            pair.H.Connection.Send(BitConverter.GetBytes(i));
            pair.Run(2);
        }

        pair.Run(3_000);
        Check(pair.I, pair.H, 100);
        Check(pair.H, pair.I, 100);
        Assert.InRange(pair.I.All<EndpointEvent.DeliveryNotified>().Count(n => n.Delivered), 50, 100);
    }

    [Fact]
    public void Nothing_is_readable_on_the_wire()
    {
        var pair = new ConnectionPair().Opened();
        var secret = "a secret that is long enough to be found"u8.ToArray();
        pair.I.Connection.Send(secret);
        pair.Run(100);
        Assert.DoesNotContain(pair.Network.Trace, line => line.Contains(Convert.ToHexStringLower(secret[..8])));
        Assert.Equal(secret, pair.H.All<EndpointEvent.DatagramReceived>().Single().Bytes);
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_refused()
    {
        var pair = new ConnectionPair().Opened();
        pair.I.Connection.Send("to be altered"u8);
        var buffer = new byte[65_536];
        Assert.True(pair.I.TryTransmit(pair.Now, buffer, out var sent));
        for (var bit = 0; bit < sent.Length * 8; bit++)
        {
            var altered = buffer[..sent.Length];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            pair.H.Receive(pair.Now, Route.Udp(ConnectionPair.AddressI), altered);
        }

        Assert.Empty(pair.H.All<EndpointEvent.DatagramReceived>());
        pair.H.Receive(pair.Now, Route.Udp(ConnectionPair.AddressI), buffer.AsSpan(0, sent.Length));
        Assert.Single(pair.H.All<EndpointEvent.DatagramReceived>());
        Assert.Equal(ConnectionState.Open, pair.H.Connection.State);
    }

    [Fact]
    public void The_same_seed_gives_the_same_trace()
    {
        Assert.Equal(Trace(), Trace());

        static List<string> Trace()
        {
            var pair = new ConnectionPair(9, Bad).Opened();
            for (var i = 0; i < 20; i++) pair.I.Connection.Send([7]);
            pair.Run(1_000);
            return pair.Network.Trace;
        }
    }

    private static void Check(ConnectionMachine sender, ConnectionMachine receiver, int sent)
    {
        var verdicts = sender.All<EndpointEvent.DeliveryNotified>().ToArray();
        var received = receiver.All<EndpointEvent.DatagramReceived>().ToArray();
        Assert.Equal(Enumerable.Range(1, sent).Select(i => (ulong)i), verdicts.Select(v => v.Sequence));
        Assert.Equal(verdicts.Where(v => v.Delivered).Select(v => v.Sequence), received.Select(r => r.Sequence));
    }
}
