using Hawser.Federation;
using Xunit;

namespace Hawser.Tests.Federation;

public class AgreementTests
{
    private static readonly int Scale = Environment.GetEnvironmentVariable("HAWSER_LONG") == "1" ? 20 : 1;

    [Fact]
    public void One_admin_agrees_with_itself() => Assert.Equal("ok", new AgreementSim(1, 1, 0).Run(5));

    [Fact]
    public void Without_the_locks_admins_split_and_the_simulation_sees_it()
    {
        var outcomes = Enumerable.Range(1, 60).Select(seed =>
            new AgreementSim((ulong)seed, 4, 1, AgreementRules.None).Run(5));
        Assert.Contains(outcomes, o => o.StartsWith("split", StringComparison.Ordinal));
    }

    [Fact]
    public void Admins_that_forget_their_votes_are_caught_voting_twice()
    {
        var doubles = Enumerable.Range(1, 30).Select(seed =>
        {
            var sim = new AgreementSim((ulong)seed, 4, 0, forgets: true);
            sim.Run(4);
            return sim.HonestDoubles;
        });
        Assert.Contains(doubles, d => d > 0);
    }

    [Fact]
    public void A_hostile_admin_is_convicted_by_what_it_sent_and_no_honest_one_ever_is()
    {
        var convictions = 0;
        for (var seed = 100UL; seed < 110; seed++)
        {
            var sim = new AgreementSim(seed, 4, 1);
            sim.Run(3);
            foreach (var proof in sim.Convictions)
            {
                Assert.True(FraudProof.TryRead(proof.Write(), out var read));
                Assert.Null(read.Verify(sim.Genesis.Hash, sim.Epochs));
                Assert.True(sim.IsHostile(read.Admin));
                convictions++;
            }
        }

        Assert.True(convictions > 0);
    }

    [Fact]
    public void Members_come_and_go_and_change_their_keys_while_one_is_hostile()
    {
        for (var seed = 1; seed <= 6 * Scale; seed++)
        {
            var sim = new AgreementSim((ulong)seed, 4, 1, changes: true, convicts: seed % 2 == 0, crashes: 20);
            Assert.Equal((seed, "ok"), (seed, sim.Run(12)));
            Assert.Equal((seed, 0), (seed, sim.HonestDoubles));
            Assert.Equal((seed, sim.Wanted), (seed, sim.Changed));
            Assert.All(sim.Convictions, proof => Assert.True(sim.IsHostile(proof.Admin)));
        }
    }

    [Fact]
    public void Honest_runs_give_no_witness_anything_to_find()
    {
        for (var seed = 1; seed <= 3 * Scale; seed++)
        {
            var sim = new AgreementSim((ulong)seed, 4, 0, changes: true, convicts: true);
            Assert.Equal((seed, "ok"), (seed, sim.Run(12)));
            Assert.Empty(sim.Convictions);
        }
    }

    [Fact]
    public void With_hashes_for_signatures_a_run_goes_as_with_signatures()
    {
        for (var seed = 1UL; seed <= 3; seed++)
        {
            var (real, standIn) = (new AgreementSim(seed, 4, 1), new AgreementSim(seed, 4, 1, standIn: true));
            Assert.Equal((real.Run(4), "ok"), (standIn.Run(4), "ok"));
        }
    }
}
