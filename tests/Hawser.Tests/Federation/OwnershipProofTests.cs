using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Federation;

public class OwnershipProofTests
{
    private static ClaimWorld Settled(int claimsPerTick, int ticks, int admins = 4)
    {
        var world = new ClaimWorld(admins, claimWindow: 1, revealWindow: 1);
        var last = new List<Claiming>();
        for (var tick = 0; tick < ticks; tick++)
        {
            foreach (var claim in last) world.Log(0, claim.Reveal(world).Write());
            last = [.. Enumerable.Range(0, tick % 3 == 1 ? 0 : claimsPerTick).Select(_ => world.Claim())];
            foreach (var claim in last) world.Log(0, claim.Sealed.Text);
            world.Close();
        }

        return world;
    }

    private static RoutingId Neighbour(RoutingId id, int off)
    {
        var digits = id.ToArray();
        digits[^1] = (byte)Base36.Digits[(Base36.ValueOf((char)digits[^1]) + 36 + off) % 36];
        return RoutingId.TryRead(digits, out var other) ? other : throw new FormatException();
    }

    private static string? Verify(ClaimWorld world, OwnershipProof proof, RoutingId id) =>
        proof.Verify(world.Genesis.Hash, world.Members, id, out _);

    [Fact]
    public void Every_title_proves_and_reads_back()
    {
        var world = Settled(3, 12);
        foreach (var title in world.Registry.State.All)
        {
            var bytes = world.Proof(title.Id).Write();
            Assert.True(OwnershipProof.TryRead(bytes, out var proof));
            Assert.Equal(bytes, proof.Write());
            Assert.Null(Verify(world, proof, title.Id));
            Assert.Equal(title.Hash, proof.Title!.Hash);
            Assert.NotNull(Verify(world, proof, Neighbour(title.Id, 1)));
        }
    }

    [Fact]
    public void Absence_proves_beside_every_title_and_never_for_one()
    {
        var world = Settled(3, 12);
        var held = world.Registry.State.All.Select(t => t.Id).ToHashSet();
        foreach (var id in held)
        {
            foreach (var absent in (RoutingId[])[Neighbour(id, 1), Neighbour(id, -1)])
            {
                if (held.Contains(absent)) continue;
                Assert.True(OwnershipProof.TryRead(world.Proof(absent).Write(), out var proof));
                Assert.Null(proof.Title);
                Assert.Null(Verify(world, proof, absent));
                foreach (var other in held) Assert.NotNull(Verify(world, proof, other));
            }
        }
    }

    [Fact]
    public void Absence_proves_for_timestamps_without_an_id()
    {
        var world = Settled(2, 12);
        var held = world.Registry.State.All.Select(t => t.Id).ToArray();
        for (var number = world.Genesis.FirstTick.Number - 3; number < world.Registry.Tick.Number + 3; number++)
        {
            Assert.True(RoutingTick.TryFromNumber(number, out var tick));
            var id = RoutingId.Random(tick, world.Random);
            Assert.True(OwnershipProof.TryRead(world.Proof(id).Write(), out var proof));
            Assert.Null(proof.Title);
            Assert.Null(Verify(world, proof, id));
            foreach (var other in held) Assert.NotNull(Verify(world, proof, other));
        }

        var empty = new ClaimWorld();
        empty.Close();
        Assert.Null(Verify(empty, empty.Proof(held[0]), held[0]));
    }

    [Fact]
    public void No_flipped_bit_survives()
    {
        var world = Settled(3, 8);
        var id = world.Registry.State.All.First().Id;
        foreach (var asked in (RoutingId[])[id, Neighbour(id, 1)])
        {
            var bytes = world.Proof(asked).Write();
            for (var at = 0; at < bytes.Length; at++)
            {
                var altered = bytes.ToArray();
                altered[at] ^= 1;
                Assert.False(OwnershipProof.TryRead(altered, out var proof) && Verify(world, proof, asked) is null, $"byte {at}");
            }

            Assert.False(OwnershipProof.TryRead([.. bytes, 0], out _));
            Assert.False(OwnershipProof.TryRead(bytes.AsSpan(..^1), out _));
        }
    }

    [Fact]
    public void Fewer_than_a_quorum_prove_nothing()
    {
        var world = Settled(1, 6);
        var id = world.Registry.State.All.First().Id;
        var proof = world.Proof(id);
        var fewer = proof with { Signers = [3], Signatures = [.. proof.Signatures.Take(2)] };
        Assert.Equal("2 admins signed, where 3 must", Verify(world, fewer, id));
        var twice = proof with { Signatures = [proof.Signatures[0], proof.Signatures[0], proof.Signatures[2]] };
        Assert.NotNull(Verify(world, twice, id));
    }

    [Fact]
    public void A_proof_of_another_federation_is_none()
    {
        var world = Settled(1, 6);
        var id = world.Registry.State.All.First().Id;
        Assert.Contains("another federation", world.Proof(id).Verify(new ClaimWorld(seed: 9).Genesis.Hash, world.Members, id, out _));
    }

    [Theory, InlineData(4, 1_250), InlineData(7, 1_400), InlineData(22, 2_048)]
    public void A_proof_is_small(int admins, int most)
    {
        var world = Settled(1, 4, admins);
        var title = world.Registry.State.All.First();
        // As in a registry of a million IDs: the paths together have twenty steps.
        var small = world.Proof(title.Id);
        var held = (StatePath.Held)small.Path;
        var steps = held.Path.Path.Length + held.Top.Path.Path.Length;
        Assert.InRange(small.Write().Length + (20 - steps) * Bytes32.Size, 1_000, most);
    }

    [Fact]
    public void The_pin_never_goes_back()
    {
        var world = Settled(1, 6);
        var id = world.Registry.State.All.First().Id;
        var old = world.Proof(id).Write();
        world.Close();
        var pin = new FederationPin(world.Genesis, null);
        var now = new Moment(new(0), world.Genesis.Clock.StartOf(world.Registry.Tick));
        Assert.Null(pin.Check(now, id, old, out var result));
        Assert.True(result!.IsHeld);
        Assert.Null(pin.Check(now, id, world.Proof(id).Write(), out result));
        Assert.False(result!.Stale);
        Assert.Equal(world.Registry.Height, pin.Newest!.Value.Height);
        Assert.Contains("has been seen already", pin.Check(now, id, old, out _));
        Assert.True(pin.Check(now with { Utc = now.Utc.AddMinutes(1) }, id, world.Proof(id).Write(), out result) is null && result!.Stale);
    }

    [Fact]
    public void A_lookup_takes_the_newest_of_f_plus_one_and_stores_it_first()
    {
        var world = Settled(1, 6);
        var id = world.Registry.State.All.First().Id;
        var old = world.Proof(id).Write();
        world.Close();
        var newest = world.Proof(id).Write();
        var now = new Moment(new(0), world.Genesis.Clock.StartOf(world.Registry.Tick));
        foreach (var answers in (byte[][][])[[old, newest], [newest, old], [[], old, newest], [new byte[7], newest, newest]])
        {
            var lookup = new Lookup(new(world.Genesis, null), id, first: 2);
            var given = 0;
            LookupResult? found = null;
            var stored = false;
            while (lookup.TryTake(out var happened))
            {
                if (happened is LookupEvent.Fetch fetch) lookup.Answer(now, fetch.Number, answers[given++]);
                if (happened is LookupEvent.Store store) { stored = true; lookup.Done(now, store.Number); }
                if (happened is LookupEvent.Found end) found = end.Result;
            }

            Assert.True(stored);
            Assert.Equal(world.Registry.Height, found!.Header.Height);
            Assert.Equal(answers.Length, given);
        }
    }

    [Fact]
    public void A_lookup_that_gets_nothing_says_why()
    {
        var world = Settled(1, 6);
        var lookup = new Lookup(new(world.Genesis, null), world.Registry.State.All.First().Id, first: 0);
        var why = "";
        while (lookup.TryTake(out var happened))
        {
            if (happened is LookupEvent.Fetch fetch) lookup.Answer(default, fetch.Number, []);
            if (happened is LookupEvent.Failed failed) why = failed.Why;
        }

        Assert.Equal("no hub answered", why);
    }
}
