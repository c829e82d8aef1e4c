using Hawser.Proof;
using Hawser.Rendezvous;
using Xunit;
using static Hawser.Tests.Rendezvous.PunchPair;

namespace Hawser.Tests.Proof;

public class AddressPolicyTests
{
    private const string Public = "198.51.100.1:5000", Private = "192.168.1.5:5000", Loopback = "127.0.0.1:5000";

    [Theory]
    [InlineData("8.8.8.8:1", "Public")]
    [InlineData("[2001:db8::1]:1", "Public")]
    [InlineData("10.1.2.3:1", "Private")]
    [InlineData("172.16.0.1:1", "Private")]
    [InlineData("172.31.255.255:1", "Private")]
    [InlineData("172.32.0.1:1", "Public")]
    [InlineData("100.64.0.1:1", "Private")]
    [InlineData("100.128.0.1:1", "Public")]
    [InlineData("[fd00::1]:1", "Private")]
    [InlineData("127.9.9.9:1", "Loopback")]
    [InlineData("[::1]:1", "Loopback")]
    [InlineData("0.0.0.0:1", "Forbidden")]
    [InlineData("169.254.1.1:1", "Forbidden")]
    [InlineData("224.0.0.1:1", "Forbidden")]
    [InlineData("255.255.255.255:1", "Forbidden")]
    [InlineData("[::]:1", "Forbidden")]
    [InlineData("[fe80::1]:1", "Forbidden")]
    [InlineData("[ff02::1]:1", "Forbidden")]
    public void Knows_what_an_address_is_for(string address, string kind) =>
        Assert.Equal(kind, AddressPolicy.KindOf(At(address).Address).ToString());

    [Theory]
    [InlineData("203.0.113.1:1", Public, true)]
    [InlineData("203.0.113.1:1", Private, false)] // another's home network, not ours
    [InlineData("203.0.113.1:1", Loopback, false)]
    [InlineData("192.168.7.7:1", Private, true)]
    [InlineData("192.168.7.7:1", Loopback, false)]
    [InlineData("127.0.0.1:1", Loopback, true)]
    [InlineData("127.0.0.1:1", "224.0.0.1:5000", false)]
    public void Punches_only_where_it_may(string own, string candidate, bool may) =>
        Assert.Equal(may, AddressPolicy.Permitted([At(candidate)], [At(own)]).Length == 1);

    [Fact]
    public void Behind_one_nat_the_inside_is_tried_too() =>
        Assert.Equal(2, AddressPolicy.Permitted([At(Public), At(Private)], [At("198.51.100.1:777")]).Length);

    [Fact]
    public void Gathers_public_ones_first_each_once_and_no_more_than_may_be()
    {
        HostPort[] local = [At(Private), At("169.254.1.1:5000"), .. Enumerable.Range(1, 20).Select(i => At($"10.0.0.{i}:5000"))];
        var gathered = CandidateList.Gather([At(Public), At(Public)], [At("203.0.113.9:5000")], local);
        Assert.Equal([At(Public), At("203.0.113.9:5000"), At(Private)], gathered[..3]);
        Assert.Equal(CandidateList.Max, gathered.Length);
    }
}
