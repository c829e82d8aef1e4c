using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>Agreement on the keys of the next meeting: chain.md §5.5.</summary>
public class KeyScheduleTests
{
    private static readonly LedgerKeyPair Ann = Pair("ann"), Bob = Pair("bob");
    private static readonly Bytes32 Exporter = Sha256.Hash("exporter"u8);

    [Fact]
    public void Both_end_with_one_generation_and_the_same_secret()
    {
        var (ann, bob) = Exchange(Cards(Ann, Bob), Cards(Bob, Ann), 4);
        var (ours, theirs) = (Assert.Single(ann), Assert.Single(bob));
        Assert.Equal((1u, ours.Own.Public, ours.Peer, ours.Psk), (theirs.Number, theirs.Peer, theirs.Own.Public, theirs.Psk));
        Assert.NotEqual(Ann.Public, ours.Own.Public);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Wherever_a_crash_falls_each_reads_what_the_other_writes_and_the_next_exchange_heals_it(int steps)
    {
        foreach (var swapped in (bool[])[false, true])
        {
            var (ann, bob) = Exchange(Cards(Ann, Bob), Cards(Bob, Ann), steps);
            AssertReadable(ann, bob);
            AssertReadable(bob, ann);
            Assert.InRange(Math.Max(ann.Length, bob.Length), 1, 2);
            // Another crash at every place of the next exchange, by either side.
            for (var more = 0; more <= 4; more++)
            {
                var (a, b) = swapped ? Exchange(bob, ann, more) : Exchange(ann, bob, more);
                AssertReadable(a, b);
                AssertReadable(b, a);
                var (x, y) = Exchange(b, a, 4);
                Assert.Equal(Assert.Single(x).Number, Assert.Single(y).Number);
                AssertReadable(x, y);
                AssertReadable(y, x);
            }
        }
    }

    [Fact]
    public void Who_is_further_says_so_and_the_other_comes_after()
    {
        KeyGeneration[] ahead = [new(7, Bob, Ann.Public, default, true)];
        var offer = KeySchedule.Offer(Cards(Ann, Bob), Pair("fresh"));
        Assert.Null(KeySchedule.Offered(ahead, offer, Pair("fresh too"), Exporter));
        Assert.Equal(8u, KeySchedule.Offer(Cards(Ann, Bob), Pair("fresh"), above: 7).Next);
    }

    [Fact]
    public void Another_session_gives_another_secret() =>
        Assert.NotEqual(KeySchedule.PskOf(Exporter, Ann.Public, Bob.Public), KeySchedule.PskOf(Sha256.Hash("other"u8), Ann.Public, Bob.Public));

    // What the writer writes with, the reader holds.
    private static void AssertReadable(KeyGeneration[] writer, KeyGeneration[] reader)
    {
        var writing = writer.Last(g => g.IsConfirmed);
        Assert.Contains(reader, g => g.Number == writing.Number && g.Own.Public == writing.Peer && g.Peer == writing.Own.Public && g.Psk == writing.Psk);
    }

    // Offer, answer, confirm, done: as many as get through.
    private static (KeyGeneration[] Inviter, KeyGeneration[] Invitee) Exchange(KeyGeneration[] inviter, KeyGeneration[] invitee, int steps)
    {
        var (fresh, freshToo) = (Pair($"i{KeySchedule.Highest(inviter)}{steps}"), Pair($"h{KeySchedule.Highest(invitee)}{steps}"));
        var offer = KeySchedule.Offer(inviter, fresh);
        if (steps < 1) return (inviter, invitee);
        if (KeySchedule.Offered(invitee, offer, freshToo, Exporter) is not { } offered)
        {
            offer = KeySchedule.Offer(inviter, fresh, KeySchedule.Highest(invitee));
            offered = KeySchedule.Offered(invitee, offer, freshToo, Exporter)!;
        }

        invitee = offered;
        if (steps < 2) return (inviter, invitee);
        inviter = KeySchedule.Answered(inviter, offer, new(KeyUpdateStep.Answer, 0, offer.Next, freshToo.Public), fresh, Exporter)!;
        if (steps < 3) return (inviter, invitee);
        invitee = KeySchedule.Settled(invitee, offer.Next);
        return steps < 4 ? (inviter, invitee) : (KeySchedule.Settled(inviter, offer.Next), invitee);
    }

    private static KeyGeneration[] Cards(LedgerKeyPair own, LedgerKeyPair peer) => [new(0, own, peer.Public, default, true)];

    private static LedgerKeyPair Pair(string seed) => new(Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(seed)));
}
