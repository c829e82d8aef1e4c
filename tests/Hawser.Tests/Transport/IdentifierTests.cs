using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>Identifiers, and spares against being followed from network to network: transport.md §5.6.</summary>
public class IdentifierTests
{
    private static readonly SimLink Good = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(1));
    private static readonly SimLink Bad = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(4), Loss: 0.2);

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 3)]
    public void Who_moves_shares_no_identifier_between_two_addresses(bool isWide, int seed)
    {
        var settings = Settings.Default with { Wide = isWide, WindowBits = 5 };
        var nat = new SimNat(
            new((ulong)seed), ConnectionPair.At("192.0.2.7:0").Address, Dependence.EndpointIndependent,
            Dependence.EndpointIndependent, TimeSpan.FromDays(1));
        var pair = new EndpointPair((ulong)seed, Bad, nat, settings);
        var id = pair.Connect(HandshakeLetter.N);
        pair.Run(12_000);
        var atHost = Assert.Single(pair.All<EndpointEvent.Established>(pair.H)).Connection;
        var seen = new List<HashSet<string>>();
        for (var move = 0; move < 8; move++) // more often than spares were given at first
        {
            var from = pair.Network.Trace.Count;
            for (var i = 0; i < 40; i++)
            {
                pair.I.Send(pair.Now, id, "still here"u8);
                pair.H.Send(pair.Now, atHost, "I see"u8);
                pair.Run(100);
            }

            Assert.NotNull(pair.I.Describe(id));
            seen.Add(IdentifiersIn(pair.Network.Trace.Skip(from), isWide));
            nat.Rebind();
            pair.I.Move(pair.Now);
        }

        foreach (var (before, after) in seen.Zip(seen.Skip(1))) Assert.Empty(before.Intersect(after));
        Assert.True(pair.All<EndpointEvent.DatagramReceived>(pair.H).Count() > 150);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 8)]
    [InlineData(2, 3)]
    public void Identifiers_are_as_long_as_each_side_wants_its_own(int cidI, int cidH)
    {
        var pair = new EndpointPair(4, Good, cidI: cidI, cidH: cidH);
        var id = pair.Connect(HandshakeLetter.N);
        pair.Run(3_000);
        var atHost = Assert.Single(pair.All<EndpointEvent.Established>(pair.H)).Connection;
        pair.I.Write(pair.Now, id, 0, new byte[100_000]);
        pair.Run(3_000);
        Assert.Equal(100_000, pair.H.Read(pair.Now, atHost, 0, new byte[200_000]));
    }

    [Fact]
    public void Without_identifiers_a_second_connection_from_one_address_takes_the_place_of_the_first()
    {
        var pair = new EndpointPair(5, Good, cidI: 8, cidH: 0);
        var first = pair.Connect(HandshakeLetter.N);
        pair.Run(1_000);
        var second = pair.Connect(HandshakeLetter.I);
        pair.Run(2_000);
        Assert.Equal(first, Assert.Single(pair.All<EndpointEvent.Closed>(pair.I)).Connection);
        pair.I.Send(pair.Now, second, "hello"u8);
        pair.Run(100);
        Assert.Single(pair.All<EndpointEvent.DatagramReceived>(pair.H));
    }

    [Fact]
    public void A_one_byte_identifier_is_drawn_anew_where_it_is_taken()
    {
        var pair = new EndpointPair(6, Good, cidI: 1, cidH: 1);
        var ids = Enumerable.Range(0, 18).Select(_ => pair.Connect(HandshakeLetter.I)).ToArray();
        pair.Run(2_500);
        Assert.Equal(18, pair.All<EndpointEvent.Established>(pair.H).Count());
        foreach (var id in ids) pair.I.Send(pair.Now, id, "here"u8);
        pair.Run(200);
        Assert.Equal(18, pair.All<EndpointEvent.DatagramReceived>(pair.H).Select(d => d.Connection).Distinct().Count());
    }

    private static HashSet<string> IdentifiersIn(IEnumerable<string> trace, bool isWide)
    {
        var all = new HashSet<string>();
        foreach (var line in trace)
        {
            var packet = line.Split(' ')[^1];
            if (Convert.ToByte(packet[..2], 16) < 0x80) continue;
            all.Add(packet.Substring(isWide ? 2 : 6, 16));
        }

        return all;
    }
}
