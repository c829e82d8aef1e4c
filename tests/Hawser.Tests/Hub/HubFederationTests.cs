using System.Net;
using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Tlog;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Hub;

public class HubFederationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Four_hubs_certify_a_claim_over_http_and_prove_it()
    {
        using var cancel = new CancellationTokenSource(Patience);
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i);
        await fleet[0].Admin!.WaitForAsync(1, cancel.Token);
        using var http = new HttpClient();
        var admin = fleet[0].Admin!.Me;

        // Tickets are good for one tick of a quarter of a second here: who is late takes a new one, as users do.
        var genesis = fleet.Genesis;
        var claimKey = SigningKey.Generate(SystemEntropy.Shared);
        Deed deed;
        SealKey seal;
        SealedClaim claim;
        while (true)
        {
            seal = NewSeal();
            var ask = new TicketRequest(genesis.Hash, ClaimTicket.SealHash(seal.Public)).Write();
            var (status, answer) = await PostAsync(http, admin!.Url + HubPaths.Ticket, ask);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True(ClaimTicket.TryRead(answer, out _, out var ticket));
            deed = Deed.Sign(new()
            {
                Genesis = genesis.Hash, Timestamp = ticket.Timestamp, Keyword = "pi", TicketIssuer = ticket.Issuer,
                TicketNumber = ticket.Number, ClaimKey = claimKey.Public,
                ChannelKey = DhKeyPair.Generate(SystemEntropy.Shared).Public, Hubs = [admin.Id],
            }, claimKey);
            claim = SealedClaim.Seal(deed, ticket, seal, claimKey);
            (status, answer) = await PostAsync(http, admin.Url + HubPaths.Claim, claim.Text);
            if (status is not HttpStatusCode.OK) continue;
            Assert.True(Receipt.TryRead(answer, out var receipt));
            Assert.True(receipt.IsSignedBy(admin.Key));
            await fleet[0].Admin!.WaitForAsync((uint)receipt.CoveringHeight + 1, cancel.Token);
            var reveal = Reveal.Sign(genesis.Hash, claim.Identity, seal.Seed, claimKey).Write();
            Assert.Equal(HttpStatusCode.OK, (await PostAsync(http, admin.Url + HubPaths.Reveal, reveal)).Status);
            var height = (await fleet[0].Admin!.WaitForAsync((uint)receipt.CoveringHeight + 3, cancel.Token)).Header.Height;
            var other = fleet[1].Admin!;
            await other.WaitForAsync(height, cancel.Token);
            var bytes = await http.GetByteArrayAsync(new Uri(other.Me!.Url + HubPaths.ProofOf(deed.Id)), cancel.Token);
            Assert.True(OwnershipProof.TryRead(bytes, out var proof));
            Assert.Null(proof.Verify(genesis.Hash, genesis.Founders, deed.Id, out var header));
            Assert.True(header.Height >= height);
            if (proof.Title is null) continue; // the claim came too late for its window
            Assert.Equal(claimKey.Public, proof.Title.ClaimKey);
            Assert.Equal(deed.Text, await http.GetByteArrayAsync(new Uri(other.Me!.Url + HubPaths.DeedOf(deed.Id)), cancel.Token));
            break;
        }

        // The log tells an auditor the same: checkpoint, hashes and entries hang together.
        var note = await http.GetByteArrayAsync(new Uri(admin.Url + HubPaths.CheckpointOf(admin.Id)), cancel.Token);
        Assert.True(SignedNote.TryRead(note, out var signed) && signed.IsSignedBy(admin.NoteKey));
        Assert.True(Checkpoint.TryParse(signed.Text, out var checkpoint));
        var hashes = await http.GetByteArrayAsync(new Uri(admin.Url + HubPaths.TileOf(admin.Id, Tile.At(0, 0, checkpoint.Size))), cancel.Token);
        var entries = await http.GetByteArrayAsync(
            new Uri(admin.Url + HubPaths.TileOf(admin.Id, Tile.At(Tile.Entries, 0, checkpoint.Size))), cancel.Token);
        Assert.True(EntryBundle.TryRead(entries, out var bundle));
        Assert.Equal(hashes, bundle.Entries.SelectMany(entry => Merkle.LeafHash(entry).ToArray()).ToArray());
        var tree = new MerkleTree();
        foreach (var entry in bundle.Entries) tree.Append(Merkle.LeafHash(entry));
        Assert.Equal(checkpoint.Root, tree.Root);
    }

    [Fact]
    public async Task A_hub_that_loses_power_keeps_its_votes_and_catches_up()
    {
        using var cancel = new CancellationTokenSource(Patience);
        await using var fleet = new HubFleet(4);
        for (var i = 0; i < 4; i++) await fleet.StartAsync(i);
        await fleet[3].Admin!.WaitForAsync(2, cancel.Token);
        var image = fleet.CrashImage(3);
        await fleet.StopAsync(3);
        fleet.Restore(3, image);
        var missed = await fleet[0].Admin!.WaitForAsync(5, cancel.Token);
        await fleet.StartAsync(3);
        var back = fleet[3].Admin!;
        Assert.True(back.Last!.Header.Height >= 2);
        Assert.NotEmpty(fleet[3].Store.MachineState("votes")!);
        await back.WaitForAsync(missed.Header.Height + 1, cancel.Token);
        Assert.False(back.IsHalted);
    }

    [Fact]
    public async Task Bad_requests_get_a_reason_and_change_nothing()
    {
        using var cancel = new CancellationTokenSource(Patience);
        await using var fleet = new HubFleet(1);
        await fleet.StartAsync(0);
        var admin = fleet[0].Admin!;
        await admin.WaitForAsync(1, cancel.Token);
        using var http = new HttpClient();
        foreach (var path in (string[])[HubPaths.Ticket, HubPaths.Claim, HubPaths.Reveal, HubPaths.SignOn, HubPaths.Vote, HubPaths.Leaves])
        {
            var (status, answer) = await PostAsync(http, admin.Me!.Url + path, "nonsense\n"u8.ToArray());
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.EndsWith("\n", Encoding.UTF8.GetString(answer), StringComparison.Ordinal);
            (status, _) = await PostAsync(http, admin.Me!.Url + path, []);
            Assert.NotEqual(HttpStatusCode.InternalServerError, status);
        }

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(http, admin.Me!.Url + HubPaths.Claim, new byte[20_000])).Status);
        foreach (var path in (string[])["/v1/proof/x", "/tick/zzzz", "/height/99999999999", "/log/000-0000000/tile/0/xyz", "/log/zz/checkpoint", "/nothing"])
        {
            using var answer = await http.GetAsync(new Uri(admin.Me!.Url + path), cancel.Token);
            Assert.InRange((int)answer.StatusCode, 400, 404);
        }

        Assert.Equal(0UL, fleet[0].Store.LogSize(admin.Me!.Id));
    }

    [Fact]
    public async Task A_user_signs_on_once_and_gets_tickets_under_that_key()
    {
        using var cancel = new CancellationTokenSource(Patience);
        await using var fleet = new HubFleet(1);
        await fleet.StartAsync(0);
        var admin = fleet[0].Admin!;
        await admin.WaitForAsync(1, cancel.Token);
        using var http = new HttpClient();
        var key = SigningKey.Generate(SystemEntropy.Shared);
        var channel = DhKeyPair.Generate(SystemEntropy.Shared).Public;
        var hash = fleet.Genesis.Hash;
        var ask = SignOnRequest.Sign(hash, admin.Me!.Id, key, channel).Write();
        var (status, first) = await PostAsync(http, admin.Me!.Url + HubPaths.SignOn, ask);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(SignOnGrant.TryRead(first, out var grant));
        Assert.True(grant.IsSignedBy(admin.Me!.Key) && grant.User == key.Public);
        Assert.Equal(first, (await PostAsync(http, admin.Me!.Url + HubPaths.SignOn, ask)).Body);
        Assert.Equal(channel, Assert.Single(fleet[0].Store.Users()).ChannelKey);

        var ticket = new TicketRequest(hash, SealHash()).Write();
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(http, admin.Me!.Url + HubPaths.Ticket, ticket, SignOnMark.Sign(hash, admin.Me!.Id, key, ticket))).Status);
        var stranger = SignOnMark.Sign(hash, admin.Me!.Id, SigningKey.Generate(SystemEntropy.Shared), ticket);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(http, admin.Me!.Url + HubPaths.Ticket, ticket, stranger)).Status);
    }

    [Fact]
    public async Task Who_is_blocked_is_disregarded_until_allowed_again_and_nobody_else_is()
    {
        using var cancel = new CancellationTokenSource(Patience);
        await using var fleet = new HubFleet(1);
        await fleet.StartAsync(0);
        var (store, me, hash) = (fleet[0].Store, fleet[0].Admin!.Me!, fleet.Genesis.Hash);
        await fleet[0].Admin!.WaitForAsync(1, cancel.Token);
        using var http = new HttpClient();
        SigningKey[] keys = [SigningKey.Generate(SystemEntropy.Shared), SigningKey.Generate(SystemEntropy.Shared)];
        async Task<HttpStatusCode> SignOn(int who)
        {
            var ask = SignOnRequest.Sign(hash, me.Id, keys[who], DhKeyPair.Generate(SystemEntropy.Shared).Public).Write();
            return (await PostAsync(http, me.Url + HubPaths.SignOn, ask)).Status;
        }

        async Task<HttpStatusCode> Ticket(int who)
        {
            var ticket = new TicketRequest(hash, SealHash()).Write();
            return (await PostAsync(http, me.Url + HubPaths.Ticket, ticket, SignOnMark.Sign(hash, me.Id, keys[who], ticket))).Status;
        }

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await SignOn(0), await SignOn(1)));
        var (first, second) = (store.FindUser(keys[0].Public)!, store.FindUser(keys[1].Public)!);
        Assert.NotEqual(first.OwnKey.Public, second.OwnKey.Public); // a pair for each
        Assert.Equal(first.SignOn, Assert.Single(store.FindUsers(keys[0].Public.ToString()[..12])).SignOn);
        store.SetBlocked(keys[0].Public, true);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (await Ticket(0), await Ticket(1)));
        Assert.Equal(HttpStatusCode.Forbidden, await SignOn(0));
        store.SetBlocked(keys[0].Public, false);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await SignOn(0), await Ticket(0)));
        Assert.Equal(first.OwnKey.Public, store.FindUser(keys[0].Public)!.OwnKey.Public);
    }

    private static SealKey NewSeal() => new(SigningKey.Generate(SystemEntropy.Shared).Seed);

    private static Bytes32 SealHash() => ClaimTicket.SealHash(NewSeal().Public);

    private static async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(HttpClient http, string url, byte[] body, SignOnMark? mark = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        if (mark is { } shown) request.Headers.Add(SignOnMark.Header, shown.ToString());
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }
}
