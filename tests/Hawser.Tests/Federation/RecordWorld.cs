using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>A world in which somebody owns an ID, and hands in records of it.</summary>
internal sealed class RecordWorld
{
    /// <param name="recovery">Whether the deed names a recovery key.</param>
    /// <param name="final">Whether to wait until the ID is final.</param>
    /// <param name="life">In ticks; the renewal window and the grace are a quarter of it.</param>
    public RecordWorld(bool recovery = false, bool final = true, uint life = 40)
    {
        World = new(life: life, renewal: life / 4, grace: life / 4, delay: 5);
        RecoveryKey = SigningKey.Generate(World.Random);
        Owner = SigningKey.Generate(World.Random);
        var sealKey = new SealKey(World.Random.Seed32());
        var ticket = World.Ticket(0, sealKey);
        var fields = Claiming.Fields(World, ticket, Owner.Public, "pi");
        if (recovery) fields = fields with { RecoveryHash = DeedRecord.RecoveryHashOf(RecoveryKey.Public) };
        Deed = Deed.Sign(fields, Owner);
        var claim = SealedClaim.Seal(Deed, ticket, sealKey, Owner);
        World.Log(0, claim.Text);
        World.Close();
        World.Close();
        World.Log(1, Reveal.Sign(World.Genesis.Hash, claim.Identity, sealKey.Seed, Owner).Write());
        World.Close();
        while (final && Title.Status != TitleStatus.Final) World.Close();
    }

    public ClaimWorld World { get; }
    public SigningKey Owner { get; }
    public SigningKey RecoveryKey { get; }
    public Deed Deed { get; }
    public RoutingId Id => Deed.Id;
    public Title Title => World.Registry.State.TryFind(Id, out var title) ? title : throw new InvalidOperationException("no title");
    public DeedContent Content => DeedRecord.ContentOf(World.Registry.TryDeed(Id, out var text) ? text : [])!;

    public DeedRecord Record(RecordKind kind, DeedContent? content = null, SigningKey? by = null, uint? number = null, Bytes32? previous = null) =>
        DeedRecord.Sign(World.Genesis.Hash, Id, kind, number ?? Title.Record + 1, previous ?? Title.DeedHash,
            kind == RecordKind.Cancel ? null : content ?? Content, by ?? Owner);

    public DeedRecord Transfer(SigningKey to, SigningKey? by = null, Bytes32 recoveryHash = default)
    {
        var content = Content with
        {
            ClaimKey = to.Public, ChannelKey = DhKeyPair.Generate(World.Random).Public, OwnerName = "the next", RecoveryHash = recoveryHash,
        };
        return DeedRecord.Complete(DeedRecord.Accept(World.Genesis.Hash, Id, Title.Record + 1, Title.DeedHash, content, to), by ?? Owner);
    }

    public DeedRecord Recover(SigningKey claimKey, SigningKey? by = null) => DeedRecord.Recover(
        World.Genesis.Hash, Id, Title.Record + 1, Title.DeedHash, Content with { ClaimKey = claimKey.Public }, claimKey, by ?? RecoveryKey);

    /// <summary>Logs it with one admin or several, and certifies.</summary>
    public void Fold(DeedRecord record, int copies = 1)
    {
        for (var i = 0; i < copies; i++) World.Log(i, record.Text);
        World.Close();
    }

    public void Wait(int heights)
    {
        for (var i = 0; i < heights; i++) World.Close();
    }

    public void WaitUntil(RoutingTick tick)
    {
        while (World.Registry.Tick < tick) World.Close();
    }

    public void MustRefuse(DeedRecord record, RecordRefusal why)
    {
        var before = Title;
        Fold(record);
        Xunit.Assert.Contains(new RegistryEvent.RecordRefused(Id, record.Number, why), World.Registry.Happened);
        Xunit.Assert.Equal(before.DeedHash, Title.DeedHash);
        Xunit.Assert.Equal(before.ClaimKey, Title.ClaimKey);
    }
}
