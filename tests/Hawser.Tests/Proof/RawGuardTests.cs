using Hawser.Proof;
using Xunit;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>Whole packets: what a lease lets through. What is refused under any lease is in the vectors.</summary>
public class RawGuardTests
{
    private static readonly HostPort Source = At("192.0.2.9:80"), Destination = At("203.0.113.7:40000");
    private static readonly RawGuard Guard = new(Source, new(Destination, AddressTransport.Tcp));

    [Fact]
    public void A_packet_from_the_named_source_to_the_proved_port_passes() => Assert.Equal(RawFault.None, Guard.FaultOf(Packet(Source, Destination)));

    [Theory, InlineData("192.0.2.10:80"), InlineData("192.0.2.9:81"), InlineData("203.0.113.7:80")]
    public void Another_source_than_the_one_that_was_consented_to_is_refused(string source) => Assert.Equal(RawFault.WrongSource, Guard.FaultOf(Packet(At(source), Destination)));

    [Theory, InlineData("203.0.113.8:40000"), InlineData("203.0.113.7:53")]
    public void A_neighbour_and_another_port_of_the_same_host_are_refused(string to) => Assert.Equal(RawFault.WrongDestination, Guard.FaultOf(Packet(Source, At(to))));

    [Fact]
    public void Tcp_under_a_lease_for_udp_is_refused() =>
        Assert.Equal(RawFault.WrongTransport, new RawGuard(Source, new(Destination, AddressTransport.Udp)).FaultOf(Packet(Source, Destination)));

    [Fact]
    public void Ipv6_under_a_lease_for_ipv4_is_refused() =>
        Assert.Equal(RawFault.WrongVersion, Guard.FaultOf(Packet(At("[2001:db8::9]:80"), At("[2001:db8::7]:40000"))));

    [Fact]
    public void Every_flipped_bit_that_could_matter_is_refused()
    {
        var packet = Packet(Source, Destination);
        for (var bit = 0; bit < packet.Length * 8; bit++)
        {
            var flipped = packet.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(RawFault.None, Guard.FaultOf(flipped));
        }
    }

    [Theory, InlineData("10.0.0.1:80"), InlineData("127.0.0.1:80"), InlineData("224.0.0.1:80"), InlineData("192.0.2.9:0"), InlineData("203.0.113.7:80"), InlineData("[2001:db8::9]:80"), InlineData("255.255.255.255:80")]
    public void A_source_that_nobody_may_speak_for_is_not_named(string source) =>
        Assert.False(RawGuard.MayName(At(source), new(Destination, AddressTransport.Tcp), allowsLoopback: false));

    [Fact]
    public void A_public_source_may_be_named() => Assert.True(RawGuard.MayName(Source, new(Destination, AddressTransport.Tcp), allowsLoopback: false));

    private static byte[] Packet(HostPort from, HostPort to)
    {
        var packet = new byte[100];
        return packet[..new TcpSegment(from, to, 1, 2, TcpFlags.Acknowledge).Write("hello"u8, packet)];
    }
}
