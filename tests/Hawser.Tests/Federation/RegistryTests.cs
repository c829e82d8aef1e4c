using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Federation;

public class RegistryTests
{
    private static void Refused(ClaimWorld world, Bytes32 claim, ClaimRefusal why) =>
        Assert.Contains(new RegistryEvent.Refused(claim, why), world.Registry.Happened);

    [Fact]
    public void A_claim_goes_from_sealed_to_provisional_to_final()
    {
        var world = new ClaimWorld();
        world.Close();
        var claim = world.Claim();
        world.Log(0, claim.Sealed.Text);
        world.Log(1, claim.Sealed.Text);
        world.Close(); // h0 = 2
        Assert.Equal([new RegistryEvent.Registered(claim.Sealed.Identity, 2)], world.Registry.Happened);
        Assert.Null(world.StatusOf(claim.Id));
        world.Close(); // h0 + C − 1 = 3
        world.Log(2, claim.Reveal(world).Write());
        world.Close();
        Assert.Equal(TitleStatus.Provisional, world.StatusOf(claim.Id));
        world.Close();
        Assert.Equal(TitleStatus.Provisional, world.StatusOf(claim.Id));
        world.Close(); // h0 + C + R − 1 = 6
        Assert.Equal([new RegistryEvent.Settled(claim.Id)], world.Registry.Happened);
        Assert.True(world.Registry.State.TryFind(claim.Id, out var title));
        Assert.Equal(TitleStatus.Final, title.Status);
        Assert.Equal(6u, title.FinalHeight);
        Assert.Equal(claim.ClaimKey.Public, title.ClaimKey);
        Assert.Equal(world.Registry.Tick.Number + world.Genesis.Life, title.Expiry.Number);
        Assert.False(title.IsExpiredAt(world.Registry.Tick));
        Assert.True(title.IsExpiredAt(title.Expiry));
        Assert.True(world.Registry.TryDeed(claim.Id, out var text) && text.AsSpan().SequenceEqual(claim.Deed.Text));
        Assert.Empty(world.Registry.InFlight);
    }

    [Fact]
    public void A_copied_sealed_form_still_credits_who_sealed_it()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        world.Log(3, claim.Sealed.Text); // the copier is even quicker
        world.Close();
        world.Log(0, claim.Sealed.Text);
        world.Close();
        world.Log(0, claim.Reveal(world).Write());
        world.Close();
        Assert.True(world.Registry.State.TryFind(claim.Id, out var title));
        Assert.Equal(claim.ClaimKey.Public, title.ClaimKey);
    }

    [Fact]
    public void A_deed_cannot_be_sealed_again_by_another()
    {
        var world = new ClaimWorld(revealWindow: 14);
        var claim = world.Claim();
        world.Log(0, claim.Sealed.Text);
        world.Close();
        world.Log(0, claim.Reveal(world).Write()); // too eager: the claim window is still open
        var thief = SigningKey.Generate(world.Random);
        var sealKey = new SealKey(world.Random.Seed32());
        var ticket = world.Ticket(1, sealKey, claim.Ticket.Timestamp);
        // The deed names its own ticket; and its claim key signs neither the thief's claim nor a reveal of it.
        var copy = SealedClaim.Seal(claim.Deed, ticket, sealKey, thief);
        world.Log(1, copy.Text);
        world.Close();
        Assert.Equal("the deed names another ticket", copy.Open(sealKey.Seed, out _));
        world.Log(1, Reveal.Sign(world.Genesis.Hash, copy.Identity, sealKey.Seed, thief).Write());
        world.Close();
        Refused(world, copy.Identity, ClaimRefusal.BadDeed);
        Assert.True(world.Registry.State.TryFind(claim.Id, out var title));
        Assert.Equal(claim.ClaimKey.Public, title.ClaimKey);
    }

    [Fact]
    public void A_deed_under_its_own_ticket_still_wants_the_claim_keys_signature()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        var forged = SealedClaim.Seal(claim.Deed, claim.Ticket, claim.SealKey, SigningKey.Generate(world.Random));
        Assert.Equal("the claim key did not sign this claim", forged.Open(claim.SealKey.Seed, out _));
    }

    [Fact]
    public void A_stolen_ticket_is_of_no_use()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        var thief = new Claiming(world.Random.Seed32(), SigningKey.Generate(world.Random));
        thief.Seal(world, claim.Ticket, blind: true, "mine");
        world.Log(0, thief.Sealed.Text);
        world.Close();
        Refused(world, thief.Sealed.Identity, ClaimRefusal.BadTicket);
    }

    [Fact]
    public void Tickets_of_strangers_and_of_other_federations_are_none()
    {
        var (world, other) = (new ClaimWorld(), new ClaimWorld(seed: 2));
        var foreign = other.Claim();
        world.Log(0, foreign.Sealed.Text);
        var claim = new Claiming(world.Random.Seed32(), SigningKey.Generate(world.Random));
        var stranger = ClaimTicket.Issue(
            world.Genesis.Hash, Member.FounderId(9), SigningKey.Generate(world.Random),
            RoutingId.Random(world.TicketTick, world.Random), ClaimTicket.SealHash(claim.SealKey.Public));
        claim.Seal(world, stranger, blind: true, "pi");
        world.Log(0, claim.Sealed.Text);
        world.Close();
        Assert.Equal([new RegistryEvent.Refused(claim.Sealed.Identity, ClaimRefusal.BadTicket)], world.Registry.Happened);
    }

    [Theory, InlineData(-1), InlineData(1), InlineData(5)]
    public void A_ticket_of_another_tick_is_untimely(int off)
    {
        var world = new ClaimWorld();
        world.Close(skip: 3); // skipped ticks have no IDs either
        Assert.True(world.TicketTick.TryAdd(off, out var tick));
        var claim = world.Claim(tick: tick);
        world.Log(0, claim.Sealed.Text);
        world.Close();
        Refused(world, claim.Sealed.Identity, ClaimRefusal.Untimely);
    }

    [Theory, InlineData(1, true), InlineData(2, true), InlineData(3, false)]
    public void A_claim_must_be_certified_within_its_window(int heights, bool timely)
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        for (var i = 1; i < heights; i++) world.Close();
        world.Log(0, claim.Sealed.Text);
        world.Close();
        Assert.Equal(timely, world.Registry.InFlight.Any());
    }

    [Fact]
    public void A_late_reveal_comes_to_nothing()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        world.Log(0, claim.Sealed.Text);
        for (var i = 0; i < 5; i++) world.Close(); // 1 … C + R
        Assert.Contains(new RegistryEvent.Lapsed(claim.Sealed.Identity), world.Registry.Happened);
        world.Log(0, claim.Reveal(world).Write());
        world.Close();
        Refused(world, claim.Sealed.Identity, ClaimRefusal.NoSuchClaim);
        Assert.Null(world.StatusOf(claim.Id));
    }

    [Fact]
    public void The_last_height_of_the_window_still_counts()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        world.Log(0, claim.Sealed.Text);
        for (var i = 0; i < 4; i++) world.Close();
        world.Log(0, claim.Reveal(world).Write());
        world.Close();
        Assert.Equal(TitleStatus.Final, world.StatusOf(claim.Id));
    }

    [Fact]
    public void A_reveal_beside_its_claim_is_too_early_and_does_no_harm()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        world.Log(0, claim.Sealed.Text);
        world.Log(0, claim.Reveal(world).Write());
        world.Close();
        Refused(world, claim.Sealed.Identity, ClaimRefusal.RevealedTooEarly);
        world.Log(0, claim.Reveal(world).Write());
        world.Close();
        Assert.Equal(TitleStatus.Provisional, world.StatusOf(claim.Id));
    }

    [Fact]
    public void A_leaked_seed_reveals_nothing_without_the_claim_key()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        world.Log(0, claim.Sealed.Text);
        world.Close();
        var thief = SigningKey.Generate(world.Random);
        world.Log(0, Reveal.Sign(world.Genesis.Hash, claim.Sealed.Identity, claim.SealKey.Seed, thief).Write());
        world.Log(0, Reveal.Sign(world.Genesis.Hash, claim.Sealed.Identity, world.Random.Seed32(), claim.ClaimKey).Write());
        world.Close();
        Refused(world, claim.Sealed.Identity, ClaimRefusal.BadReveal);
        Refused(world, claim.Sealed.Identity, ClaimRefusal.BadDeed);
        world.Log(0, claim.Reveal(world).Write());
        world.Close();
        Assert.Equal(TitleStatus.Provisional, world.StatusOf(claim.Id));
    }

    [Fact]
    public void A_seal_key_serves_one_claim()
    {
        var world = new ClaimWorld();
        var claim = world.Claim();
        world.Log(0, claim.Sealed.Text);
        var second = new Claiming(claim.SealKey.Seed, claim.ClaimKey);
        second.Seal(world, claim.Ticket, blind: true, "another");
        world.Log(1, second.Sealed.Text);
        world.Close();
        Refused(world, second.Sealed.Identity, ClaimRefusal.SealKeyUsed);
    }

    [Fact]
    public void An_admin_has_so_many_claims_a_tick_and_no_more()
    {
        var world = new ClaimWorld(maxClaims: 2);
        var claims = Enumerable.Range(0, 3).Select(_ => world.Claim(admin: 1)).ToArray();
        foreach (var claim in claims) world.Log(0, claim.Sealed.Text);
        var other = world.Claim(admin: 2);
        world.Log(0, other.Sealed.Text);
        world.Close();
        Refused(world, claims[2].Sealed.Identity, ClaimRefusal.TooMany);
        Assert.Equal(3, world.Registry.InFlight.Count());
    }

    [Fact]
    public void A_re_coded_copy_is_not_a_claim()
    {
        var world = new ClaimWorld();
        var text = Encoding.ASCII.GetString(world.Claim().Sealed.Text);
        foreach (var copy in (string[])[text + "\n", text[..^1], text.Replace("\n", "\r\n"), text.Replace("Sealed: ", "Sealed:  "),
            text.Replace("\nSeal-Signature", "=\nSeal-Signature"), " " + text, text.Replace("ID: blind", "ID: Blind")])
            Assert.False(SealedClaim.TryRead(Encoding.ASCII.GetBytes(copy), out _), copy);
    }

    [Fact]
    public void Nothing_in_a_log_disturbs_the_fold()
    {
        var world = new ClaimWorld();
        foreach (var leaf in (byte[][])[[], new byte[9000], "hawser/sealed/1 "u8.ToArray(), "hawser/reveal/1 x\n"u8.ToArray(), "hawser/later/1\n"u8.ToArray()])
            world.Log(0, leaf);
        world.Close();
        Assert.Empty(world.Registry.Happened);
    }

    [Fact]
    public void The_same_heights_give_the_same_bytes_at_everyone()
    {
        var world = new ClaimWorld(revealWindow: 4);
        var claims = new List<Claiming>();
        var results = new List<FoldResult>();
        for (var height = 0; height < 30; height++)
        {
            for (var i = world.Random.Next(4); i > 0; i--)
            {
                claims.Add(world.Claim(world.Random.Next(4)));
                for (var copies = 1 + world.Random.Next(2); copies > 0; copies--)
                    world.Log(world.Random.Next(4), claims[^1].Sealed.Text);
            }

            foreach (var claim in claims.TakeLast(12))
                if (world.Random.Chance(0.3)) world.Log(world.Random.Next(4), claim.Reveal(world).Write());
            results.Add(world.Close(skip: world.Random.Next(2)));
        }

        var again = new Registry(world.Genesis);
        Assert.Equal(results, world.Heights.Select(again.Fold));
        Assert.Equal(world.Registry.State.All.Select(t => t.Hash), again.State.All.Select(t => t.Hash));
        Assert.InRange(again.State.All.Count(t => t.Status == TitleStatus.Final), 5, 60);
    }
}
