using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Tests.Net;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Hawser.Tests.Hub;

/// <summary>A log, a certificate or the whole database of a hub is damaged: it is found, named, and rebuilt from the others.</summary>
public sealed class StoreDamageTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(90));

    public void Dispose() => _patience.Dispose();

    [Theory]
    [InlineData("UPDATE certificate SET file = zeroblob(length(file)) WHERE height = 3")]
    [InlineData("UPDATE certificate SET file = substr(file, 1, length(file) - 1) WHERE height = 3")]
    [InlineData("DELETE FROM certificate WHERE height = 3")]
    [InlineData("UPDATE leaf SET entry = zeroblob(length(entry)) WHERE number = 0")]
    [InlineData("UPDATE leaf SET entry = substr(entry, 1, 9) WHERE number = 0")]
    [InlineData("DELETE FROM leaf WHERE number = 0")]
    [InlineData("UPDATE certificate SET file = (SELECT file FROM certificate WHERE height = 2) WHERE height = 3")]
    public async Task A_hub_takes_what_is_damaged_from_the_others_and_goes_on(string damage)
    {
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i);
        var height = await LogAsync(fleet);
        await fleet[3].Admin!.WaitForAsync(Math.Max(height, 4), _patience.Token);
        await fleet.StopAsync(3);
        using (var database = new SqliteConnection($"Data Source={fleet.HomeOf(3).HubDatabase};Pooling=False"))
        {
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = damage;
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        await fleet.StartAsync(3);
        height = fleet[0].Admin!.Last!.Header.Height;
        var mine = await fleet[3].Admin!.WaitForAsync(height, _patience.Token);
        Assert.False(fleet[3].Admin!.IsHalted);
        Assert.True(mine.Header.Height >= height);
        Assert.Single(fleet[3].Store.Leaves(fleet[0].Admin!.Me!.Id, 0, 2));
    }

    // One claim in the first hub's log; the height that certified it.
    private async Task<uint> LogAsync(HubFleet fleet)
    {
        var admin = fleet[0].Admin!;
        await admin.WaitForAsync(2, _patience.Token);
        while (true)
        {
            var (seal, key) = (new SealKey(SigningKey.Generate(SystemEntropy.Shared).Seed), SigningKey.Generate(SystemEntropy.Shared));
            var (_, answer) = await admin.AskAsync(AdminVerb.Ticket, default, new TicketRequest(fleet.Genesis.Hash, ClaimTicket.SealHash(seal.Public)).Write(), _patience.Token);
            Assert.True(ClaimTicket.TryRead(answer, out _, out var ticket));
            var deed = Deed.Sign(new()
            {
                Genesis = fleet.Genesis.Hash, Timestamp = ticket.Timestamp, Keyword = "pi", TicketIssuer = ticket.Issuer, TicketNumber = ticket.Number,
                ClaimKey = key.Public, ChannelKey = DhKeyPair.Generate(SystemEntropy.Shared).Public, Hubs = [admin.Me!.Id],
            }, key);
            var (status, receipt) = await admin.AskAsync(AdminVerb.Claim, default, SealedClaim.Seal(deed, ticket, seal, key).Text, _patience.Token);
            if (status is not AdminStatus.Ok) continue; // the tick was over: it lasts a quarter of a second
            Assert.True(Receipt.TryRead(receipt, out var promised));
            return (uint)promised.CoveringHeight + 1;
        }
    }

    [Theory, InlineData(100), InlineData(4_096)] // in the first page, and where the second begins
    public async Task A_database_that_is_no_database_any_more_is_named_and_not_touched(int at)
    {
        await using var fleet = new HubFleet(2);
        var path = fleet.HomeOf(0).HubDatabase;
        var bytes = await File.ReadAllBytesAsync(path);
        for (var i = 0; i < 400; i++) bytes[at + i] ^= 0x5a;
        await File.WriteAllBytesAsync(path, bytes);
        var said = await Assert.ThrowsAsync<HawserException>(() => fleet.StartAsync(0));
        Assert.Equal(Reason.StoreCorrupt, said.Reason);
        Assert.Contains(path, said.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task A_database_that_was_cut_is_named()
    {
        await using var fleet = new HubFleet(2);
        var path = fleet.HomeOf(0).HubDatabase;
        var bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);
        Assert.Equal(Reason.StoreCorrupt, (await Assert.ThrowsAsync<HawserException>(() => fleet.StartAsync(0))).Reason);
    }

    [Fact]
    public async Task A_hub_key_that_was_changed_is_named()
    {
        await using var fleet = new HubFleet(2);
        using (var database = new SqliteConnection($"Data Source={fleet.HomeOf(0).HubDatabase};Pooling=False"))
        {
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = "UPDATE identity_key SET secret = randomblob(32) WHERE purpose = 'admin'";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        var said = await Assert.ThrowsAsync<HawserException>(() => fleet.StartAsync(0));
        Assert.Equal((Reason.StoreCorrupt, true), (said.Reason, said.Message.Contains("\"admin\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_hub_that_starts_again_after_the_admins_have_changed_finds_nothing_damaged()
    {
        await using var fleet = new HubFleet(1);
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        await fleet.HomeOf(0).AskAsync<NoArgs, HubJoinReport>("hub rekey", new(), _patience.Token); // while it runs
        await fleet.HomeOf(0).AskAsync<HubVoteArgs, HubQuestionReport>("hub vote", new(1, true, null), _patience.Token);
        while (fleet[0].Admin!.Epochs.Changes == 0) await Task.Delay(20, _patience.Token);
        var height = fleet[0].Admin!.Last!.Header.Height;
        await fleet[0].Admin!.WaitForAsync(height + 2, _patience.Token);
        await fleet.StopAsync(0);
        await fleet.StartAsync(0); // one alone has nobody to take anything from
        Assert.False(fleet[0].Store.MustLookAround);
        Assert.True(fleet[0].Store.LastHeight() >= height + 2);
        await fleet[0].Admin!.WaitForAsync(height + 4, _patience.Token);
    }
}
