using Hawser.Hub.Http;
using Hawser.Hub.Store;
using Hawser.Net;
using Hawser.Tests.Net;
using Xunit;

namespace Hawser.Tests.Hub;

public sealed class HubStoreTests : IDisposable
{
    private static readonly HubIdentity Identity = new("harbour", "https://hub.example.org", Address("192.0.2.1:65430"),
        Address("0.0.0.0:65430"), Address("127.0.0.1:8430"));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hawser-hub-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Keys_and_identity_are_there_after_a_restart()
    {
        using var made = HubStore.Create(new(_folder.FullName), Identity, SystemEntropy.Shared);
        var (admin, channel) = (made.AdminKey.Public, made.ChannelKey.Public);
        made.Dispose();
        using var store = HubStore.Open(new(_folder.FullName));
        Assert.Equal((admin, channel, Identity), (store.AdminKey.Public, store.ChannelKey.Public, store.Identity));
    }

    [Fact]
    public void A_second_hub_is_not_made_over_the_first()
    {
        HubStore.Create(new(_folder.FullName), Identity, SystemEntropy.Shared).Dispose();
        var refused = Assert.Throws<HawserException>(() => HubStore.Create(new(_folder.FullName), Identity, SystemEntropy.Shared));
        Assert.Equal(Reason.Refused, refused.Reason);
    }

    [Fact]
    public void A_damaged_store_is_one_clear_error()
    {
        HubStore.Create(new(_folder.FullName), Identity, SystemEntropy.Shared).Dispose();
        var path = Path.Combine(_folder.FullName, "hub.db");
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(100).Fill(0xA5);
        File.WriteAllBytes(path, bytes);
        var damaged = Assert.Throws<HawserException>(() => HubStore.Open(new(_folder.FullName)));
        Assert.Equal(Reason.StoreCorrupt, damaged.Reason);
        Assert.NotNull(damaged.Remedy);
    }

    [Fact]
    public void Requests_are_counted_by_network_and_earned_back()
    {
        var clock = new ManualTimeProvider();
        var limiter = new PrefixLimiter(clock, perSecond: 1, burst: 2);
        var near = AddressPrefix.Of(Address("192.0.2.1:1"));
        Assert.Equal(near, AddressPrefix.Of(Address("192.0.2.200:2")));
        Assert.True(limiter.TryTake(near) && limiter.TryTake(near));
        Assert.False(limiter.TryTake(near));
        Assert.True(limiter.TryTake(AddressPrefix.Of(Address("198.51.100.1:1"))));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(limiter.TryTake(near));
        Assert.Equal(1, limiter.Refused);
    }

    [Fact]
    public void A_flood_of_networks_leaves_those_who_were_there_alone()
    {
        var limiter = new PrefixLimiter(new ManualTimeProvider(), perSecond: 1, burst: 2, capacity: 4);
        var first = new AddressPrefix(1);
        Assert.True(limiter.TryTake(first));
        var granted = 0;
        for (var i = 2; i < 1_000; i++) granted += limiter.TryTake(new((UInt128)i)) ? 1 : 0;
        Assert.Equal(3 + 2, granted); // three more buckets, and one for all the rest
        Assert.True(limiter.TryTake(first));
    }

    [Fact]
    public void Only_a_proxy_on_this_machine_may_speak_for_others()
    {
        var (stranger, proxy) = (System.Net.IPAddress.Parse("198.51.100.7"), System.Net.IPAddress.Loopback);
        Assert.Equal(AddressPrefix.Of(Address("198.51.100.0:0")), AddressPrefix.Of(stranger, "192.0.2.1"));
        Assert.Equal(AddressPrefix.Of(Address("192.0.2.0:0")), AddressPrefix.Of(proxy, "203.0.113.5, 192.0.2.1"));
        Assert.Equal(AddressPrefix.Of(Address("127.0.0.0:0")), AddressPrefix.Of(proxy, "nonsense"));
    }

    private static HostPort Address(string text) => HostPort.TryParse(text, out var address) ? address : throw new ArgumentException(text);
}
