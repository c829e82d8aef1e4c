using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Federation;

public class RecoveryTests
{
    [Fact]
    public void With_a_recovery_key_a_transfer_waits_and_then_comes_into_force()
    {
        var world = new RecordWorld(recovery: true);
        var next = SigningKey.Generate(world.World.Random);
        var transfer = world.Transfer(next);
        world.Fold(transfer);
        var height = world.World.Registry.Height;
        Assert.Equal([new RegistryEvent.Waits(world.Id, 1, height + 5)], world.World.Registry.Happened);
        Assert.Equal((world.Owner.Public, height + 5, transfer.TextHash), (world.Title.ClaimKey, world.Title.ChangeHeight, world.Title.ChangeHash));
        world.Wait(4);
        Assert.Equal(world.Owner.Public, world.Title.ClaimKey);
        world.Wait(1);
        Assert.Equal((next.Public, 0u, transfer.TextHash), (world.Title.ClaimKey, world.Title.ChangeHeight, world.Title.DeedHash));
    }

    [Fact]
    public void What_waits_is_shown_by_every_proof()
    {
        var world = new RecordWorld(recovery: true);
        world.Fold(world.Transfer(SigningKey.Generate(world.World.Random)));
        Assert.True(OwnershipProof.TryRead(world.World.Proof(world.Id).Write(), out var proof));
        Assert.Null(proof.Verify(world.World.Genesis.Hash, world.World.Members, world.Id, out _));
        Assert.Equal(world.Title.ChangeHash, proof.Title!.ChangeHash);
        Assert.NotEqual(0u, proof.Title.ChangeHeight);
    }

    [Fact]
    public void A_thief_with_the_claim_key_is_undone_by_the_recovery_key()
    {
        var world = new RecordWorld(recovery: true);
        world.Fold(world.Transfer(SigningKey.Generate(world.World.Random)));
        world.Wait(4); // the thief's transfer comes into force at the end of the next height
        var safe = SigningKey.Generate(world.World.Random);
        world.Fold(world.Recover(safe));
        Assert.Equal((safe.Public, 0u), (world.Title.ClaimKey, world.Title.ChangeHeight));
        world.Wait(10);
        Assert.Equal(safe.Public, world.Title.ClaimKey);
        world.MustRefuse(world.Record(RecordKind.Alter), RecordRefusal.BadSignature); // by the key that was stolen
    }

    [Fact]
    public void A_thief_cannot_destroy_what_the_recovery_key_can_save()
    {
        var world = new RecordWorld(recovery: true);
        world.Fold(world.Record(RecordKind.Cancel));
        Assert.Equal(TitleStatus.Final, world.Title.Status);
        world.Fold(world.Recover(SigningKey.Generate(world.World.Random)));
        world.Wait(10);
        Assert.Equal(TitleStatus.Final, world.Title.Status);
    }

    [Fact]
    public void A_seller_cannot_stop_the_sale_by_another_record()
    {
        var world = new RecordWorld(recovery: true);
        var buyer = SigningKey.Generate(world.World.Random);
        world.Fold(world.Transfer(buyer));
        world.MustRefuse(world.Record(RecordKind.Alter), RecordRefusal.ChangeWaits);
        world.MustRefuse(world.Transfer(SigningKey.Generate(world.World.Random)), RecordRefusal.ChangeWaits);
        world.Wait(3);
        Assert.Equal(buyer.Public, world.Title.ClaimKey);
    }

    [Fact]
    public void After_the_sale_the_sellers_recovery_key_is_of_no_use()
    {
        var world = new RecordWorld(recovery: true);
        var (buyer, own) = (SigningKey.Generate(world.World.Random), SigningKey.Generate(world.World.Random));
        world.Fold(world.Transfer(buyer, recoveryHash: DeedRecord.RecoveryHashOf(own.Public)));
        world.Wait(5);
        Assert.Equal(buyer.Public, world.Title.ClaimKey);
        world.MustRefuse(world.Recover(SigningKey.Generate(world.World.Random)), RecordRefusal.NotTheRecoveryKey);
        var safe = SigningKey.Generate(world.World.Random);
        world.Fold(world.Recover(safe, by: own));
        Assert.Equal(safe.Public, world.Title.ClaimKey);
    }

    [Fact]
    public void Without_a_recovery_key_nobody_recovers()
    {
        var world = new RecordWorld();
        world.MustRefuse(world.Recover(SigningKey.Generate(world.World.Random)), RecordRefusal.NotTheRecoveryKey);
    }

    [Fact]
    public void A_recovery_is_signed_by_the_recovery_key_itself()
    {
        var world = new RecordWorld(recovery: true);
        var text = System.Text.Encoding.UTF8.GetString(world.Recover(SigningKey.Generate(world.World.Random), by: world.Owner).Text)
            .Replace(world.Owner.Public.ToString(), world.RecoveryKey.Public.ToString());
        Assert.NotNull(DeedRecord.Parse(System.Text.Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void The_same_records_give_the_same_bytes_at_everyone()
    {
        var world = new RecordWorld(recovery: true);
        world.Fold(world.Transfer(SigningKey.Generate(world.World.Random)));
        world.Fold(world.Recover(SigningKey.Generate(world.World.Random)));
        world.Wait(50);
        var again = new Registry(world.World.Genesis);
        FoldResult last = default;
        foreach (var height in world.World.Heights) last = again.Fold(height);
        Assert.Equal(world.World.Registry.Current, last);
        Assert.Equal(TitleStatus.Lapsed, world.Title.Status);
    }
}
