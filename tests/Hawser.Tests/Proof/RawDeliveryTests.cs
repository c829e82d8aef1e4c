using Hawser.Proof;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Proof.StunTests;

namespace Hawser.Tests.Proof;

/// <summary>Whole packets under a lease: raw.md.</summary>
public class RawDeliveryTests
{
    private static readonly HostPort Source = At("198.51.100.53:53");
    private static readonly ProvenAddress Destination = new(ProofWorld.Victim, AddressTransport.Udp);
    private static readonly LineId Line = new(1);

    private readonly ProofWorld _world = new();
    private readonly SenderDesk _desk;

    public RawDeliveryTests() => _desk = Desk(allows: true);

    [Fact]
    public void Who_consents_to_a_source_gets_packets_from_there()
    {
        Lease(Source);
        Assert.True(_desk.IsRaw(Line));
        Assert.True(_desk.TryDeliverRaw(_world.Now, Line, Packet(Source)));
        Assert.Equal(1, _desk.Count(RawFault.None));
    }

    [Fact]
    public void Consent_to_the_hubs_own_source_is_none_to_another()
    {
        var (challenge, session) = Hello(Source);
        Assert.Equal(SenderStatus.Unauthorized, _desk.Authorize(_world.Now, Line, Destination, Token(ProofWorld.HubAt, challenge, session)));
    }

    [Fact]
    public void Without_allow_raw_nobody_names_a_source()
    {
        var desk = Desk(allows: false);
        Assert.True(desk.TryOpen(_world.Now, Line, At("192.0.2.77:1"), out _));
        Assert.Equal(SenderStatus.Unsupported, desk.Hello(_world.Now, Line, Destination, AddressMethod.ListeningSocket, default, Source));
        Assert.Empty(_world.Arrived());
    }

    [Fact]
    public void A_source_that_nobody_may_speak_for_is_refused_before_anything_is_sent()
    {
        Assert.True(_desk.TryOpen(_world.Now, Line, At("192.0.2.77:1"), out _));
        Assert.Equal(SenderStatus.Unsupported, _desk.Hello(_world.Now, Line, Destination, AddressMethod.ListeningSocket, default, At("10.0.0.1:53")));
        Assert.Empty(_world.Arrived());
    }

    [Fact] // one source ip:port per lease
    public void Another_source_port_destination_or_transport_stays_and_is_counted()
    {
        Lease(Source);
        Assert.False(_desk.TryDeliverRaw(_world.Now, Line, Packet(At("198.51.100.53:54"))));
        Assert.False(_desk.TryDeliverRaw(_world.Now, Line, UdpPacket.Write(Source, At("203.0.113.7:1"), "hello"u8)));
        Assert.False(_desk.TryDeliverRaw(_world.Now, Line, UdpPacket.Write(Source, At("203.0.113.8:54321"), "hello"u8)));
        var tcp = new byte[60];
        Assert.False(_desk.TryDeliverRaw(_world.Now, Line, tcp.AsSpan(0, new TcpSegment(Source, ProofWorld.Victim, 1, 2, TcpFlags.Synchronize).Write([], tcp))));
        Assert.Equal((1, 2, 1), (_desk.Count(RawFault.WrongSource), _desk.Count(RawFault.WrongDestination), _desk.Count(RawFault.WrongTransport)));
        Assert.Equal(4, _desk.Held);
        Assert.Equal(SenderState.Leased, _desk.StateOf(Line));
    }

    [Fact]
    public void A_lease_for_whole_packets_carries_no_payloads_and_one_for_payloads_no_packets()
    {
        Lease(Source);
        Assert.False(_desk.TryDeliver(_world.Now, Line, 5, out _));
        _desk.Closed(Line);
        _world.Wait(60);
        Lease(null);
        Assert.False(_desk.IsRaw(Line));
        Assert.True(_desk.TryDeliver(_world.Now, Line, 5, out _));
        Assert.False(_desk.TryDeliverRaw(_world.Now, Line, Packet(Source)));
    }

    [Fact]
    public void Nothing_leaves_before_consent_nor_after_the_lease()
    {
        Hello(Source);
        Assert.False(_desk.TryDeliverRaw(_world.Now, Line, Packet(Source)));
        _desk.Closed(Line);
        _world.Wait(60);
        Lease(Source);
        _world.Wait(30);
        Assert.False(_desk.TryDeliverRaw(_world.Now, Line, Packet(Source)));
    }

    [Fact]
    public void Whole_packets_spend_the_bytes_of_the_lease()
    {
        Lease(Source);
        var packet = UdpPacket.Write(Source, ProofWorld.Victim, new byte[1_400]);
        var sent = Enumerable.Range(0, 1_000).Count(_ => _desk.TryDeliverRaw(_world.Now, Line, packet));
        Assert.InRange(sent * packet.Length, 1, 2 * SenderDesk.LeaseBytes);
    }

    private SenderDesk Desk(bool allows)
    {
        var desk = new SenderDesk(new SimRandom(5), _world.HubKey, ProofWorld.HubAt, _world.Budget) { AllowsRaw = allows };
        desk.Add(_world.Listening);
        return desk;
    }

    private void Lease(HostPort? source)
    {
        var (challenge, session) = Hello(source);
        Assert.Equal(SenderStatus.Okay, _desk.Authorize(_world.Now, Line, Destination, Token(source ?? ProofWorld.HubAt, challenge, session)));
    }

    private (StunId Challenge, Token16 Session) Hello(HostPort? source)
    {
        _world.Solicit();
        Assert.True(_desk.TryOpen(_world.Now, Line, At("192.0.2.77:1"), out var session));
        Assert.Equal(SenderStatus.Okay, _desk.Hello(_world.Now, Line, Destination, AddressMethod.ListeningSocket, default, source));
        return (Assert.Single(_world.Arrived()), session);
    }

    private Token16 Token(HostPort source, StunId challenge, Token16 session) => ConsentToken.Make(challenge, _world.HubKey, source, Destination, session);

    private static byte[] Packet(HostPort from) => UdpPacket.Write(from, ProofWorld.Victim, "hello"u8);
}
