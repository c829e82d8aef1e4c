using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Store;
using Hawser.Wire;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Hawser.Tests.Net.Store;

public sealed class NodeStoreTests : IDisposable
{
    private readonly TempHome _temp = new();

    private Home Home => _temp.Home;

    public NodeStoreTests() => Home.Create();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Keys_are_drawn_once_and_kept()
    {
        DhPublicKey channel;
        VerifyKey claim;
        using (var store = NodeStore.Open(Home))
        {
            channel = store.ChannelKey(SystemEntropy.Shared).Public;
            claim = store.ClaimKey(SystemEntropy.Shared).Public;
        }

        using var again = NodeStore.Open(Home);
        Assert.Equal(channel, again.ChannelKey(SystemEntropy.Shared).Public);
        Assert.Equal(claim, again.ClaimKey(SystemEntropy.Shared).Public);
        Assert.NotEqual(claim, again.SignOnKey(claim, SystemEntropy.Shared).Public);
    }

    [Fact]
    public void Rows_come_back_as_they_were_saved()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123);
        var key = new DhPublicKey(Bytes32.Read(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        var genesis = Bytes32.Read(new byte[32]);
        using (var store = NodeStore.Open(Home))
        {
            store.SaveContact(new("pi", key, "0a9lljk28n", ["192.0.2.7:1"], ["h:2#k", "h:3#k"], false, now));
            store.SaveExposure(new("ssh", "tcp:127.0.0.1:22", ["pi"]));
            store.SaveHub(new("harbour", "https://h", ["h:2"], key, new(genesis), genesis, null, now));
            store.SaveTransfer(new("t1", true, "pi", "a", "/b", 10, genesis, "done", 10, now));
            store.SaveClaim(new("seal", null, "sealed", [1, 2, 3], now));
            store.PinFederation(genesis, "text");
            store.SaveHeader(genesis, 5, [5]);
            store.SaveHeader(genesis, 4, [4]);
            store.RememberDial(new("0a9lljk28n", key, now));
            store.SetMachineState("x", [9]);
            store.UdpPort = 65430;
        }

        using var again = NodeStore.Open(Home);
        var contact = again.FindContact("PI")!;
        Assert.Equal(("pi", (DhPublicKey?)key, "0a9lljk28n", now), (contact.Petname, contact.ChannelKey, contact.RoutingId, contact.Added));
        Assert.Equal(["h:2#k", "h:3#k"], contact.Hubs);
        Assert.Equal(["pi"], Assert.Single(again.Exposures()).For);
        Assert.Equal(key, again.FindHub("harbour")!.ChannelKey);
        Assert.Equal(new("t1", true, "pi", "a", "/b", 10, genesis, "done", 10, now), Assert.Single(again.Transfers()));
        Assert.Equal([1, 2, 3], Assert.Single(again.Claims()).State);
        Assert.Equal(5UL, Assert.Single(again.Federations()).Height);
        Assert.Equal(key, Assert.Single(again.PastDials()).ChannelKey);
        Assert.Equal([9], again.MachineState("x")!);
        Assert.Equal((ushort?)65430, again.UdpPort);
    }

    [Fact]
    public void What_fails_halfway_is_not_kept()
    {
        using var store = NodeStore.Open(Home);
        Assert.Throws<InvalidOperationException>(() => store.Atomically(() =>
        {
            store.SetSetting("a", "1");
            throw new InvalidOperationException();
        }));
        Assert.Null(store.Setting("a"));
    }

    [Fact]
    public void A_damaged_store_is_named_and_left_alone()
    {
        NodeStore.Open(Home).Dispose();
        var bytes = File.ReadAllBytes(Home.NodeDatabase);
        bytes.AsSpan(0, 100).Fill(0x5A);
        File.WriteAllBytes(Home.NodeDatabase, bytes);
        var e = Assert.Throws<HawserException>(() => NodeStore.Open(Home));
        Assert.Equal(Reason.StoreCorrupt, e.Reason);
        Assert.NotNull(e.Remedy);
        Assert.Equal(bytes, File.ReadAllBytes(Home.NodeDatabase));
    }

    [Fact]
    public void A_store_that_lost_a_page_in_the_middle_is_named()
    {
        using (var store = NodeStore.Open(Home)) store.SetSetting("a", new string('x', 20_000));
        var bytes = File.ReadAllBytes(Home.NodeDatabase);
        bytes.AsSpan(4096, bytes.Length - 4096).Fill(0xFF);
        File.WriteAllBytes(Home.NodeDatabase, bytes);
        Assert.Equal(Reason.StoreCorrupt, Assert.Throws<HawserException>(() => NodeStore.Open(Home)).Reason);
    }

    [Fact]
    public void A_store_of_a_newer_version_is_refused()
    {
        NodeStore.Open(Home).Dispose();
        using (var connection = new SqliteConnection($"Data Source={Home.NodeDatabase};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 999";
            command.ExecuteNonQuery();
        }

        Assert.Contains("newer version", Assert.Throws<HawserException>(() => NodeStore.Open(Home)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_store_and_the_home_are_closed_to_others()
    {
        NodeStore.Open(Home).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Home.NodeDatabase));
        Assert.Equal(Home.Private, File.GetUnixFileMode(Home.Folder));
    }

    [Fact]
    public void A_home_has_one_holder()
    {
        using (Home.Lock())
        {
            Assert.Equal(Environment.ProcessId, Home.Holder());
            Assert.Equal(Reason.HomeInUse, Assert.Throws<HawserException>(() => Home.Lock()).Reason);
        }

        Home.Lock().Dispose();
    }
}
