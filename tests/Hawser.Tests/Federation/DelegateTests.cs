using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Federation;

/// <summary>What a delegate key may do in the claim key's place, and what not. Spec: records.md §5.</summary>
public class DelegateTests
{
    private readonly RecordWorld _world = new();
    private readonly SigningKey _delegate;

    public DelegateTests()
    {
        _delegate = SigningKey.Generate(_world.World.Random);
        _world.Fold(_world.Record(RecordKind.Alter, _world.Content with { DelegateKey = _delegate.Public }));
        Assert.Equal(_delegate.Public, _world.Content.DelegateKey);
        Assert.True(_world.Title.Expiry.TryAdd(-9, out var open));
        _world.WaitUntil(open);
    }

    [Fact]
    public void It_renews_an_ID_as_it_stands()
    {
        var before = _world.Title;
        _world.Fold(_world.Record(RecordKind.Renew, by: _delegate));
        Assert.Equal((before.Expiry.Number + 40, before.ClaimKey, before.ChannelKey), (_world.Title.Expiry.Number, _world.Title.ClaimKey, _world.Title.ChannelKey));
        Assert.Equal(_delegate.Public, _world.Content.DelegateKey);
    }

    [Fact]
    public void It_changes_nothing_under_the_name_of_a_renewal()
    {
        var thief = DhKeyPair.Generate(_world.World.Random).Public;
        foreach (var change in (DeedContent[])[
            _world.Content with { ChannelKey = thief }, _world.Content with { Hubs = [_world.World.Members[2].Id] }, _world.Content with { OwnerName = "thief" },
            _world.Content with { DelegateKey = SigningKey.Generate(_world.World.Random).Public }, _world.Content with { DelegateKey = default }])
            _world.MustRefuse(_world.Record(RecordKind.Renew, change, _delegate), RecordRefusal.BadSignature);
        _world.MustRefuse(_world.Record(RecordKind.Renew, _world.Content with { ClaimKey = _delegate.Public }, _delegate), RecordRefusal.KeepsKeys);
    }

    [Fact]
    public void It_neither_alters_nor_transfers_nor_gives_up()
    {
        _world.MustRefuse(_world.Record(RecordKind.Alter, by: _delegate), RecordRefusal.BadSignature);
        _world.MustRefuse(_world.Transfer(_delegate, by: _delegate), RecordRefusal.BadSignature);
        _world.MustRefuse(_world.Record(RecordKind.Cancel, by: _delegate), RecordRefusal.BadSignature);
    }

    [Fact]
    public void One_that_the_deed_names_no_more_is_worth_nothing()
    {
        _world.Fold(_world.Record(RecordKind.Alter, _world.Content with { DelegateKey = default }));
        _world.MustRefuse(_world.Record(RecordKind.Renew, by: _delegate), RecordRefusal.BadSignature);
        _world.Fold(_world.Record(RecordKind.Renew));
        Assert.Equal(RecordKind.Renew, Assert.IsType<RegistryEvent.Recorded>(_world.World.Registry.Happened[0]).Kind);
    }

    [Fact]
    public void A_locator_of_its_is_good_as_long_as_the_deed_names_it()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var locator = Locator.Sign(_world.World.Genesis.Hash, _world.Id, 1, [_world.World.Members[0].Id], 1_800_000_000 + 3_600, _delegate);
        Assert.True(locator.IsGood(now, _world.Title.ClaimKey, DeedRecord.DelegateOf(_world.World.Registry.TryDeed(_world.Id, out var text) ? text : [])));
        Assert.False(locator.IsGood(now, _world.Title.ClaimKey, default));
        Assert.False(locator.IsGood(now.AddHours(1), _world.Title.ClaimKey, _delegate.Public)); // over
        Assert.False(Locator.Sign(_world.World.Genesis.Hash, _world.Id, 1, [_world.World.Members[0].Id], 1_800_000_000 + 48 * 3_600 + 1, _delegate)
            .IsGood(now, _world.Title.ClaimKey, _delegate.Public)); // of too far ahead
    }
}
