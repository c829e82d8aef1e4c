using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Hawser.Tlog;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Federation;

public class FraudProofTests
{
    private readonly Founders _founders = new(4);
    private readonly SimRandom _random = new(11);

    private Genesis Genesis => _founders.Genesis;

    private RoutingTick Tick => Genesis.FirstTick.TryNext(out var tick) ? tick : throw new InvalidOperationException();

    private AgreementMessage Head(uint height, LogHead head) =>
        AgreementMessage.MakeHead(Genesis.Hash, height, Genesis.Founders[1].Id, _founders.Keys[1], Tick, head);

    private AgreementMessage Vote(MessageKind kind, uint round, in Bytes32 id) =>
        AgreementMessage.MakeVote(Genesis.Hash, kind, 3, Genesis.Founders[1].Id, _founders.Keys[1], round, id);

    private string? Judge(FraudProof proof)
    {
        Assert.True(FraudProof.TryRead(proof.Write(), out var read));
        return read.Verify(Genesis.Hash, Epochs.Of(Genesis));
    }

    private static MerkleTree TreeOf(params byte[][] leaves)
    {
        var tree = new MerkleTree();
        foreach (var leaf in leaves) tree.Append(Merkle.LeafHash(leaf));
        return tree;
    }

    private Receipt Promise(ulong index, uint height, byte[] leaf) =>
        Receipt.Sign(Genesis.Hash, Genesis.Founders[1].Id, _founders.Keys[1], index, height, leaf);

    [Theory, InlineData(MessageKind.Prevote), InlineData(MessageKind.Precommit)]
    internal void Two_votes_of_one_round_convict(MessageKind kind)
    {
        var (a, b) = (Vote(kind, 0, Sha256.Hash("a"u8)), Vote(kind, 0, default));
        Assert.Null(Judge(FraudProof.OfMessages(Genesis.Hash, a, b)!));
        Assert.Null(FraudProof.OfMessages(Genesis.Hash, a, a));
        Assert.Null(FraudProof.OfMessages(Genesis.Hash, a, Vote(kind, 1, default)));
    }

    [Fact]
    public void Two_roots_of_one_size_convict_and_a_log_that_grew_does_not()
    {
        var (one, other) = (Sha256.Hash("a"u8), Sha256.Hash("b"u8));
        Assert.Null(Judge(FraudProof.OfMessages(Genesis.Hash, Head(3, new(5, one)), Head(4, new(5, other)))!));
        Assert.Null(FraudProof.OfMessages(Genesis.Hash, Head(3, new(5, one)), Head(3, new(6, other)))); // signed, lost power, signed a longer one
    }

    [Fact]
    public void A_promised_leaf_that_another_stands_for_convicts()
    {
        byte[][] leaves = ["a"u8.ToArray(), "b"u8.ToArray(), "c"u8.ToArray()];
        var tree = TreeOf(leaves);
        var head = Head(4, new(3, tree.Root));
        var path = tree.ProveInclusion(1, 3);
        Bytes32[] found = [Merkle.LeafHash("b"u8), .. path];
        Assert.Null(Judge(FraudProof.OfReceipt(Promise(1, 4, "x"u8.ToArray()), head, "x"u8, found)));
        Assert.Equal("the log holds what was promised", Judge(FraudProof.OfReceipt(Promise(1, 4, leaves[1]), head, leaves[1], found)));
        Assert.Equal("the path does not lead to the head's root", Judge(FraudProof.OfReceipt(Promise(2, 4, "x"u8.ToArray()), head, "x"u8, found)));
    }

    [Fact]
    public void A_log_that_ends_before_the_promise_convicts_from_the_promised_height_on()
    {
        var tree = TreeOf("a"u8.ToArray());
        var receipt = Promise(1, 4, "x"u8.ToArray());
        Assert.Null(Judge(FraudProof.OfReceipt(receipt, Head(4, new(1, tree.Root)), default, default)));
        Assert.NotNull(Judge(FraudProof.OfReceipt(receipt, Head(3, new(1, tree.Root)), default, default))); // a head that a hostile proposer left out, or an earlier one
        Assert.NotNull(Judge(FraudProof.OfReceipt(receipt, Head(4, new(2, tree.Root)), default, default)));
    }

    [Fact]
    public void A_vote_for_what_nobody_may_vote_for_convicts()
    {
        var heads = Enumerable.Range(0, 4).Select(i => AgreementMessage.MakeHead(
            Genesis.Hash, 3, Genesis.Founders[i].Id, _founders.Keys[i], Tick, LogHead.Empty)).ToArray();
        var good = AgreedValue.Of(Genesis.Hash, 3, Genesis.Hash, heads, [.. heads.Select(h => h.Head)]);
        var few = AgreedValue.Of(Genesis.Hash, 3, Genesis.Hash, heads[..2], [.. heads.Select(h => h.Head)]);
        var wrong = AgreedValue.Of(Genesis.Hash, 3, Genesis.Hash, heads, [new(1, Genesis.Hash), .. heads.Skip(1).Select(h => h.Head)]);
        Assert.Null(Judge(FraudProof.OfVote(Genesis.Hash, Vote(MessageKind.Precommit, 0, few.Id), few.Bytes)));
        Assert.Null(Judge(FraudProof.OfVote(Genesis.Hash, Vote(MessageKind.Prevote, 0, wrong.Id), wrong.Bytes)));
        Assert.Equal("the value could be voted for", Judge(FraudProof.OfVote(Genesis.Hash, Vote(MessageKind.Prevote, 0, good.Id), good.Bytes)));
        Assert.Equal("the vote is for another value", Judge(FraudProof.OfVote(Genesis.Hash, Vote(MessageKind.Prevote, 0, good.Id), few.Bytes)));
    }

    [Fact]
    public void One_ticket_number_for_two_seals_convicts()
    {
        var number = RoutingId.Random(Tick, _random);
        var (a, b) = (Sha256.Hash("a"u8), Sha256.Hash("b"u8));
        ClaimTicket For(RoutingId n, in Bytes32 seal) => ClaimTicket.Issue(Genesis.Hash, Genesis.Founders[1].Id, _founders.Keys[1], n, seal);
        Assert.Null(Judge(FraudProof.OfTickets(Genesis.Hash, For(number, a), a, For(number, b), b)));
        Assert.NotNull(Judge(FraudProof.OfTickets(Genesis.Hash, For(number, a), a, For(number, a), a)));
        Assert.NotNull(Judge(FraudProof.OfTickets(Genesis.Hash, For(number, a), a, For(RoutingId.Random(Tick, _random), b), b)));
    }

    [Fact]
    public void A_proof_of_which_any_byte_was_changed_convicts_nobody()
    {
        var text = FraudProof.OfMessages(Genesis.Hash, Vote(MessageKind.Prevote, 0, default), Vote(MessageKind.Prevote, 0, Genesis.Hash))!.Write();
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text.ToArray();
            changed[i] ^= 1;
            Assert.False(FraudProof.TryRead(changed, out var proof) && proof.Verify(Genesis.Hash, Epochs.Of(Genesis)) is null, $"byte {i}");
        }
    }

    [Fact]
    public void A_stranger_and_another_federation_are_convicted_by_none()
    {
        var proof = FraudProof.OfMessages(Genesis.Hash, Vote(MessageKind.Prevote, 0, default), Vote(MessageKind.Prevote, 0, Genesis.Hash))!;
        Assert.NotNull(proof.Verify(Sha256.Hash("other"u8), Epochs.Of(Genesis)));
        Assert.NotNull(proof.Verify(Genesis.Hash, Epochs.Of(new Founders(4, seed: 2).Genesis)));
    }
}
