using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Tests.Federation;
using Hawser.Tests.Sim;
using Hawser.Tlog;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary><c>id verify</c> on a proof against an admin, of each kind: it convicts, and changed by a byte it does not.</summary>
public sealed class FraudVerifyTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private readonly Founders _founders = new(4);

    private Genesis Genesis => _founders.Genesis;

    private RoutingId Accused => Genesis.Founders[1].Id;

    public void Dispose() => _patience.Dispose();

    public static TheoryData<string> Kinds() => [.. Enum.GetNames<FraudKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public async Task It_names_the_accused_and_believes_no_changed_proof(string kind)
    {
        using var folder = new TempHome();
        folder.Home.Create();
        await using var host = await NodeHost.StartAsync(new() { Home = folder.Home, Online = false }, _patience.Token);
        var proof = Make(Enum.Parse<FraudKind>(kind));
        Assert.Equal(kind, $"{proof.Kind}");
        var text = Encoding.ASCII.GetString(proof.Write());
        Assert.Equal(7, await ExitCodeAsync(folder.Home, text)); // of a federation that is not pinned here
        await folder.Home.AskAsync<TextsArgs, FederationReport>("federation pin", new([Genesis.ToString()]), _patience.Token);

        var said = Assert.Single(await folder.Home.AskAsync<IdVerifyArgs, ProofReport>("id verify", new(null, text), _patience.Token));
        Assert.Equal((Accused.ToString(), $"convicted of {proof.KindText}: Admin 1"), (said.Id, said.Finality));
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2)) // a digit of each field
        {
            var at = text.IndexOf(line, StringComparison.Ordinal) + line.Length - (line.StartsWith("Admin", StringComparison.Ordinal) ? 1 : line.Length / 3);
            var changed = $"{text[..at]}{(text[at] is '2' ? '3' : '2')}{text[(at + 1)..]}";
            Assert.True(await ExitCodeAsync(folder.Home, changed) is 2 or 7, line[..5]); // what cannot be read at all is no proof
        }

        Assert.Equal(7, await ExitCodeAsync(folder.Home, text.Replace(Accused.ToString(), Genesis.Founders[2].Id.ToString(), StringComparison.Ordinal)));
        Assert.Equal(7, await ExitCodeAsync(folder.Home, Forged(proof)));
    }

    private async Task<int> ExitCodeAsync(Home home, string proof) => Reasons.ExitCodeOf((await Assert.ThrowsAsync<HawserException>(
        () => home.AskAsync<IdVerifyArgs, ProofReport>("id verify", new(null, proof), _patience.Token))).Reason);

    // As it would be written, but for the last byte of what was signed second.
    private static string Forged(FraudProof proof)
    {
        var second = proof.Second.ToArray();
        var at = proof.Kind is FraudKind.DoubleTicket ? 2 * RoutingId.Size + 1 : second.Length - 1;
        second[at] ^= 1;
        return Encoding.ASCII.GetString((proof with { Second = second }).Write());
    }

    private FraudProof Make(FraudKind kind)
    {
        if (!Genesis.FirstTick.TryNext(out var tick)) throw new InvalidOperationException();
        AgreementMessage Head(int admin, uint height, LogHead head) =>
            AgreementMessage.MakeHead(Genesis.Hash, height, Genesis.Founders[admin].Id, _founders.Keys[admin], tick, head);
        AgreementMessage Vote(in Bytes32 id) =>
            AgreementMessage.MakeVote(Genesis.Hash, MessageKind.Prevote, 3, Accused, _founders.Keys[1], 0, id);
        MerkleTree TreeOf(params string[] leaves)
        {
            var tree = new MerkleTree();
            foreach (var leaf in leaves) tree.Append(Merkle.LeafHash(Encoding.ASCII.GetBytes(leaf)));
            return tree;
        }

        var (one, other) = (TreeOf("a", "b"), TreeOf("a", "c", "d"));
        switch (kind)
        {
            case FraudKind.Equivocation:
                return FraudProof.OfMessages(Genesis.Hash, Vote(default), Vote(Genesis.Hash))!;
            case FraudKind.BrokenReceipt:
                var receipt = Receipt.Sign(Genesis.Hash, Accused, _founders.Keys[1], 1, 4, "x"u8);
                return FraudProof.OfReceipt(receipt, Head(1, 4, new(2, one.Root)), "x"u8, [Merkle.LeafHash("b"u8), .. one.ProveInclusion(1, 2)]);
            case FraudKind.InvalidVote:
                var heads = Enumerable.Range(0, 2).Select(i => Head(i, 3, LogHead.Empty)); // too few
                var value = AgreedValue.Of(Genesis.Hash, 3, Genesis.Hash, heads, [.. Enumerable.Repeat(LogHead.Empty, 4)]);
                return FraudProof.OfVote(Genesis.Hash, Vote(value.Id), value.Bytes);
            case FraudKind.DoubleTicket:
                var number = RoutingId.Random(tick, new SimRandom(5));
                var (a, b) = (Sha256.Hash("a"u8), Sha256.Hash("b"u8));
                return FraudProof.OfTickets(Genesis.Hash, ClaimTicket.Issue(Genesis.Hash, Accused, _founders.Keys[1], number, a), a,
                    ClaimTicket.Issue(Genesis.Hash, Accused, _founders.Keys[1], number, b), b);
            case FraudKind.Fork:
                return FraudProof.OfFork(Genesis.Hash, Head(1, 3, new(2, one.Root)), [Merkle.LeafHash("b"u8), .. one.ProveInclusion(1, 2)],
                    Head(1, 4, new(3, other.Root)), [Merkle.LeafHash("c"u8), .. other.ProveInclusion(1, 3)], 1);
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }
}
