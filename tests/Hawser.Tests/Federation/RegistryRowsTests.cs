using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Federation;

/// <summary>The registry as rows of a store: whoever reads them back goes on as if it had folded every leaf. Spec: federation.md §4.8.</summary>
public class RegistryRowsTests
{
    [Theory, InlineData(3), InlineData(4)]
    public void A_registry_that_was_read_back_at_any_height_goes_on_to_the_same_bytes(ulong seed)
    {
        var world = Lived(seed);
        var epochs = Epochs.Of(world.Genesis);
        var noted = new Registry(world.Genesis);
        noted.NoteChanges(stored: false);
        var shelf = new Shelf();
        for (var height = 0; height < world.Heights.Count; height++)
        {
            noted.Fold(world.Heights[height]);
            shelf.Take(noted.TakeChanges()!);
            var back = Registry.Restore(world.Genesis, shelf.Rows, world.Certificate(height + 1), epochs);
            Assert.NotNull(back);
            foreach (var next in world.Heights.Skip(height + 1).Take(6)) back.Fold(next);
            var reference = world.Certificate(Math.Min(height + 7, world.Heights.Count));
            Assert.Equal(reference.Header.StateRoot, back.Current.StateRoot);
            Assert.Equal(reference.Rest.Pending, back.Current.PendingHash);
        }

        Assert.Contains(noted.State.All, title => title.Status == TitleStatus.Cancelled);
        Assert.Contains(noted.State.All, title => title.Record > 0);
        foreach (var title in noted.State.All)
        {
            var back = Registry.Restore(world.Genesis, shelf.Rows, world.Certificate(), epochs)!;
            Assert.Equal(noted.TryDeed(title.Id, out var text), back.TryDeed(title.Id, out var kept));
            Assert.Equal(text, kept);
        }
    }

    [Fact]
    public void Rows_of_which_any_was_changed_are_not_believed()
    {
        var world = Lived(5);
        var epochs = Epochs.Of(world.Genesis);
        var noted = new Registry(world.Genesis);
        noted.NoteChanges(stored: false);
        var shelf = new Shelf();
        foreach (var height in world.Heights) noted.Fold(height);
        shelf.Take(noted.TakeChanges()!);
        var good = shelf.Rows;
        Assert.NotNull(Registry.Restore(world.Genesis, good, world.Certificate(), epochs));
        Assert.Null(Registry.Restore(world.Genesis, good, world.Certificate(world.Heights.Count - 1), epochs));
        Assert.Null(Registry.Restore(world.Genesis, good with { Titles = [.. good.Titles.Skip(1)] }, world.Certificate(), epochs));
        Assert.NotEmpty(good.Claims);
        Assert.Null(Registry.Restore(world.Genesis, good with { Claims = [.. good.Claims.Skip(1)] }, world.Certificate(), epochs));
        for (var i = 0; i < good.Titles.Count; i++)
        {
            var (id, title, text) = good.Titles[i];
            Bad(good with { Titles = [.. good.Titles.Take(i), (id, Flip(title, title.Length - 1), text), .. good.Titles.Skip(i + 1)] });
            if (text is not null) Bad(good with { Titles = [.. good.Titles.Take(i), (id, title, Flip(text, text.Length / 2)), .. good.Titles.Skip(i + 1)] });
        }

        for (var i = 0; i < good.Claims.Count; i++)
        {
            var (claim, row) = good.Claims[i];
            for (var at = 0; at < row!.Length; at += 97)
                Bad(good with { Claims = [.. good.Claims.Take(i), (claim, Flip(row, at)), .. good.Claims.Skip(i + 1)] });
        }

        for (var at = 0; at < good.Rest.Length; at++) Bad(good with { Rest = Flip(good.Rest, at) });
        Bad(good with { Rest = good.Rest[..^1] });

        void Bad(RegistryRows rows) => Assert.Null(Registry.Restore(world.Genesis, rows, world.Certificate(), epochs));
    }

    // Claims that are opened, opened late and never; records of each kind; IDs that run out; a conviction and a vote.
    private static ClaimWorld Lived(ulong seed)
    {
        var world = new ClaimWorld(seed: seed, life: 12, renewal: 6, grace: 3, delay: 4);
        List<(Claiming Claim, int Open)> waiting = [];
        List<(Deed Deed, SigningKey Key)> owned = [];
        for (var height = 0; height < 30; height++)
        {
            for (var i = 0; i < 2; i++)
            {
                var claim = world.Claim(i, blind: world.Random.NextDouble() < 0.5);
                world.Log(i, claim.Sealed.Text);
                if (world.Random.NextDouble() < 0.8) waiting.Add((claim, height + 2 + (int)(world.Random.NextDouble() * 3)));
            }

            foreach (var (claim, open) in waiting.Where(one => one.Open == height).ToArray())
            {
                world.Log(2, claim.Reveal(world).Write());
                owned.Add((claim.Deed, claim.ClaimKey));
            }

            foreach (var (deed, key) in owned)
            {
                if (world.Random.NextDouble() > 0.3 || !world.Registry.State.TryFind(deed.Id, out var title) || !title.IsSomebodys) continue;
                var content = DeedRecord.ContentOf(world.Registry.TryDeed(deed.Id, out var text) ? text : [])!;
                var kind = (RecordKind)(int)(world.Random.NextDouble() * 4);
                if (kind is RecordKind.Transfer or RecordKind.Recover) kind = RecordKind.Alter;
                var record = DeedRecord.Sign(world.Genesis.Hash, deed.Id, kind, title.Record + 1, title.DeedHash,
                    kind is RecordKind.Cancel ? null : kind is RecordKind.Alter ? content with { OwnerName = $"at {height}" } : content, key);
                world.Log(3, record.Text);
            }

            if (height == 20) world.Log(0, new MemberVote(world.Genesis.Hash, true, MemberChange.Retire(world.Members[3].Id)).Write());
            if (height == 22)
            {
                var head = AgreementMessage.MakeHead(world.Genesis.Hash, 3, world.Members[1].Id, world.AdminKeys[1], world.Registry.Tick, new(5, Sha256.Hash("a"u8)));
                var other = AgreementMessage.MakeHead(world.Genesis.Hash, 3, world.Members[1].Id, world.AdminKeys[1], world.Registry.Tick, new(5, Sha256.Hash("b"u8)));
                world.Log(0, FraudProof.OfMessages(world.Genesis.Hash, head, other)!.Write());
            }

            world.Close();
        }

        return world;
    }

    private static byte[] Flip(byte[] bytes, int at) => [.. bytes[..at], (byte)(bytes[at] ^ 1), .. bytes[(at + 1)..]];

    /// <summary>As a store keeps them.</summary>
    private sealed class Shelf
    {
        private readonly SortedDictionary<RoutingId, (byte[] Title, byte[]? Text)> _titles = [];
        private readonly SortedDictionary<Bytes32, byte[]?> _claims = [];
        private RegistryRows? _last;

        public RegistryRows Rows => _last! with { Titles = [.. _titles.Select(t => (t.Key, t.Value.Title, t.Value.Text))], Claims = [.. _claims.Select(c => (c.Key, c.Value))] };

        public void Take(RegistryRows rows)
        {
            _last = rows;
            foreach (var (id, title, text) in rows.Titles) _titles[id] = (title, text);
            foreach (var (claim, row) in rows.Claims)
            {
                if (row is null) _claims.Remove(claim);
                else _claims[claim] = row;
            }
        }
    }
}
