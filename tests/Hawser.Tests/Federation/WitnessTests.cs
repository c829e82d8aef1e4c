using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Federation;

/// <summary>What an admin sees of another that breaks the rules, kind by kind; and what looks like it and is not.</summary>
public class WitnessTests
{
    private readonly Founders _founders = new(4);
    private readonly SimRandom _random = new(5);
    private readonly Witness _witness;

    public WitnessTests() => _witness = new(_founders.Genesis.Hash);

    private Genesis Genesis => _founders.Genesis;

    private Member Liar => Genesis.Founders[1];

    private RoutingTick Tick => Genesis.FirstTick.TryNext(out var tick) ? tick : throw new InvalidOperationException();

    private AgreementMessage Head(uint height, LogHead head) => AgreementMessage.MakeHead(Genesis.Hash, height, Liar.Id, _founders.Keys[1], Tick, head);

    private void Found(FraudKind kind)
    {
        Assert.True(_witness.TryTake(out var proof));
        Assert.Equal((kind, Liar.Id), (proof.Kind, proof.Admin));
        Assert.True(FraudProof.TryRead(proof.Write(), out var read));
        Assert.Null(read.Verify(Genesis.Hash, Epochs.Of(Genesis)));
        Assert.True(LogEntry.KindOf(proof.Write()) is LogEntryKind.Evidence);
        Assert.False(_witness.TryTake(out _));
    }

    [Fact]
    public void Two_roots_of_one_size_at_different_heights()
    {
        _witness.TakeHead(Head(3, new(7, Sha256.Hash("a"u8))));
        _witness.TakeHead(Head(4, new(8, Sha256.Hash("c"u8))));
        Assert.False(_witness.TryTake(out _));
        _witness.TakeHead(Head(9, new(7, Sha256.Hash("b"u8))));
        Found(FraudKind.Equivocation);
    }

    [Fact]
    public void Two_branches_of_different_sizes_that_part()
    {
        var replicas = new Replicas(Genesis);
        byte[][] one = ["x"u8.ToArray(), "a"u8.ToArray()], other = ["x"u8.ToArray(), "b"u8.ToArray(), "c"u8.ToArray()];
        var (first, second) = (Head(1, HeadOf(one)), Head(1, HeadOf(other)));
        Assert.True(replicas.Add(Liar.Id, first.Head, one));
        Assert.True(replicas.Add(Liar.Id, second.Head, other));
        _witness.TakeBranches(first, second, replicas);
        Found(FraudKind.Fork);
    }

    [Fact]
    public void A_log_that_grew_between_two_heads_is_no_fork()
    {
        var replicas = new Replicas(Genesis);
        byte[][] one = ["x"u8.ToArray()], other = ["x"u8.ToArray(), "b"u8.ToArray()];
        var (first, second) = (Head(1, HeadOf(one)), Head(1, HeadOf(other)));
        Assert.True(replicas.Add(Liar.Id, first.Head, one) && replicas.Add(Liar.Id, second.Head, other));
        _witness.TakeBranches(first, second, replicas);
        _witness.TakeHead(first);
        _witness.TakeHead(second);
        _witness.TakeTwo(first, second);
        Assert.False(_witness.TryTake(out _));
    }

    [Fact]
    public void One_ticket_number_in_two_claims()
    {
        var number = RoutingId.Random(Tick, _random);
        _witness.TakeClaims(new(1, Tick, [new(Genesis.Founders[0].Id, 0, [Claim(number), Claim(RoutingId.Random(Tick, _random))])]), Genesis.Founders);
        Assert.False(_witness.TryTake(out _));
        _witness.TakeClaims(new(2, Tick, [new(Genesis.Founders[2].Id, 0, [Claim(number)])]), Genesis.Founders);
        Found(FraudKind.DoubleTicket);
    }

    [Fact]
    public void One_claim_in_several_logs_is_no_double_ticket()
    {
        var claim = Claim(RoutingId.Random(Tick, _random));
        for (uint height = 1; height < 4; height++)
            _witness.TakeClaims(new(height, Tick, [new(Genesis.Founders[0].Id, 0, [claim]), new(Genesis.Founders[2].Id, 0, [claim])]), Genesis.Founders);
        Assert.False(_witness.TryTake(out _));
    }

    [Fact]
    public void Tickets_of_an_honest_admin_never_have_one_number_twice()
    {
        var numbers = new TicketNumbers(Tick, _random);
        HashSet<RoutingId> seen = [];
        for (var i = 0; i < 100_000; i++) Assert.True(seen.Add(numbers.Next()));
        Assert.All(seen.Take(10), number => Assert.Equal(Tick, number.Timestamp));
    }

    [Fact]
    public void One_proof_of_each_admin_is_enough()
    {
        for (uint height = 3; height < 6; height++)
        {
            AgreementMessage Vote(string what) => AgreementMessage.MakeVote(Genesis.Hash, MessageKind.Prevote, height, Liar.Id, _founders.Keys[1], 0,
                Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(what).AsSpan()));
            _witness.TakeTwo(Vote("a"), Vote("b"));
        }

        Found(FraudKind.Equivocation);
    }

    private static LogHead HeadOf(byte[][] leaves)
    {
        var tree = new Hawser.Tlog.MerkleTree();
        foreach (var leaf in leaves) tree.Append(Hawser.Tlog.Merkle.LeafHash(leaf));
        return new((ulong)tree.Size, tree.Root);
    }

    private byte[] Claim(RoutingId number)
    {
        var (seal, key) = (new SealKey(_random.Seed32()), SigningKey.Generate(_random));
        var ticket = ClaimTicket.Issue(Genesis.Hash, Liar.Id, _founders.Keys[1], number, ClaimTicket.SealHash(seal.Public));
        var deed = Deed.Sign(new()
        {
            Genesis = Genesis.Hash, Timestamp = number.Timestamp, Keyword = "pi", OwnerName = "Anonymous", ContactInfo = "n/a", Notes = "n/a",
            TicketIssuer = ticket.Issuer, TicketNumber = ticket.Number, ClaimKey = key.Public, ChannelKey = DhKeyPair.Generate(_random).Public,
            Hubs = [Liar.Id], At = [],
        }, key);
        return SealedClaim.Seal(deed, ticket, seal, key, true).Text;
    }
}
