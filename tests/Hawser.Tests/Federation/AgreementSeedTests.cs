using Xunit;

namespace Hawser.Tests.Federation;

/// <summary>
/// Many federations, each from a seed: hostile admins equivocate, withhold, delay, replay; honest ones crash and come
/// back; clocks are off by up to 12 h. Two hundred with real keys, and ten thousand with hashes for them: <c>--long</c>; of
/// each kind at most HAWSER_SEEDS, where that is set.
/// </summary>
public class AgreementSeedTests
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("HAWSER_LONG") == "1";

    [Fact]
    public void Four_admins_of_whom_one_is_hostile_agree() => RunSeeds(1, IsLong ? 2_000 : 188, 4, 1, 4);

    [Fact]
    public void Seven_admins_of_whom_two_are_hostile_agree() => RunSeeds(1, IsLong ? 200 : 12, 7, 2, 3);

    [Fact]
    public void Ten_thousand_federations_agree()
    {
        RunSeeds(10_001, IsLong ? 9_000 : 20, 4, 1, 4, standIn: true);
        RunSeeds(20_001, IsLong ? 1_000 : 2, 7, 2, 3, standIn: true);
    }

    private static void RunSeeds(ulong first, int count, int admins, int faulty, uint heights, bool standIn = false)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("HAWSER_SEEDS"), out var most)) count = Math.Min(count, most);
        var wrong = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Parallel.For(0L, count, (at, all) =>
        {
            var seed = first + (ulong)at;
            var sim = new AgreementSim(seed, admins, faulty, standIn: standIn);
            var outcome = sim.Run(heights);
            if (outcome == "ok" && sim.HonestDoubles == 0) return;
            wrong.Enqueue($"seed {seed}: {outcome}, {sim.HonestDoubles} honest admins said two things");
            all.Stop();
        });
        Assert.Empty(wrong);
    }
}
