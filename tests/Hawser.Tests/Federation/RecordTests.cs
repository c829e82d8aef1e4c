using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Federation;

public class RecordTests
{
    [Fact]
    public void An_owner_changes_all_its_admins_at_once_and_keeps_the_ID()
    {
        var world = new RecordWorld();
        var (before, after) = (world.Title.Hubs, world.World.Members.All.Select(member => member.Id).Except(world.Title.Hubs).Take(2).ToArray());
        // Handed in at an admin that the deed does not name: the others need not be there, nor be asked.
        world.World.Log(world.World.Members.PlaceOf(after[0]), world.Record(RecordKind.Alter, world.Content with { Hubs = after }).Text);
        world.World.Close();
        Assert.Equal(after, world.Title.Hubs);
        Assert.Empty(after.Intersect(before));
        Assert.Equal((world.Owner.Public, TitleStatus.Final, 1u), (world.Title.ClaimKey, world.Title.Status, world.Title.Record));
    }

    [Fact]
    public void An_alteration_changes_what_is_reached_and_keeps_who_owns()
    {
        var world = new RecordWorld();
        var next = world.Content with { ChannelKey = DhKeyPair.Generate(world.World.Random).Public, Hubs = [world.World.Members[2].Id], OwnerName = "Zoë" };
        var record = world.Record(RecordKind.Alter, next);
        world.Fold(record, copies: 3);
        Assert.Equal([new RegistryEvent.Recorded(world.Id, 1, RecordKind.Alter)], world.World.Registry.Happened);
        Assert.Equal((1u, record.TextHash, next.ChannelKey), (world.Title.Record, world.Title.DeedHash, world.Title.ChannelKey));
        Assert.Equal(next.Hubs, world.Title.Hubs);
        Assert.Equal("Zoë", world.Content.OwnerName);
        Assert.True(world.World.Registry.TryDeed(world.Id, out var text) && text.AsSpan().SequenceEqual(record.Text));
    }

    [Fact]
    public void A_provisional_ID_can_be_altered_and_nothing_else()
    {
        var world = new RecordWorld(final: false);
        Assert.Equal(TitleStatus.Provisional, world.Title.Status);
        var record = world.Record(RecordKind.Alter, world.Content with { Notes = "moved" });
        world.Fold(record);
        Assert.Equal(record.TextHash, world.Title.DeedHash);
        Assert.Equal(RecordRefusal.NotFinal, world.World.Registry.Judge(world.Transfer(SigningKey.Generate(world.World.Random))));
        Assert.Equal(RecordRefusal.NotFinal, world.World.Registry.Judge(world.Record(RecordKind.Cancel)));
        world.Wait(3);
        Assert.Equal((TitleStatus.Final, record.TextHash), (world.Title.Status, world.Title.DeedHash));
    }

    [Fact]
    public void A_renewal_adds_a_life_and_an_early_one_loses_nothing()
    {
        var world = new RecordWorld();
        var expiry = world.Title.Expiry;
        world.MustRefuse(world.Record(RecordKind.Renew), RecordRefusal.RenewedTooEarly);
        Assert.True(expiry.TryAdd(-9, out var open));
        world.WaitUntil(open);
        world.Fold(world.Record(RecordKind.Renew));
        Assert.Equal(expiry.Number + 40, world.Title.Expiry.Number);
        world.WaitUntil(expiry);
        world.Wait(20);
        Assert.False(world.Title.IsExpiredAt(world.World.Registry.Tick));
        Assert.Equal(TitleStatus.Final, world.Title.Status);
    }

    [Fact]
    public void In_its_grace_an_ID_leads_nowhere_and_its_owner_alone_can_renew_it()
    {
        var world = new RecordWorld();
        world.WaitUntil(world.Title.Expiry);
        Assert.Contains(new RegistryEvent.RanOut(world.Id), world.World.Registry.Happened);
        Assert.False(new LookupResult(world.Title, world.World.Certificate().Header, false).IsHeld);
        world.MustRefuse(world.Record(RecordKind.Alter), RecordRefusal.RanOut);
        world.MustRefuse(world.Transfer(SigningKey.Generate(world.World.Random)), RecordRefusal.RanOut);
        world.MustRefuse(world.Record(RecordKind.Renew, by: SigningKey.Generate(world.World.Random)), RecordRefusal.BadSignature);
        world.Fold(world.Record(RecordKind.Renew));
        Assert.Equal(world.World.Registry.Tick.Number + 40, world.Title.Expiry.Number);
        Assert.True(new LookupResult(world.Title, world.World.Certificate().Header, false).IsHeld);
    }

    [Fact]
    public void After_its_grace_an_ID_is_a_tombstone_and_never_comes_back()
    {
        var world = new RecordWorld();
        Assert.True(world.Title.Expiry.TryAdd(10, out var end));
        world.WaitUntil(end);
        Assert.Equal((TitleStatus.Lapsed, default(VerifyKey), default(DhPublicKey)), (world.Title.Status, world.Title.ClaimKey, world.Title.ChannelKey));
        Assert.Contains(new RegistryEvent.LapsedForGood(world.Id), world.World.Registry.Happened);
        Assert.False(world.World.Registry.TryDeed(world.Id, out _));
        var late = DeedRecord.Sign(world.World.Genesis.Hash, world.Id, RecordKind.Renew, 1, world.Deed.TextHash, world.Deed.Fields.Content, world.Owner);
        Assert.Equal(RecordRefusal.NobodysId, world.World.Registry.Judge(late));
        Assert.Null(world.World.Proof(world.Id).Verify(world.World.Genesis.Hash, world.World.Members, world.Id, out _));
    }

    [Fact]
    public void A_federation_that_was_halted_has_not_spent_the_grace()
    {
        var world = new RecordWorld();
        world.World.Close(skip: 100); // expiry and grace are over, by the label
        Assert.Equal(TitleStatus.Final, world.Title.Status);
        world.Wait(2);
        Assert.Equal(TitleStatus.Final, world.Title.Status);
        world.Fold(world.Record(RecordKind.Renew)); // the last height of as many as a reveal window has
        Assert.Equal(TitleStatus.Final, world.Title.Status);
        Assert.False(world.Title.IsExpiredAt(world.World.Registry.Tick));
    }

    [Fact]
    public void A_transfer_without_a_recovery_key_is_in_force_at_once()
    {
        var world = new RecordWorld();
        var next = SigningKey.Generate(world.World.Random);
        world.Fold(world.Transfer(next));
        Assert.Equal(next.Public, world.Title.ClaimKey);
        world.MustRefuse(world.Record(RecordKind.Alter, world.Content, by: world.Owner), RecordRefusal.BadSignature);
        world.Fold(world.Record(RecordKind.Alter, by: next));
        Assert.Equal(2u, world.Title.Record);
    }

    [Fact]
    public void An_acceptance_is_nothing_without_the_holders_signature()
    {
        var world = new RecordWorld();
        var thief = SigningKey.Generate(world.World.Random);
        world.MustRefuse(world.Transfer(thief, by: thief), RecordRefusal.BadSignature);
    }

    [Fact]
    public void A_transfer_to_a_key_that_did_not_agree_is_no_record()
    {
        var world = new RecordWorld();
        var (victim, other) = (SigningKey.Generate(world.World.Random), SigningKey.Generate(world.World.Random));
        var text = System.Text.Encoding.UTF8.GetString(world.Transfer(other).Text).Replace(other.Public.ToString(), victim.Public.ToString());
        Assert.Equal("New-Signature: is not the new claim key's for the lines above", DeedRecord.Parse(System.Text.Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Of_two_records_with_one_number_the_first_in_total_order_wins()
    {
        var world = new RecordWorld();
        var (first, second) = (world.Record(RecordKind.Alter, world.Content with { Notes = "a" }), world.Record(RecordKind.Alter, world.Content with { Notes = "b" }));
        world.World.Log(2, second.Text);
        world.World.Log(1, first.Text);
        world.World.Close();
        Assert.Equal(first.TextHash, world.Title.DeedHash);
        Assert.Contains(new RegistryEvent.RecordRefused(world.Id, 1, RecordRefusal.OutOfOrder), world.World.Registry.Happened);
    }

    [Fact]
    public void A_record_that_names_another_past_is_a_fork_and_passed_over()
    {
        var world = new RecordWorld();
        world.MustRefuse(world.Record(RecordKind.Alter, previous: Sha256.Hash("another"u8)), RecordRefusal.OutOfOrder);
        world.MustRefuse(world.Record(RecordKind.Alter, number: 2), RecordRefusal.OutOfOrder);
        var old = world.Record(RecordKind.Alter, world.Content with { Notes = "1" });
        world.Fold(old);
        world.Fold(world.Record(RecordKind.Alter, world.Content with { Notes = "2" }));
        world.MustRefuse(old, RecordRefusal.OutOfOrder); // replayed
    }

    [Fact]
    public void An_alteration_touches_neither_claim_key_nor_recovery_key()
    {
        var world = new RecordWorld(recovery: true);
        var thief = SigningKey.Generate(world.World.Random);
        world.MustRefuse(world.Record(RecordKind.Alter, world.Content with { ClaimKey = thief.Public }), RecordRefusal.KeepsKeys);
        world.MustRefuse(world.Record(RecordKind.Alter, world.Content with { RecoveryHash = default }), RecordRefusal.KeepsKeys);
    }

    [Fact]
    public void A_cancelled_ID_is_nobodys_for_good()
    {
        var world = new RecordWorld();
        var content = world.Content;
        world.Fold(world.Record(RecordKind.Cancel));
        Assert.Equal((TitleStatus.Cancelled, default(VerifyKey)), (world.Title.Status, world.Title.ClaimKey));
        Assert.Equal(RecordRefusal.NobodysId, world.World.Registry.Judge(
            DeedRecord.Sign(world.World.Genesis.Hash, world.Id, RecordKind.Alter, 2, world.Title.DeedHash, content, world.Owner)));
    }

    [Fact]
    public void A_record_of_another_federation_is_none_here()
    {
        var world = new RecordWorld();
        var other = DeedRecord.Sign(Sha256.Hash("other"u8), world.Id, RecordKind.Alter, 1, world.Title.DeedHash, world.Content, world.Owner);
        world.Fold(other);
        Assert.Empty(world.World.Registry.Happened);
        Assert.Equal(0u, world.Title.Record);
    }
}
